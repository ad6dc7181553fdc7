import ArgumentParser
import DepthFigures
import DepthDynamics
import DepthNetworks
import DepthNumerics
import DepthRuns
import DepthStopping
import Foundation

/// `depth train`: trains a residual network and records its paths.
struct TrainCommand: SweepableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a residual network with exits on every block; record its stopping paths.",
    discussion: """
      examples:
        depth train --data digits --output runs/digits
        depth train --data digits --blocks 10 --depth-regularizer none --epochs 20 --json
        depth train --data shakespeare --set answers=tokens --set length=32 --set windows=4000 --network transformer \\
          --blocks 4 --epochs 3 --recorded-samples 200 --output runs/characters
      A run that was interrupted goes on where it stopped when the same command is given again.
      """)

  @OptionGroup var common: CommonOptions
  @Option(
    name: .long, help: "A data set, a task or a user's files (depth data list); default digits.",
    completion: Completions.data) var data: String?
  @OptionGroup(title: "Network and training") var training: TrainingOptions
  @Option(
    name: .long, help: "What is recorded as g: cross-entropy or zero-one.",
    completion: .list(["cross-entropy", "zero-one"])) var stoppingLoss: String?
  @Option(
    name: .long, parsing: .unconditional,
    help:
      "Most samples of each part whose paths are recorded, evenly spaced (default all); each answer of a sample is a path."
  )
  var recordedSamples: Int?

  @Option(name: .long, parsing: .unconditional, help: "Seed of the split in parts (default: the seed).")
  var splitSeed: UInt64?

  @Option(name: .long, help: .hidden) var benchmark: Int?

  static let optionKeys =
    ["data", "data_sha256", "stopping_loss", "split_seed", "recorded_samples"] + TrainingOptions.keys
  static let keepsRuns = true

  func parameters(_ file: OptionFile) throws -> SweepSchema.Parameters {
    SweepSchema.Parameters(try DataSource(data ?? file.string("data") ?? "digits").parameters)
  }

  func run() throws {
    let file = try common.file(known: Self.optionKeys)
    if let benchmark {
      let configuration = try training.resolve(file, seed: common.resolvedSeed(file))
      return try measure(configuration, steps: benchmark, threads: common.resolvedThreads(file))
    }
    try prepared(file)().deliver(common)
  }

  func prepared(_ file: OptionFile) throws -> () throws -> CommandResult {
    let configuration = try training.resolve(file, seed: common.resolvedSeed(file))
    let kind = try StoppingLossKind.named(stoppingLoss ?? file.string("stopping_loss") ?? "cross-entropy")
    let source = try DataSource(data ?? file.string("data") ?? "digits")
    let settings = try common.settings(file, among: source.parameters)
    let (values, threads) = (try source.values(settings), try common.resolvedThreads(file))
    let splitSeed = try splitSeed ?? file.seed("split_seed") ?? configuration.seed
    let most = try mostRecorded(file)
    return { [self] in
      Interruption.install()
      let dataset = try source.load(settings: settings, threads: threads)
      let split = StratifiedSplit.parts(of: dataset, seed: splitSeed)
      try StratifiedSplit.requireAllParts(split, of: dataset.name)
      let recorded = most.map { RecordedSamples.evenly(split, most: $0) }
      let trainer = try Trainer(
        configuration: configuration, dataset: dataset, samples: split.indices.filter { split[$0] == .train },
        threads: threads, recordedCount: recorded?.count)
      let folder = try common.output.map { output in
        let url = URL(fileURLWithPath: output)
        // before an earlier run's manifest is gone
        try trainer.requireOwn(checkpoint: url.appendingPathComponent("checkpoint.npz"))
        return try RunFolder(creating: url)
      }
      let (run, seconds) = try timed { try train(trainer, split, recorded, kind, folder) }
      if let folder { try run.write(into: folder) }
      var resolved = configuration.json
      resolved["data"] = .string(dataset.name)
      resolved["parameters"] = .object(values.json)
      resolved["data_sha256"] = .string(dataset.sha256)
      resolved["stopping_loss"] = .string(kind.rawValue)
      resolved["split_seed"] = .string(String(splitSeed))
      resolved["recorded_samples"] = most.map { .integer($0) } ?? .null
      var outcome = try result(run, resolved, configuration, seconds)
      outcome.folder = folder
      return outcome
    }
  }

  private func mostRecorded(_ file: OptionFile) throws -> Int? {
    let most =
      try recordedSamples ?? (file.values["recorded_samples"] == .null ? nil : file.integer("recorded_samples"))
    if let most, most < 1 { throw InputError.value(most, of: "recorded_samples", allowed: "integers from 1") }
    return most
  }

  /// Median seconds of a step on random data of Fashion-MNIST's shape: what `make bench-networks` runs.
  private func measure(_ configuration: TrainingConfiguration, steps: Int, threads: Int) throws {
    let inputs =
      configuration.network == .residualCNN ? InputShape.image(channels: 1, height: 28, width: 28) : .vector(784)
    let seconds = try TrainingBenchmark.seconds(
      configuration, inputs: inputs, classCount: 10, steps: steps, warmUp: max(3, steps / 5), threads: threads
    ).sorted()
    try printJSON(
      "train", configuration.json,
      [
        "step_seconds": JSONValue(seconds[seconds.count / 2]), "fastest_step_seconds": JSONValue(seconds[0]),
        "samples_per_second": JSONValue(Double(configuration.batchSize) / seconds[seconds.count / 2]),
        "threads": .integer(threads),
      ])
  }

  private func train(
    _ trainer: Trainer, _ split: [StoppingPaths.Split], _ recorded: [Int]?, _ kind: StoppingLossKind,
    _ folder: RunFolder?
  ) throws -> TrainingRun {
    let bar = ProgressLine(quiet: common.quiet)
    do {
      let run = try TrainingRun(
        trainer, split: split, recorded: recorded, lossKind: kind, checkpoint: folder?.file("checkpoint.npz"),
        progress: { bar.show(done: $0.epoch, of: $0.epochs, "epoch \($0.epoch)/\($0.epochs), loss \($0.loss)") },
        shouldStop: { Interruption.isRequested })
      bar.finish()
      return run
    } catch let error as TrainingInterrupted {
      bar.finish()
      let resume =
        folder.map { "give the same command again to go on from \($0.file("checkpoint.npz").path)" }
        ?? "with --output the work would have been kept"
      throw Interrupted(description: "\(error.description); \(resume)")
    }
  }

  private func result(
    _ run: TrainingRun, _ configuration: [String: JSONValue], _ training: TrainingConfiguration, _ seconds: Double
  ) throws -> CommandResult {
    let table = run.exitTable
    let (accuracy, loss) = (try table.numbers("accuracy"), try table.numbers("stopping_loss"))
    let test = run.paths.selecting(run.paths.samples(of: .test))
    let depths = try GateRule(test).stoppingDepths(test)
    let numbers = depths.map(Double.init)
    // the answers of one sequence are dependent: whole sequences are drawn
    let mean =
      test.groups.isEmpty
      ? Interval(meanOf: numbers)
      : Bootstrap(sampleCount: numbers.count, seed: training.seed, groups: test.groups).mean(numbers)
    let (exit, share) = Self.commonest(depths)
    let collapsed = share >= Self.collapsedShare && DepthRegularizers.trainsGates(training.depthRegularizer)
    return CommandResult(
      command: "train", configuration: configuration,
      results: [
        "test_accuracy_per_block": JSONValue(accuracy), "test_loss_per_block": JSONValue(loss),
        "expected_stopping_depth": [
          [
            "at": .null, "value": JSONValue(mean.value), "lower": JSONValue(mean.lower),
            "upper": JSONValue(mean.upper), "rule": "gate",
          ]
        ],
        "run": common.output.map { .string($0) } ?? .null, "gates_collapsed": .bool(collapsed),
        "test_samples": .integer(depths.count),
        "answers_per_sample": .integer(run.network.architecture.answersPerSample),
        "parameters": .integer(run.network.architecture.parameterCount),
        "precision_difference": JSONValue(run.precisionDifference),
      ],
      diagnostics: Diagnostics(
        status: .converged, method: training.optimizer.rawValue, iterations: training.epochs, residualNorm: "none",
        seconds: seconds),
      warnings: collapsed
        ? [
          "the gates collapsed: \(String(format: "%.1f", 100 * share)) % of the samples stop at exit \(exit) of \(training.blocks)"
        ] : [],
      seed: training.seed,
      text: [
        "test accuracy of the last exit \(accuracy.last!), of the first \(accuracy[0])",
        "expected stopping depth of the gate \(mean.value) of \(training.blocks) blocks",
        "largest difference of a logit between single and double precision \(run.precisionDifference)",
      ], figure: { try Figures.accuracyPerBlock(table) })
  }

  /// From this share of the samples at one exit on, gates choose nothing any more.
  private static let collapsedShare = 0.99

  /// The exit at which most samples stop, and their share.
  private static func commonest(_ depths: [Int]) -> (exit: Int, share: Double) {
    let counts = Dictionary(grouping: depths, by: { $0 }).mapValues(\.count)
    guard let most = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else { return (0, 0) }
    return (most.key, Double(most.value) / Double(depths.count))
  }
}
