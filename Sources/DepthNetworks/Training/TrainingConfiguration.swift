public import DepthRuns

/// What network is trained, and how; every field has the documented default and is checked by `validated`.
public struct TrainingConfiguration: Equatable, Sendable {
  public var network = NetworkKind.residualMLP
  /// L.
  public var blocks = 20
  /// d.
  public var stateDimension = 64
  /// m.
  public var width = 64
  /// T; Delta = T/L.
  public var depthHorizon = 10.0
  /// Of pre-norm blocks.
  public var activation = PreNormBlock.Activation.relu
  /// Whether all blocks have the same weights.
  public var sharesWeights = false
  public var epochs = 100
  public var batchSize = 64
  public var optimizer = OptimizerKind.adamW
  /// The peak.
  public var learningRate = 2e-3
  public var schedule = LearningRateSchedule.cosine
  /// The share of the steps over which the learning rate climbs linearly (one-cycle: has a climb of its own).
  public var warmUp = 0.05
  /// Of SGD.
  public var momentum = 0.9
  /// Not on biases and gains.
  public var weightDecay = 0.05
  /// The gradient's norm is clipped to this.
  public var gradientClip = 5.0
  public var precision = Precision.single
  /// Standard deviation of the normal noise added to the inputs, fresh in every epoch (features lie in [0, 1]).
  /// Without it later exits overfit small data: on digits it is worth two points on the fit part.
  public var inputNoise = 0.25
  /// Random geometry of images in training: the largest shift in pixels, whether half are mirrored, and the side of a window
  /// (0: the whole image), in evaluation the centred one.
  public var shift = 0
  public var flips = false
  public var crop = 0
  public var exitWeights = ExitWeighting.uniform
  /// delta: the share of an exit's loss that is taken against the last exit's probabilities.
  public var distillation = 0.0
  public var depthRegularizer = "soft-stop"
  /// alpha.
  public var regularizationWeight = 0.1
  /// The share of the steps over which alpha climbs from zero, so that exits can learn before gates choose among them.
  public var regularizationWarmUp = 0.1
  /// beta_k at the start: the gates' halting probability is 1 / (1 + e^-beta).
  public var haltingBias = -3.0
  /// c in the regulariser, loss per block.
  public var runningCost = 0.01
  public var seed: UInt64 = 0

  public init() {}

  /// The number type that a network is trained in.
  public enum Precision: String, CaseIterable, Sendable {
    case single = "float32"
    case double = "float64"
  }
}

extension TrainingConfiguration {
  /// - Throws: `InputError.usage` naming the first key out of range.
  public func validated() throws -> TrainingConfiguration {
    func integer(_ value: Int, _ key: String, from low: Int, to high: Int) throws {
      guard (low...high).contains(value) else { throw InputError.value(value, of: key, allowed: "\(low) to \(high)") }
    }
    func number(_ value: Double, _ key: String, positive: Bool) throws {
      guard value.isFinite, positive ? value > 0 : value >= 0 else {
        throw InputError.value(value, of: key, allowed: positive ? "positive numbers" : "numbers from 0")
      }
    }
    func share(_ value: Double, _ key: String, below: Bool = false) throws {
      guard value >= 0, below ? value < 1 : value <= 1 else {
        throw InputError.value(value, of: key, allowed: below ? "numbers from 0, below 1" : "numbers from 0 to 1")
      }
    }
    try integer(blocks, "blocks", from: 1, to: 10_000)
    try integer(stateDimension, "state_dimension", from: network == .residualMLP ? 2 : 1, to: 8192)
    try integer(width, "width", from: 1, to: 8192)
    try integer(epochs, "epochs", from: 1, to: 100_000)
    try integer(batchSize, "batch_size", from: 1, to: 100_000)
    try number(depthHorizon, "depth_horizon", positive: true)
    try number(learningRate, "learning_rate", positive: true)
    try number(weightDecay, "weight_decay", positive: false)
    try share(warmUp, "warm_up")
    try share(momentum, "momentum", below: true)
    try number(inputNoise, "input_noise", positive: false)
    try integer(shift, "shift", from: 0, to: 4096)
    try integer(crop, "crop", from: 0, to: 4096)
    try share(distillation, "distillation")
    try number(regularizationWeight, "regularization_weight", positive: false)
    try share(regularizationWarmUp, "regularization_warm_up")
    guard haltingBias.isFinite, abs(haltingBias) <= 30 else {
      throw InputError.value(haltingBias, of: "halting_bias", allowed: "numbers from -30 to 30")
    }
    try number(runningCost, "running_cost", positive: true)
    try number(gradientClip, "gradient_clip", positive: true)
    _ = try DepthRegularizers.named(depthRegularizer, runningCost: runningCost)
    return self
  }

  /// - Throws: `InputError.usage` for sizes out of range, or augmentation of inputs that are no images.
  public func augmentation(of shape: InputShape) throws -> Augmentation {
    try Augmentation(shift: shift, flips: flips, window: crop == 0 ? nil : crop, of: shape)
  }

  public var json: [String: JSONValue] {
    [
      "network": .string(network.rawValue), "blocks": .integer(blocks), "state_dimension": .integer(stateDimension),
      "width": .integer(width), "depth_horizon": JSONValue(depthHorizon), "activation": .string(activation.rawValue),
      "shared_weights": .bool(sharesWeights), "epochs": .integer(epochs), "batch_size": .integer(batchSize),
      "optimizer": .string(optimizer.rawValue), "learning_rate": JSONValue(learningRate),
      "schedule": .string(schedule.rawValue), "warm_up": JSONValue(warmUp), "momentum": JSONValue(momentum),
      "weight_decay": JSONValue(weightDecay), "gradient_clip": JSONValue(gradientClip),
      "precision": .string(precision.rawValue), "input_noise": JSONValue(inputNoise),
      "shift": .integer(shift), "flip": .bool(flips), "crop": .integer(crop),
      "exit_weights": .string(exitWeights.rawValue), "distillation": JSONValue(distillation),
      "depth_regularizer": .string(depthRegularizer), "regularization_weight": JSONValue(regularizationWeight),
      "regularization_warm_up": JSONValue(regularizationWarmUp), "halting_bias": JSONValue(haltingBias),
      "running_cost": JSONValue(runningCost), "seed": .string(String(seed)),
    ]
  }
}
