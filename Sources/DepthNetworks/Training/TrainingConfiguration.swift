import DepthRuns

/// How a network is trained; every field has the documented default and is checked by `validated`.
public struct TrainingConfiguration: Equatable, Sendable {
  /// L.
  public var blocks = 20
  /// d.
  public var stateDimension = 64
  /// m.
  public var width = 64
  /// T; Delta = T/L.
  public var depthHorizon = 10.0
  public var epochs = 100
  public var batchSize = 64
  /// Peak of a linear warm-up over the first 5 % of the steps and a cosine down to zero.
  public var learningRate = 2e-3
  public var weightDecay = 0.05
  /// Standard deviation of the normal noise added to the inputs, fresh in every epoch (features lie in [0, 1]).
  /// Without it later exits overfit small data: on digits it is worth two points on the fit part.
  public var inputNoise = 0.25
  public var depthRegularizer = "soft-stop"
  /// alpha.
  public var regularizationWeight = 0.1
  /// c in the regulariser, loss per block.
  public var runningCost = 0.01
  public var seed: UInt64 = 0
  /// The gradient's norm is clipped to this.
  public var gradientClip = 5.0

  public init() {}

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
    try integer(blocks, "blocks", from: 1, to: 10_000)
    try integer(stateDimension, "state_dimension", from: 1, to: 8192)
    try integer(width, "width", from: 1, to: 8192)
    try integer(epochs, "epochs", from: 1, to: 100_000)
    try integer(batchSize, "batch_size", from: 1, to: 100_000)
    try number(depthHorizon, "depth_horizon", positive: true)
    try number(learningRate, "learning_rate", positive: true)
    try number(weightDecay, "weight_decay", positive: false)
    try number(inputNoise, "input_noise", positive: false)
    try number(regularizationWeight, "regularization_weight", positive: false)
    try number(runningCost, "running_cost", positive: true)
    try number(gradientClip, "gradient_clip", positive: true)
    _ = try DepthRegularizers.named(depthRegularizer, runningCost: runningCost)
    return self
  }

  public var json: [String: JSONValue] {
    [
      "blocks": .integer(blocks), "state_dimension": .integer(stateDimension), "width": .integer(width),
      "depth_horizon": JSONValue(depthHorizon), "epochs": .integer(epochs), "batch_size": .integer(batchSize),
      "learning_rate": JSONValue(learningRate), "weight_decay": JSONValue(weightDecay),
      "input_noise": JSONValue(inputNoise), "depth_regularizer": .string(depthRegularizer),
      "regularization_weight": JSONValue(regularizationWeight), "running_cost": JSONValue(runningCost),
      "seed": .string(String(seed)), "gradient_clip": JSONValue(gradientClip),
    ]
  }
}
