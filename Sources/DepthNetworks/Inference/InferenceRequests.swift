public import DepthNumerics

/// Samples of a data set as a network reads them in evaluation, a row each.
public struct InferenceRequests<Scalar: MatrixScalar>: Sendable {
  /// count x inputCount.
  public let inputs: [Scalar]
  public let labels: [Int]
  public let inputCount: Int

  public var count: Int { labels.count }

  /// - Parameter augmentation: what the network was trained with; of images it sees the centred window.
  public init(_ dataset: Dataset, samples: [Int], augmentation: Augmentation = .none) {
    let data = TrainingData(dataset, augmentation)
    let width = data.inputCount
    var row = [Float](repeating: 0, count: width)
    inputCount = width
    labels = samples.map { data.labels[$0] }
    inputs = [Scalar](unsafeUninitializedCapacity: samples.count * width) { buffer, count in
      data.inputs.withUnsafeBufferPointer { source in
        guard let stored = source.baseAddress, let target = buffer.baseAddress else { return }
        for (place, sample) in samples.enumerated() {
          data.augmentation?(stored + sample * data.storedCount, sample, 0, &row)
          let centred = data.augmentation == nil ? Array(dataset.input(sample)) : row
          Scalar.Kernels.fromSingle(width, centred, target + place * width)
        }
      }
      count = samples.count * width
    }
  }
}
