import DepthNumerics
import DepthRuns
import DepthStopping
public import Foundation

/// Trains a residual network on the train part of a data set.
///
/// Minimises the mean over samples (over all answers, where a sample has several) of `sum_k w_k [(1 - delta) l_k + delta D_k] + alpha R` (`TrainingLoss`). Epoch e's order and
/// noise are pure functions of (seed, e) and a batch is cut into chunks of fixed size: the result does not depend on the number
/// of threads, and a resumed run is bit-identical to an uninterrupted one.
public struct Trainer: Sendable {
  public struct Progress: Equatable, Sendable {
    public let epoch: Int
    public let epochs: Int
    /// Mean total loss over the epoch.
    public let loss: Double
  }

  /// The network and what each epoch's mean total loss was, those before an interruption included.
  public struct Result: Equatable, Sendable {
    public let network: ResidualNetwork
    public let losses: [Double]
  }

  public let configuration: TrainingConfiguration
  public let architecture: NetworkArchitecture
  public let dataset: Dataset
  public let augmentation: Augmentation
  /// Indices of the samples trained on.
  public let samples: [Int]
  public let threads: Int
  /// Samples whose paths will be recorded, for the check of memory.
  private let recordedCount: Int

  /// Above this, training would need some ten gigabytes.
  public static let mostParameters = 200_000_000
  /// Of the intermediate values and the chunks' gradients that a batch's backward pass makes, and of the recorded paths: 8 GiB.
  public static let mostBatchBytes = 1 << 33

  /// - Parameter recordedCount: how many samples will be recorded; nil: all.
  /// - Throws: `InputError.usage` for a configuration out of range, inputs that the network cannot read, or a network too large.
  public init(
    configuration: TrainingConfiguration, dataset: Dataset, samples: [Int], threads: Int, recordedCount: Int? = nil
  ) throws {
    self.recordedCount = recordedCount ?? dataset.sampleCount
    self.configuration = try configuration.validated()
    precondition(!samples.isEmpty, "no samples to train on")
    augmentation = try configuration.augmentation(of: dataset.inputShape)
    architecture = try configuration.network.architecture(
      configuration, inputs: augmentation.outputShape(of: dataset.inputShape), classCount: dataset.classCount,
      answers: dataset.answersPerSample)
    if case .tokens = dataset.inputShape, configuration.inputNoise > 0 {
      throw InputError.usage("tokens take no noise; allowed: input_noise 0")
    }
    self.dataset = dataset
    self.samples = samples
    self.threads = threads
    // parameters, moments, the gradient and one gradient a chunk
    guard architecture.parameterCount <= Self.mostParameters else {
      throw InputError.usage(
        "the network has \(architecture.parameterCount) parameters; allowed: \(Self.mostParameters) "
          + "(smaller blocks, state_dimension or width)")
    }
    try requireMemory()
  }

  /// - Throws: `InputError.usage` where a batch or the recording would not fit.
  private func requireMemory() throws {
    // attention's grow with the square of the tokens, all with the batch; a gradient for each chunk
    let (tape, bytes) = (architecture.tapeCount, configuration.precision == .single ? 4.0 : 8.0)
    let size = min(configuration.batchSize, samples.count)
    let chunks = (Double(size) / Double(TrainingLoop<Float>.chunk(size))).rounded(.up)
    let answers = Double(architecture.answersPerSample)
    let heads = answers > 1 ? 2 * answers * Double(architecture.exits * (architecture.classCount + 1)) : 0
    let batch = ((tape + heads) * Double(size) + chunks * Double(architecture.parameterCount)) * bytes
    guard tape <= NetworkArchitecture.mostTape, batch <= Double(Self.mostBatchBytes) else {
      throw InputError.usage(
        "a batch keeps \(batch) bytes of intermediate values and gradients, \(tape) numbers a sample; allowed: "
          + "\(Self.mostBatchBytes) bytes, \(NetworkArchitecture.mostTape) numbers (a smaller batch_size, fewer blocks, "
          + "smaller or shorter inputs)")
    }
    let row = Double(dataset.classCount + StoppingPaths.standardFeatures.count + 2)
    let recording = 8 * answers * Double(recordedCount) * Double(architecture.exits) * row
    guard recording <= Double(Self.mostBatchBytes) else {
      throw InputError.usage(
        "recording \(recordedCount) samples at \(architecture.exits) exits takes \(recording) bytes; allowed: "
          + "\(Self.mostBatchBytes) (fewer recorded_samples, samples, blocks or classes)")
    }
  }

