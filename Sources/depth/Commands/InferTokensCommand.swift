import ArgumentParser
import DepthNetworks
import DepthRuns
import DepthStopping
import Foundation

/// `depth infer-tokens`: token-level halting with a trained transformer.
struct InferTokensCommand: SweepableCommand {
  static let configuration = CommandConfiguration(
    commandName: "infer-tokens",
    abstract: "Token-level halting: each token stops at its own depth, its state is copied upward and stays visible.",
    discussion: """
      examples:
        depth infer-tokens --run runs/characters --threshold 0.5 --threshold 0.9
        depth infer-tokens --run runs/characters --rule gate --samples 500 --json
      On sequences of the test part: loss and depth of the answers, operations really done against full depth, what it changes
      that the others see copied states, and sequence-level halting at the same mean depth.
      """)

  @OptionGroup var common: CommonOptions
  @Option(
    name: .customLong("run"), help: "A run folder of depth train with --network transformer.",
    completion: Completions.runs)
  var folder: String?
  @Option(name: .long, help: "confidence (default) or gate.", completion: .list(["confidence", "gate"])) var rule:
    String?
  @Option(
    name: .long, parsing: .unconditionalSingleValue,
    help: "Where a token halts, from 0 to 1; repeatable (default 0.3, 0.5, 0.7, 0.9 of confidence, 0.5 of gate).")
  var threshold: [Double] = []
  @Option(name: .long, parsing: .unconditional, help: "Most test sequences, evenly spaced (default 200).")
  var samples: Int?

  static let optionKeys = ["run", "rule", "threshold", "samples"]

  /// More sequences than this are no study of a small transformer.
  private static let mostSamples = 1_000_000

  func parameters(_ file: OptionFile) throws -> SweepSchema.Parameters { SweepSchema.Parameters([]) }

  func prepared(_ file: OptionFile) throws -> () throws -> CommandResult {
    guard try common.settings(file).isEmpty else {
      throw InputError.usage("infer-tokens has no problem parameters for --set")
    }
    guard let name = try folder ?? file.string("run") else { throw InputError.usage("--run is missing") }
    let ruleName = try rule ?? file.string("rule") ?? "confidence"
    let given = try threshold.isEmpty ? file.numberList("threshold") ?? [] : threshold
    let thresholds = given.isEmpty ? ruleName == "gate" ? [0.5] : [0.3, 0.5, 0.7, 0.9] : given
    let rules = try thresholds.map { try TokenHaltingRule.named(ruleName, threshold: $0) }
    let most = try samples ?? file.integer("samples") ?? 200
    guard (1...Self.mostSamples).contains(most) else {
      throw InputError.value(most, of: "samples", allowed: "integers from 1 to \(Self.mostSamples)")
    }
    let (seed, threads) = (try common.resolvedSeed(file), try common.resolvedThreads(file))
    let source = try TrainedRun(name, threads: threads)
    guard case .tokens = source.dataset.inputShape else {
      throw InputError.usage("infer-tokens needs tokens, \(source.dataset.name) holds \(source.dataset.inputShape)")
    }
    let dataset = try Self.test(source, most: most)
    try requireMemory(source.network.architecture, dataset)
    return { [self] in
      let (reports, seconds) = try timed {
        try judge(source.network, dataset, ruleName, rules, thresholds, seed, threads)
      }
      return result(
        reports, source, dataset,
        [
          "run": .string(name), "rule": .string(ruleName), "threshold": JSONValue(thresholds),
          "samples": .integer(most), "seed": .string(String(seed)),
        ], seconds, seed)
    }
  }

  /// Sequences of the test part.
  private static func test(_ source: TrainedRun, most: Int) throws -> Dataset {
    let split = try source.split()
    try StratifiedSplit.requireAllParts(split, of: source.dataset.name)
    return source.dataset.selecting(RecordedSamples.evenly(split.indices.filter { split[$0] == .test }, most: most))
  }

  private func requireMemory(_ architecture: NetworkArchitecture, _ dataset: Dataset) throws {
    try MemoryGuard.require(
      dataset.labels.count, architecture.exits,
      architecture.classCount + StoppingPaths.standardFeatures.count + 2, of: "the recorded paths",
      take: "choose fewer samples")
  }

  private func judge(
    _ network: ResidualNetwork, _ dataset: Dataset, _ name: String, _ rules: [TokenHaltingRule], _ thresholds: [Double],
    _ seed: UInt64, _ threads: Int
  ) throws -> [TokenHaltingReport] {
    // refused before anything is recorded
    let passes = try rules.map { try TokenHalting(network: network, rule: $0, threads: threads) }
    let recorded = try PathRecorder(network: network, threads: threads).record(
      dataset, split: [StoppingPaths.Split](repeating: .test, count: dataset.sampleCount))
    return try zip(passes, thresholds).map { pass, threshold in
      try TokenHaltingReport(
        pass.run(dataset), recorded: recorded, feature: name == "gate" ? "halting_probability" : "confidence",
        reading: name == "gate" ? .gates : .heads, threshold: threshold, seed: seed, threads: threads)
    }
  }

  private func result(
    _ reports: [TokenHaltingReport], _ source: TrainedRun, _ dataset: Dataset, _ configuration: [String: JSONValue],
    _ seconds: Double, _ seed: UInt64
  ) -> CommandResult {
    func short(_ value: Double) -> String { String(format: "%.4f", value) }
    let blocks = source.network.architecture.blocks
    return CommandResult(
      command: "infer-tokens", configuration: configuration,
      results: [
        "token_halting": .array(reports.map(\.json)),
        "expected_stopping_depth": .array(
          reports.map {
            [
              "at": JSONValue($0.threshold), "value": JSONValue($0.expectedStoppingDepth.value),
              "lower": JSONValue($0.expectedStoppingDepth.lower), "upper": JSONValue($0.expectedStoppingDepth.upper),
            ]
          }),
        "full_depth_loss": JSONValue(reports[0].fullDepthLoss.value), "blocks": .integer(blocks),
        "sequences": .integer(dataset.sampleCount), "answers_per_sample": .integer(dataset.answersPerSample),
        "interval_kind": "paired bootstrap over sequences, 95 %, 1000 resamples",
      ],
      diagnostics: Diagnostics(status: .converged, method: "compacted forward pass", seconds: seconds),
      warnings: dataset.answersPerSample == 1
        ? ["one answer a sequence: the other tokens run until it halts, so this is sequence-level halting"] : [],
      tables: [TokenHaltingReport.table(reports), TokenHaltingReport.placeTable(reports)], seed: seed,
      text: reports.map { report in
        let (sequence, copying) = (report.sequenceLevel, report.copyingEffect)
        return
          "threshold \(report.threshold ?? .nan): E tau = \(short(report.expectedStoppingDepth.value)) of \(blocks), loss "
          + "\(short(report.stoppingLoss.value)), accuracy \(short(report.accuracy.value)), operations "
          + "\(short(report.operationsShare)) of full depth's; copying \(short(copying.value)) "
          + "[\(short(copying.lower)), \(short(copying.upper))]; sequence-level at E tau = "
          + "\(short(sequence.expectedStoppingDepth.value)): loss \(short(sequence.stoppingLoss.value)), difference "
          + "\(short(sequence.difference.value)) [\(short(sequence.difference.lower)), \(short(sequence.difference.upper))]"
      } + ["full depth: loss \(short(reports[0].fullDepthLoss.value)); \(dataset.sampleCount) sequences"])
  }
}
