import DepthNumerics

/// One chunk of a batch: its workspace, its inputs, its result. Chunk i always works in worker i, one thread at a time.
final class ChunkWorker<Scalar: MatrixScalar>: @unchecked Sendable {
  let workspace: NetworkWorkspace<Scalar>
  let inputs: UnsafeMutablePointer<Scalar>
  let labels: UnsafeMutablePointer<Int>
  private let augmented: UnsafeMutablePointer<Float>
  private let noise: UnsafeMutableBufferPointer<Double>
  private let memory = WorkspaceMemory()
  private(set) var count = 0
  private(set) var loss = 0.0

  init(architecture: NetworkArchitecture, capacity: Int) {
    workspace = NetworkWorkspace(architecture: architecture, capacity: capacity)
    inputs = memory.allocate(capacity * architecture.inputCount)
    labels = memory.allocate(capacity * architecture.answersPerSample)
    augmented = memory.allocate(architecture.inputCount)
    noise = UnsafeMutableBufferPointer(
      start: memory.allocate(architecture.inputCount), count: architecture.inputCount)
  }

  /// Takes the samples' inputs and labels; noise is a pure function of seed, epoch and sample.
  func load(_ members: ArraySlice<Int>, of data: TrainingData, noise deviation: Double, seed: UInt64, epoch: Int) {
    let (width, answers) = (data.inputCount, data.answersPerSample)
    count = members.count
    data.inputs.withUnsafeBufferPointer { source in
      for (row, sample) in members.enumerated() {
        let target = inputs + row * width
        let stored = source.baseAddress! + sample * data.storedCount
        data.augmentation?(stored, sample, epoch, augmented)
        Scalar.Kernels.fromSingle(width, data.augmentation == nil ? stored : UnsafePointer(augmented), target)
        for answer in 0..<answers { labels[row * answers + answer] = data.labels[sample * answers + answer] }
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
    workspace.forward(parameters, inputs: inputs, labels: labels, count: count)
    self.loss = workspace.backward(
      parameters, inputs: inputs, labels: labels, count: count, loss: loss, scale: scale)
  }
}

/// What a training reads: inputs row by row, and a class an answer.
struct TrainingData: Sendable {
  /// Changes one stored sample (its index and the epoch given) into what the network reads, allocating nothing.
  typealias Change = @Sendable (UnsafePointer<Float>, Int, Int, UnsafeMutablePointer<Float>) -> Void

  let inputs: [Float]
  let labels: [Int]
  let answersPerSample: Int
  /// Numbers of a sample as the network reads it.
  let inputCount: Int
  /// Numbers of a sample as it is stored.
  let storedCount: Int
  let augmentation: Change?

  init(
    inputs: [Float], labels: [Int], inputCount: Int, storedCount: Int? = nil, answersPerSample: Int = 1,
    augmentation: Change? = nil
  ) {
    (self.inputs, self.labels, self.inputCount) = (inputs, labels, inputCount)
    (self.storedCount, self.augmentation) = (storedCount ?? inputCount, augmentation)
    self.answersPerSample = answersPerSample
  }

  var sampleCount: Int { labels.count / answersPerSample }
}

extension TrainingData {
  /// A data set through the random geometry of training with a seed, or as it is evaluated without one.
  init(_ dataset: Dataset, _ augmentation: Augmentation, seed: UInt64? = nil) {
    let (shape, count) = (dataset.inputShape, dataset.sampleCount)
    var change: Change?
    if let seed, augmentation != .none {
      change = { stored, sample, epoch, target in
        augmentation.apply(stored, shape: shape, seed: seed, epoch: epoch, sample: sample, of: count, into: target)
      }
    } else if augmentation.window != nil {
      change = { stored, _, _, target in augmentation.centre(stored, shape: shape, into: target) }
    }
    self.init(
      inputs: dataset.inputs, labels: dataset.labels, inputCount: augmentation.outputShape(of: shape).count,
      storedCount: dataset.inputCount, answersPerSample: dataset.answersPerSample, augmentation: change)
  }
}
