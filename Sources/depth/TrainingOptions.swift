import ArgumentParser
import DepthNetworks
import DepthRuns

/// What network is trained and how: the flags of `train` behind a `TrainingConfiguration`.
struct TrainingOptions: ParsableArguments {
  @Option(
    name: .long,
    help: "residual-mlp (pre-norm blocks), tanh-mlp (smooth blocks), residual-cnn (images), transformer (text).",
    completion: Completions.networks)
  var network: String?
  @Option(name: .long, parsing: .unconditional, help: "Number L of blocks.") var blocks: Int?
  @Option(name: .long, parsing: .unconditional, help: "Hidden width m of a block.") var width: Int?
  @Option(name: .long, parsing: .unconditional, help: "Dimension d of the state.") var stateDimension: Int?
  @Option(
    name: .long, parsing: .unconditional, help: "Depth T over which the blocks are spread; Delta = T/L (default L).")
  var depthHorizon: Double?
  @Option(name: .long, help: "Of pre-norm blocks: relu (default) or tanh.", completion: .list(["relu", "tanh"]))
  var activation: String?
  @Flag(name: .long, help: "The same weights in every block.") var sharedWeights = false
  @Option(name: .long, parsing: .unconditional, help: "Epochs.") var epochs: Int?
  @Option(name: .long, parsing: .unconditional, help: "Samples a batch.") var batchSize: Int?
  @Option(name: .long, help: "adamw (default) or sgd.", completion: .list(["adamw", "sgd"])) var optimizer: String?
  @Option(name: .long, parsing: .unconditional, help: "Peak learning rate.") var learningRate: Double?
  @Option(
    name: .long, help: "Of the learning rate: cosine (default), one-cycle, constant.",
    completion: .list(["cosine", "one-cycle", "constant"])) var schedule: String?
  @Option(name: .long, parsing: .unconditional, help: "Share of the steps in which the learning rate climbs.")
  var warmUp: Double?
  @Option(name: .long, parsing: .unconditional, help: "Momentum of sgd.") var momentum: Double?
  @Option(name: .long, parsing: .unconditional, help: "Weight decay, not on biases and gains.") var weightDecay: Double?
  @Option(name: .long, parsing: .unconditional, help: "Largest norm of a gradient.") var gradientClip: Double?
  @Option(name: .long, help: "float32 (default) or float64.", completion: .list(["float32", "float64"])) var precision:
    String?
  @Option(name: .long, parsing: .unconditional, help: "Standard deviation of noise on the inputs.") var inputNoise:
    Double?
  @Option(name: .long, parsing: .unconditional, help: "Largest random shift of images, pixels.") var shift: Int?
  @Flag(name: .long, help: "Mirror half of the images.") var flip = false
  @Option(name: .long, parsing: .unconditional, help: "Side of the window cut out of images (default: all).")
  var crop: Int?
  @Option(
    name: .long, help: "Weights of the exits' losses: uniform (default), linear, last.",
    completion: .list(["uniform", "linear", "last"])) var exitWeights: String?
  @Option(
    name: .long, parsing: .unconditional, help: "Share of an exit's loss taken against the last exit's probabilities.")
  var distillation: Double?
  @Option(
    name: .long,
    help: "none, soft-stop, expected-depth, block-worth, diminishing-gain, residual-norm, act, ponder.",
    completion: Completions.regularizers)
  var depthRegularizer: String?
  @Option(name: .long, parsing: .unconditional, help: "Its weight alpha.") var regularizationWeight: Double?
  @Option(name: .long, parsing: .unconditional, help: "Share of the steps in which alpha climbs from zero.")
  var regularizationWarmUp: Double?
  @Option(name: .long, parsing: .unconditional, help: "The gates' bias at the start.") var haltingBias: Double?
  @Option(name: .long, parsing: .unconditional, help: "Running cost c in it, loss per block.") var runningCost: Double?

  static let keys = [
    "network", "blocks", "width", "state_dimension", "depth_horizon", "activation", "shared_weights", "epochs",
    "batch_size", "optimizer", "learning_rate", "schedule", "warm_up", "momentum", "weight_decay", "gradient_clip",
    "precision", "input_noise", "shift", "flip", "crop", "exit_weights", "distillation", "depth_regularizer",
    "regularization_weight",
    "regularization_warm_up", "halting_bias", "running_cost",
  ]

