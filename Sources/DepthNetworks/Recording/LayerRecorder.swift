import DepthNumerics
public import DepthStopping

/// Runs a trained network over samples in double precision and records its `RecordedLayers`.
///
/// Of several answers a sample each answer is a row. Memory: `bytes(samples:)`.
public struct LayerRecorder: Sendable {
  public let network: ResidualNetwork
  public let augmentation: Augmentation
  public let threads: Int

  /// - Parameter augmentation: what the network was trained with: of images it sees the centred window.
  public init(network: ResidualNetwork, augmentation: Augmentation = .none, threads: Int = 1) {
    self.network = network
    self.augmentation = augmentation
    self.threads = threads
  }

  /// What a recording of so many samples takes.
  public func bytes(samples: Int) -> Int {
    let architecture = network.architecture
    return 8 * samples * architecture.answersPerSample * architecture.layout.headFeatures.reduce(0, +)
  }

  /// The layers of the given samples, in their order.
  ///
  /// - Throws: `NonFiniteNetwork` where the network's logits are not finite.
  public func record(_ dataset: Dataset, samples: [Int]) throws -> RecordedLayers {
    let architecture = network.architecture
    precondition(
      dataset.answersPerSample == architecture.answersPerSample, "\(dataset.answersPerSample) labels a sample")
    let (answers, widths) = (architecture.answersPerSample, architecture.layout.headFeatures)
    let rows = samples.count * answers
    let data = TrainingData(dataset, augmentation)
    let target = widths.map { SharedRows(count: rows * $0) }
    let size = PathRecorder.chunk
    let chunks = (samples.count + size - 1) / size
    let workers = min(threads, chunks)
    let failures = Parallel.map(workers, threads: threads) { worker -> [NonFiniteNetwork] in
      let runner = ChunkWorker<Double>(architecture: architecture, capacity: size)
      return stride(from: worker, to: chunks, by: workers).compactMap { chunk in
        let members = samples[(chunk * size)..<min(samples.count, (chunk + 1) * size)]
        runner.load(members, of: data, noise: 0, seed: 0, epoch: 0)
        network.parameters.withUnsafeBufferPointer {
          runner.workspace.forward($0.baseAddress!, inputs: runner.inputs, labels: runner.labels, count: members.count)
        }
        if let exit = runner.workspace.firstNonFiniteExit(count: members.count) {
          return NonFiniteNetwork(exit: exit, sample: members[members.startIndex])
        }
        for (k, width) in widths.enumerated() {
          let place = target[k].base + chunk * size * answers * width
          place.update(from: runner.workspace.features[k], count: members.count * answers * width)
        }
        return nil
      }
    }
    if let failure = failures.joined().min(by: { $0.sample < $1.sample }) { throw failure }
    return RecordedLayers(
      classCount: architecture.classCount,
      labels: samples.flatMap { sample in dataset.labels[(sample * answers)..<((sample + 1) * answers)] },
      exits: widths.indices.map { k in
        RecordedLayers.Exit(
          featureCount: widths[k], features: target[k].values, headWeights: network.headWeights(k))
      })
  }
}
