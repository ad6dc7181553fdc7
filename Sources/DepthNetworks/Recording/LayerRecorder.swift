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
    let failures = network.forwardPasses(threads: threads).map(data, samples: samples) { workspace, places in
      if let exit = workspace.firstNonFiniteExit(count: places.count) {
        return NonFiniteNetwork(exit: exit, sample: samples[places.lowerBound])
      }
      for (k, width) in widths.enumerated() {
        let place = target[k].base + places.lowerBound * answers * width
        place.update(from: workspace.features[k], count: places.count * answers * width)
      }
      return nil
    }
    if let failure = failures.first { throw failure }
    return RecordedLayers(
      classCount: architecture.classCount,
      labels: samples.flatMap { sample in dataset.labels[(sample * answers)..<((sample + 1) * answers)] },
      exits: widths.indices.map { k in
        RecordedLayers.Exit(
          featureCount: widths[k], features: target[k].values, headWeights: network.headWeights(k))
      })
  }
}
