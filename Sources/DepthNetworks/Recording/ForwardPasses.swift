import DepthNumerics

/// Runs a network over samples, chunk by chunk on threads, and hands each chunk's workspace on.
struct ForwardPasses<Scalar: MatrixScalar> {
  let architecture: NetworkArchitecture
  let parameters: [Scalar]
  let threads: Int
  /// Samples that one thread works on at a time.
  private let size = 32

  /// What `body` finds in the chunks, in their order.
  ///
  /// - Parameters:
  ///   - samples: of the data, in any order.
  ///   - body: called from all threads, each time with other samples: the workspace after the forward pass of `samples[places]`,
  ///     and `places`.
  func map<Value: Sendable>(
    _ data: TrainingData, samples: [Int],
    _ body: @Sendable (_ workspace: NetworkWorkspace<Scalar>, _ places: Range<Int>) -> Value?
  ) -> [Value] {
    let chunks = (samples.count + size - 1) / size
    let workers = min(threads, chunks)
    let found = Parallel.map(workers, threads: threads) { worker -> [(chunk: Int, value: Value)] in
      let runner = ChunkWorker<Scalar>(architecture: architecture, capacity: size)
      return stride(from: worker, to: chunks, by: workers).compactMap { chunk in
        let places = (chunk * size)..<min(samples.count, (chunk + 1) * size)
        runner.load(samples[places], of: data, noise: 0, seed: 0, epoch: 0)
        parameters.withUnsafeBufferPointer {
          runner.workspace.forward($0.baseAddress!, inputs: runner.inputs, labels: runner.labels, count: places.count)
        }
        return body(runner.workspace, places).map { (chunk, $0) }
      }
    }
    return found.joined().sorted { $0.chunk < $1.chunk }.map(\.value)
  }
}

extension ResidualNetwork {
  /// Forward passes in the parameters' own, double, precision.
  func forwardPasses(threads: Int) -> ForwardPasses<Double> {
    ForwardPasses(architecture: architecture, parameters: parameters, threads: threads)
  }
}
