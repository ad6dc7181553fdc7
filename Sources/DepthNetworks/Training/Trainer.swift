import DepthNumerics
import DepthRuns
import DepthStopping
public import Foundation

/// Trains a residual network on the train part of a data set.
///
/// Total loss: `mean over samples of [mean_k l_k + alpha R]`. A batch is cut into chunks of fixed size, gradients are summed in
/// the order of the chunks, epoch e's order and noise are pure functions of (seed, e): the result does not depend on the
/// number of threads, and a resumed run is bit-identical to an uninterrupted one.
public struct Trainer: Sendable {
  /// Samples that one thread works on at a time.
  static let chunk = 32

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
  public let dataset: Dataset
  /// Indices of the samples trained on.
  public let samples: [Int]
  public let threads: Int

  /// - Throws: `InputError.usage` for a configuration out of range.
  public init(configuration: TrainingConfiguration, dataset: Dataset, samples: [Int], threads: Int) throws {
    self.configuration = try configuration.validated()
    precondition(!samples.isEmpty, "no samples to train on")
    self.dataset = dataset
    self.samples = samples
    self.threads = threads
    // parameters, both moments, the gradient and one gradient a worker
    let count = shape.parameterCount
    guard count <= Self.mostParameters else {
      throw InputError.usage(
        "the network has \(count) parameters; allowed: \(Self.mostParameters) (smaller blocks, state_dimension or width)"
      )
    }
  }

  /// Above this, training would need some ten gigabytes.
  public static let mostParameters = 200_000_000

  public var shape: ResidualNetworkShape {
    ResidualNetworkShape(
      inputCount: dataset.inputCount, stateDimension: configuration.stateDimension, width: configuration.width,
      blocks: configuration.blocks, depthHorizon: configuration.depthHorizon, classCount: dataset.classCount)
  }

  /// Runs to the last epoch, from the checkpoint where there is one.
  ///
  /// - Parameters:
  ///   - checkpoint: file that holds the state after the last finished epoch; written every epoch that took a second or more
  ///     since the last writing, and at an interruption.
  ///   - shouldStop: asked before every batch.
  /// - Throws: `TrainingInterrupted`, `TrainingDiverged`, `InputError.data` for a checkpoint of another configuration.
  public func train(
    checkpoint url: URL? = nil, progress: (Progress) -> Void = { _ in }, shouldStop: @Sendable () -> Bool = { false }
  ) throws -> Result {
    let identity = Digest.sha256(JSONValue.object(configuration.json).text() + Data(dataset.sha256.utf8))
    var state = TrainingState(
      network: ResidualNetwork(shape: shape, seed: configuration.seed),
      optimiser: AdamW(count: shape.parameterCount, weightDecay: configuration.weightDecay))
    if let url, FileManager.default.fileExists(atPath: url.path) {
      state = try TrainingState(
        contentsOf: url, shape: shape, weightDecay: configuration.weightDecay, identity: identity)
    }
    let regularizer = try DepthRegularizers.named(
      configuration.depthRegularizer, runningCost: configuration.runningCost)
    var lastSaved = ContinuousClock.now
    while state.epoch < configuration.epochs {
      let before = state
      guard let loss = try runEpoch(&state, regularizer, shouldStop) else {
        if let url { try before.write(to: url, identity: identity) }
        throw TrainingInterrupted(epoch: before.epoch, epochs: configuration.epochs)
      }
      state.epoch += 1
      state.losses.append(loss)
      progress(Progress(epoch: state.epoch, epochs: configuration.epochs, loss: loss))
      if let url, ContinuousClock.now - lastSaved > .seconds(1) {
        try state.write(to: url, identity: identity)
        lastSaved = .now
      }
    }
    if let url { try state.write(to: url, identity: identity) }
    return Result(network: state.network, losses: state.losses)
  }

  /// One pass over the samples; nil when asked to stop.
  private func runEpoch(
    _ state: inout TrainingState, _ regularizer: some DepthRegularizer, _ shouldStop: @Sendable () -> Bool
  ) throws -> Double? {
    let shape = self.shape
    let size = min(configuration.batchSize, samples.count)
    let chunksPerBatch = (size + Self.chunk - 1) / Self.chunk
    let workers = (0..<chunksPerBatch).map { _ in ChunkWorker(shape: shape, capacity: Self.chunk) }
    var order = RandomStream(seed: configuration.seed, stream: RandomPurpose.order.stream(state.epoch))
    let permutation = order.permutation(samples.count).map { samples[$0] }
    var gradient = [Double](repeating: 0, count: shape.parameterCount)
    var total = 0.0
    let batches = (samples.count + size - 1) / size
    for batch in 0..<batches {
      if shouldStop() { return nil }
      let members = Array(permutation[(batch * size)..<min(samples.count, (batch + 1) * size)])
      let chunks = (members.count + Self.chunk - 1) / Self.chunk
      let (parameters, epoch) = (state.network.parameters, state.epoch)
      Parallel.forEach(chunks, threads: threads) { chunk in
        let part = members[(chunk * Self.chunk)..<min(members.count, (chunk + 1) * Self.chunk)]
        workers[chunk].run(
          parameters, Array(part), dataset, regularizer, configuration, epoch: epoch, normaliser: Double(members.count))
      }
      gradient.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
      var loss = 0.0
      for worker in workers[..<chunks] {
        BLAS.add(gradient.count, worker.workspace.gradient.baseAddress!, to: &gradient)
        loss += worker.loss
      }
      try check(loss, gradient, state, batch: batch)
      clip(&gradient)
      let rate = learningRate(step: state.epoch * batches + batch, of: configuration.epochs * batches)
      state.optimiser.update(&state.network.parameters, gradient: gradient, learningRate: rate)
      total += loss * Double(members.count)
    }
    return total / Double(samples.count)
  }