  func resolve(_ file: OptionFile, seed: UInt64) throws -> TrainingConfiguration {
    var configuration = TrainingConfiguration()
    func set(_ path: WritableKeyPath<TrainingConfiguration, Int>, _ flag: Int?, _ key: String) throws {
      configuration[keyPath: path] = try flag ?? file.integer(key) ?? configuration[keyPath: path]
    }
    func set(_ path: WritableKeyPath<TrainingConfiguration, Double>, _ flag: Double?, _ key: String) throws {
      configuration[keyPath: path] = try flag ?? file.number(key) ?? configuration[keyPath: path]
    }
    func choose<Choice: RawRepresentable & CaseIterable>(
      _ path: WritableKeyPath<TrainingConfiguration, Choice>, _ flag: String?, _ key: String, _ kind: String
    ) throws where Choice.RawValue == String {
      guard let name = try flag ?? file.string(key) else { return }
      guard let choice = Choice(rawValue: name) else {
        throw InputError.unknown(name, kindOfName: kind, known: Choice.allCases.map(\.rawValue))
      }
      configuration[keyPath: path] = choice
    }
    try choose(\.network, network, "network", "network")
    try choose(\.activation, activation, "activation", "activation")
    try choose(\.optimizer, optimizer, "optimizer", "optimizer")
    try choose(\.schedule, schedule, "schedule", "schedule")
    try choose(\.precision, precision, "precision", "precision")
    try choose(\.exitWeights, exitWeights, "exit_weights", "exit weighting")
    try requireApplicable(to: configuration)
    try set(\.blocks, blocks, "blocks")
    // T follows L unless it is set: blocks of size one
    configuration.depthHorizon = Double(max(1, configuration.blocks))
    try set(\.depthHorizon, depthHorizon, "depth_horizon")
    try set(\.width, width, "width")
    try set(\.stateDimension, stateDimension, "state_dimension")
    try set(\.epochs, epochs, "epochs")
    try set(\.batchSize, batchSize, "batch_size")
    try set(\.learningRate, learningRate, "learning_rate")
    try set(\.warmUp, warmUp, "warm_up")
    try set(\.momentum, momentum, "momentum")
    try set(\.weightDecay, weightDecay, "weight_decay")
    try set(\.gradientClip, gradientClip, "gradient_clip")
    if configuration.network == .transformer { configuration.inputNoise = 0 }
    try set(\.inputNoise, inputNoise, "input_noise")
    try set(\.shift, shift, "shift")
    try set(\.crop, crop, "crop")
    configuration.flips = try flip || file.flag("flip") ?? false
    try set(\.distillation, distillation, "distillation")
    try set(\.regularizationWeight, regularizationWeight, "regularization_weight")
    try set(\.regularizationWarmUp, regularizationWarmUp, "regularization_warm_up")
    try set(\.haltingBias, haltingBias, "halting_bias")
    try set(\.runningCost, runningCost, "running_cost")
    configuration.sharesWeights = try sharedWeights || file.flag("shared_weights") ?? false
    configuration.depthRegularizer =
      try depthRegularizer ?? file.string("depth_regularizer") ?? configuration.depthRegularizer
    configuration.seed = seed
    return try configuration.validated()
  }

  /// A flag that the chosen network, optimizer or schedule does not read is a mistake; a record's keys are all there.
  ///
  /// - Throws: `InputError.usage` naming it.
  private func requireApplicable(to configuration: TrainingConfiguration) throws {
    func refuse(_ isGiven: Bool, _ flag: String, _ reader: String) throws {
      if isGiven { throw InputError.usage("\(flag) does not apply to \(reader)") }
    }
    let (sizes, name) = (configuration.network.sizes, configuration.network.rawValue)
    try refuse(width != nil && !sizes.contains("width"), "--width", name)
    try refuse(stateDimension != nil && !sizes.contains("state_dimension"), "--state-dimension", name)
    try refuse(activation != nil && !sizes.contains("activation"), "--activation", name)
    try refuse(momentum != nil && configuration.optimizer != .sgd, "--momentum", configuration.optimizer.rawValue)
    try refuse(warmUp != nil && configuration.schedule == .oneCycle, "--warm-up", configuration.schedule.rawValue)
  }
}
