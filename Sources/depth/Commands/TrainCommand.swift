import ArgumentParser
import DepthFigures
import DepthDynamics
import DepthNetworks
import DepthRuns
import DepthStopping
import Foundation

/// `depth train`: trains a residual network and records its paths.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a residual network with exits on every block; record its stopping paths.",
    discussion: """
      examples:
        depth train --data digits --output runs/digits
        depth train --data digits --blocks 10 --depth-regularizer none --epochs 20 --json
      A run that was interrupted goes on where it stopped when the same command is given again.
      """)

  @OptionGroup var common: CommonOptions
  @Option(name: .long, help: "A data set, a task or a user's files (depth data list); default digits.") var data:
    String?
  @Option(name: .long, help: "residual-mlp, the only network so far.") var network: String?
  @Option(name: .long, parsing: .unconditional, help: "Number L of blocks.") var blocks: Int?
  @Option(name: .long, parsing: .unconditional, help: "Hidden width m of a block.") var width: Int?
  @Option(name: .long, parsing: .unconditional, help: "Dimension d of the state.") var stateDimension: Int?
  @Option(
    name: .long, parsing: .unconditional, help: "Depth T over which the blocks are spread; Delta = T/L (default L/2).")
  var depthHorizon: Double?
  @Option(name: .long, parsing: .unconditional, help: "Epochs.") var epochs: Int?
  @Option(name: .long, parsing: .unconditional, help: "Samples a batch.") var batchSize: Int?
  @Option(name: .long, parsing: .unconditional, help: "Peak learning rate.") var learningRate: Double?
  @Option(name: .long, parsing: .unconditional, help: "Decoupled weight decay.") var weightDecay: Double?
  @Option(name: .long, parsing: .unconditional, help: "Standard deviation of noise on the inputs.") var inputNoise:
    Double?
  @Option(name: .long, help: "none, soft-stop, expected-depth.") var depthRegularizer: String?
  @Option(name: .long, parsing: .unconditional, help: "Its weight alpha.") var regularizationWeight: Double?
  @Option(name: .long, parsing: .unconditional, help: "Running cost c in it, loss per block.") var runningCost: Double?
  @Option(name: .long, help: "What is recorded as g: cross-entropy or zero-one.") var stoppingLoss: String?

  func run() throws {
    Interruption.install()
    let file = try common.file(known: [
      "data", "network", "blocks", "width", "state_dimension", "depth_horizon", "epochs", "batch_size", "learning_rate",
      "weight_decay", "input_noise", "depth_regularizer", "regularization_weight", "running_cost", "stopping_loss",
    ])
    let configuration = try resolve(file)
    let kind = try StoppingLossKind.named(stoppingLoss ?? file.string("stopping_loss") ?? "cross-entropy")
    let networkName = try network ?? file.string("network") ?? "residual-mlp"
    guard networkName == "residual-mlp" else {
      throw InputError.unknown(networkName, kindOfName: "network", known: ["residual-mlp"])
    }
    let source = try DataSource(data ?? file.string("data") ?? "digits")
    let settings = try common.settings(file, among: source.parameters)
    let dataset = try source.load(settings: settings, threads: common.resolvedThreads(file))
    let split = StratifiedSplit.parts(of: dataset, seed: configuration.seed)
    try StratifiedSplit.requireAllParts(split, of: dataset.name)
    let trainer = try Trainer(
      configuration: configuration, dataset: dataset, samples: split.indices.filter { split[$0] == .train },
      threads: common.resolvedThreads(file))
    let folder = try common.output.map { try RunFolder(creating: URL(fileURLWithPath: $0)) }
    let (run, seconds) = try timed { try train(trainer, split, kind, folder) }
    if let folder { try run.write(into: folder) }
    var resolved = configuration.json
    resolved["data"] = .string(dataset.name)
    resolved["parameters"] = .object(try source.values(settings).json)
    resolved["data_sha256"] = .string(dataset.sha256)
    resolved["network"] = .string(networkName)
    resolved["stopping_loss"] = .string(kind.rawValue)
    var outcome = try result(run, resolved, configuration, seconds)
    outcome.folder = folder
    try outcome.deliver(common)
  }

  private func resolve(_ file: OptionFile) throws -> TrainingConfiguration {
    var configuration = TrainingConfiguration()
    configuration.blocks = try blocks ?? file.integer("blocks") ?? configuration.blocks
    // T follows L unless it is set: blocks of size one
    configuration.depthHorizon =
      try depthHorizon ?? file.number("depth_horizon") ?? Double(max(1, configuration.blocks))
    configuration.width = try width ?? file.integer("width") ?? configuration.width
    configuration.stateDimension = try stateDimension ?? file.integer("state_dimension") ?? configuration.stateDimension
    configuration.epochs = try epochs ?? file.integer("epochs") ?? configuration.epochs
    configuration.batchSize = try batchSize ?? file.integer("batch_size") ?? configuration.batchSize
    configuration.learningRate = try learningRate ?? file.number("learning_rate") ?? configuration.learningRate
    configuration.weightDecay = try weightDecay ?? file.number("weight_decay") ?? configuration.weightDecay
    configuration.inputNoise = try inputNoise ?? file.number("input_noise") ?? configuration.inputNoise
    configuration.depthRegularizer =
      try depthRegularizer ?? file.string("depth_regularizer") ?? configuration.depthRegularizer
    configuration.regularizationWeight =
      try regularizationWeight ?? file.number("regularization_weight") ?? configuration.regularizationWeight
    configuration.runningCost = try runningCost ?? file.number("running_cost") ?? configuration.runningCost
    configuration.seed = try common.resolvedSeed(file)
    return try configuration.validated()
  }

  private func train(
    _ trainer: Trainer, _ split: [StoppingPaths.Split], _ kind: StoppingLossKind, _ folder: RunFolder?
  ) throws -> TrainingRun {
    let bar = ProgressLine(quiet: common.quiet)
    do {
      let run = try TrainingRun(
        trainer, split: split, lossKind: kind, checkpoint: folder?.file("checkpoint.npz"),
        progress: { bar.show(done: $0.epoch, of: $0.epochs, "epoch \($0.epoch)/\($0.epochs), loss \($0.loss)") },
        shouldStop: { Interruption.isRequested })
      bar.finish()
      return run
    } catch let error as TrainingInterrupted {
      bar.finish()
      let resume =
        folder.map { "give the same command again to go on from \($0.file("checkpoint.npz").path)" }
        ?? "with --output the work would have been kept"
      Messages.error("\(error.description); \(resume)")
      throw ExitCode(130)
    }
  }

  private func result(
    _ run: TrainingRun, _ configuration: [String: JSONValue], _ training: TrainingConfiguration, _ seconds: Double
  ) throws -> CommandResult {
    let table = run.exitTable
    let (accuracy, loss) = (try table.numbers("accuracy"), try table.numbers("stopping_loss"))
    let test = run.paths.selecting(run.paths.samples(of: .test))
    let depths = try GateRule(test).stoppingDepths(test)
    let mean = Double(depths.reduce(0, +)) / Double(depths.count)
    let variance =
      depths.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(max(1, depths.count - 1))
    let half = 1.96 * (variance / Double(depths.count)).squareRoot()
    let collapsed = Set(depths).count == 1
    return CommandResult(
      command: "train", configuration: configuration,
      results: [
        "test_accuracy_per_block": JSONValue(accuracy), "test_loss_per_block": JSONValue(loss),
        "expected_stopping_depth": [
          [
            "at": .null, "value": JSONValue(mean), "lower": JSONValue(mean - half), "upper": JSONValue(mean + half),
            "rule": "gate",
          ]
        ],
        "run": common.output.map { .string($0) } ?? .null, "gates_collapsed": .bool(collapsed),
        "test_samples": .integer(depths.count),
      ],
      diagnostics: Diagnostics(
        status: .converged, method: "adamw", iterations: training.epochs, residualNorm: "none", seconds: seconds),
      warnings: collapsed && training.depthRegularizer != "none"
        ? ["the gates collapsed: every sample stops at exit \(depths[0])"] : [],
      seed: training.seed,
      text: [
        "test accuracy of the last exit \(accuracy.last!), of the first \(accuracy[0])",
        "expected stopping depth of the gate \(mean) of \(training.blocks) blocks",
      ], figure: { try Figures.accuracyPerBlock(table) })
  }
}