  /// Runs to the last epoch, from the checkpoint where there is one.
  ///
  /// - Parameters:
  ///   - checkpoint: file that holds the state after the last finished epoch, written atomically at its end.
  ///   - shouldStop: asked before every batch.
  /// - Throws: `TrainingInterrupted`, `TrainingDiverged`, `InputError.data` for a checkpoint of another configuration.
  public func train(
    checkpoint url: URL? = nil, progress: (Progress) -> Void = { _ in }, shouldStop: @Sendable () -> Bool = { false }
  ) throws -> Result {
    switch configuration.precision {
    case .single: try train(Float.self, url, progress, shouldStop)
    case .double: try train(Double.self, url, progress, shouldStop)
    }
  }

  /// Refuses a checkpoint that `train` would refuse, before anything of the folder is touched.
  ///
  /// - Throws: `InputError.data` for a damaged checkpoint or one of another configuration or data set.
  public func requireOwn(checkpoint url: URL) throws { _ = try state(checkpoint: url) }

  /// What a checkpoint's identity rests on.
  private var identity: String {
    Digest.sha256(JSONValue.object(configuration.json).text() + Data(dataset.identity.utf8))
  }

  /// The state after the last finished epoch; before the first one where there is no checkpoint.
  private func state(checkpoint url: URL?) throws -> TrainingState {
    let start = ResidualNetwork(
      architecture: architecture, seed: configuration.seed, haltingBias: configuration.haltingBias)
    var state = TrainingState(parameters: start.parameters, optimizer: configuration.optimizer)
    if let url, FileManager.default.fileExists(atPath: url.path) { try state.read(from: url, identity: identity) }
    return state
  }

  private func train<Scalar: MatrixScalar>(
    _ precision: Scalar.Type, _ url: URL?, _ progress: (Progress) -> Void, _ shouldStop: @Sendable () -> Bool
  ) throws -> Result {
    let identity = identity
    var state = try state(checkpoint: url)
    let size = min(configuration.batchSize, samples.count)
    let batches = (samples.count + size - 1) / size
    let loop = try TrainingLoop<Scalar>(
      architecture, configuration,
      TrainingData(dataset, augmentation, seed: configuration.seed), batchSize: size,
      steps: configuration.epochs * batches, threads: threads)
    loop.restore(state)
    while state.epoch < configuration.epochs {
      guard let loss = try epoch(loop, state.epoch, size: size, shouldStop) else {
        // before the first epoch's end there is no file yet
        if let url, state.epoch == 0 { try state.write(to: url, identity: identity) }
        throw TrainingInterrupted(epoch: state.epoch, epochs: configuration.epochs)
      }
      state.epoch += 1
      state.losses.append(loss)
      if let url {
        loop.save(into: &state)
        try state.write(to: url, identity: identity)
      }
      progress(Progress(epoch: state.epoch, epochs: configuration.epochs, loss: loss))
    }
    loop.save(into: &state)
    return Result(
      network: ResidualNetwork(architecture: architecture, parameters: state.parameters), losses: state.losses)
  }

  /// One pass over the samples; its mean total loss, or nil when asked to stop.
  private func epoch<Scalar: MatrixScalar>(
    _ loop: TrainingLoop<Scalar>, _ epoch: Int, size: Int, _ shouldStop: @Sendable () -> Bool
  ) throws -> Double? {
    var order = RandomStream(seed: configuration.seed, stream: RandomPurpose.order.stream(epoch))
    let permutation = order.permutation(samples.count).map { samples[$0] }
    var total = 0.0
    for start in stride(from: 0, to: samples.count, by: size) {
      if shouldStop() { return nil }
      let members = Array(permutation[start..<min(samples.count, start + size)])
      total += try loop.step(members, epoch: epoch) * Double(members.count)
    }
    return total / Double(samples.count)
  }
}