  /// Linear warm-up over the first 5 % of the steps, then a half cosine to zero.
  private func learningRate(step: Int, of steps: Int) -> Double {
    let warmUp = max(1, steps / 20)
    guard step >= warmUp else { return configuration.learningRate * Double(step + 1) / Double(warmUp) }
    let share = Double(step - warmUp) / Double(max(1, steps - warmUp))
    return configuration.learningRate * 0.5 * (1 + cos(.pi * share))
  }

  private func clip(_ gradient: inout [Double]) {
    let norm = BLAS.norm(gradient.count, gradient)
    guard norm > configuration.gradientClip else { return }
    let factor = configuration.gradientClip / norm
    for i in gradient.indices { gradient[i] *= factor }
  }

  private func check(_ loss: Double, _ gradient: [Double], _ state: TrainingState, batch: Int) throws {
    guard !loss.isFinite || !BLAS.norm(gradient.count, gradient).isFinite else { return }
    let shape = self.shape
    let block = (0..<shape.blocks).first { k in
      gradient[shape.block(k)..<shape.block(k + 1)].contains { !$0.isFinite }
    }
    throw TrainingDiverged(epoch: state.epoch + 1, batch: batch, block: block)
  }
}

/// One chunk's workspace and result.
private final class ChunkWorker: @unchecked Sendable {
  // used by one thread at a time: chunk i always works in worker i
  let workspace: NetworkWorkspace
  private var inputs: [Double]
  private(set) var loss = 0.0

  init(shape: ResidualNetworkShape, capacity: Int) {
    workspace = NetworkWorkspace(shape: shape, capacity: capacity)
    inputs = [Double](repeating: 0, count: capacity * shape.inputCount)
  }

  func run(
    _ parameters: [Double], _ members: [Int], _ dataset: Dataset, _ regularizer: some DepthRegularizer,
    _ configuration: TrainingConfiguration, epoch: Int, normaliser: Double
  ) {
    let d = dataset.inputCount
    for (row, sample) in members.enumerated() {
      var noise = RandomStream(
        seed: configuration.seed, stream: RandomPurpose.augmentation.stream(epoch * dataset.sampleCount + sample))
      let draws = configuration.inputNoise > 0 ? noise.normals(d) : []
      for j in 0..<d {
        inputs[row * d + j] =
          Double(dataset.inputs[sample * d + j]) + (draws.isEmpty ? 0 : configuration.inputNoise * draws[j])
      }
    }
    let labels = members.map { dataset.labels[$0] }
    // the mean over exits, so that the depth of a network does not change the scale of its loss
    let weights = [Double](repeating: 1 / Double(workspace.shape.exits) / normaliser, count: workspace.shape.exits)
    workspace.gradient.update(repeating: 0)
    workspace.forward(parameters, inputs: inputs, labels: labels, count: members.count)
    loss = workspace.backward(
      parameters, inputs: inputs, labels: labels, count: members.count, exitWeights: weights, regularizer: regularizer,
      alpha: configuration.regularizationWeight / normaliser)
  }
}

/// Training was asked to stop; the checkpoint holds the epochs done.
public struct TrainingInterrupted: Error, CustomStringConvertible, Equatable, Sendable {
  public let epoch: Int
  public let epochs: Int

  public init(epoch: Int, epochs: Int) {
    self.epoch = epoch
    self.epochs = epochs
  }

  public var description: String { "interrupted after epoch \(epoch) of \(epochs)" }
}

/// The loss or its gradient stopped being finite.
public struct TrainingDiverged: Error, CustomStringConvertible, Equatable, Sendable {
  public let epoch: Int
  public let batch: Int
  /// The first block whose gradient is not finite; nil when only embedding or heads are.
  public let block: Int?
  public var description: String {
    let place = block.map { "block \($0)" } ?? "the embedding or a head"
    return "the loss is not finite in epoch \(epoch), batch \(batch), first in \(place); try a smaller learning_rate"
  }
}
