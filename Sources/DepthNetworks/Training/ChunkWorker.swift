import DepthNumerics

/// One chunk of a batch: its workspace, its inputs, its result. Chunk i always works in worker i, one thread at a time.
final class ChunkWorker<Scalar: MatrixScalar>: @unchecked Sendable {
  let workspace: NetworkWorkspace<Scalar>
  let inputs: UnsafeMutablePointer<Scalar>
  let labels: UnsafeMutablePointer<Int>
  private let noise: UnsafeMutableBufferPointer<Double>
  private let memory = WorkspaceMemory()
  private(set) var count = 0
  private(set) var loss = 0.0

  init(architecture: NetworkArchitecture, capacity: Int) {
    workspace = NetworkWorkspace(architecture: architecture, capacity: capacity)
    inputs = memory.allocate(capacity * architecture.inputCount)
    labels = memory.allocate(capacity)
    noise = UnsafeMutableBufferPointer(
      start: memory.allocate(architecture.inputCount), count: architecture.inputCount)
  }

  /// Takes the samples' inputs and labels; noise is a pure function of seed, epoch and sample.
  func load(_ members: ArraySlice<Int>, of data: TrainingData, noise deviation: Double, seed: UInt64, epoch: Int) {
    let width = data.inputCount
    count = members.count
    data.inputs.withUnsafeBufferPointer { source in
      for (row, sample) in members.enumerated() {
        let target = inputs + row * width
        Scalar.Kernels.fromSingle(width, source.baseAddress! + sample * width, target)
        labels[row] = data.labels[sample]
        guard deviation > 0 else { continue }
        var stream = RandomStream(
          seed: seed, stream: RandomPurpose.augmentation.stream(epoch * data.sampleCount + sample))
        stream.bulkNormals(into: noise)
        Scalar.Kernels.addNoise(width, deviation, noise.baseAddress!, target)
      }
    }
  }

  /// Loss and gradient of what was loaded, times `scale`.
  func run(_ parameters: UnsafePointer<Scalar>, loss: TrainingLoss, scale: Double) {
    workspace.gradient.update(repeating: 0)
    workspace.forward(parameters, inputs: inputs, labels: labels, count: count)
    self.loss = workspace.backward(
      parameters, inputs: inputs, labels: labels, count: count, loss: loss, scale: scale)
  }
}

/// What a training reads: inputs row by row, and a class each.
struct TrainingData: Sendable {
  let inputs: [Float]
  let labels: [Int]
  let inputCount: Int

  var sampleCount: Int { labels.count }
}
