import ArgumentParser
import DepthNetworks
import DepthNumerics
import DepthRuns
import DepthStopping
import DepthTheory
import Foundation

/// `depth infer`: a trained network that stops computing where its rule says so.
struct InferCommand: SweepableCommand {
  static let configuration = CommandConfiguration(
    commandName: "infer", abstract: "Run a trained network that really skips: what halts is not computed any further.",
    discussion: """
      examples:
        depth infer --run runs/digits --running-cost 0.01
        depth infer --run runs/fashion --rule confidence --rule backward-induction --batch-size 256 --precision float64
        depth infer --run runs/fashion --request-costs costs.npy --output skipping --json
      Rules are fitted on the fit part of the run's paths; the test part of the data then goes through the network. Seconds are
      measured against the same code at full depth, in turns, one request at a time and in batches.
      """)

  @OptionGroup var common: CommonOptions
  @Option(name: .customLong("run"), help: "A run folder of depth train.", completion: Completions.runs) var trainedRun:
    String?
  @Option(name: .long, help: "Other data of the same shape (default: the run's own).", completion: Completions.data)
  var data: String?
  @Option(
    name: .long, help: "A halting rule, theory-boundary among them; repeatable (default backward-induction).",
    completion: Completions.onlineRules)
  var rule: [String] = []
  @Option(
    name: .long, parsing: .unconditionalSingleValue,
    help: "The running cost c, loss per block; repeatable: each is tried on all requests (default: the run's).")
  var runningCost: [Double] = []
  @Option(
    name: .long, help: "FILE.npy with a running cost for each test sample: requests bring costs of their own.",
    completion: Completions.arrays)
  var requestCosts: String?
  @Option(name: .long, parsing: .unconditional, help: "Requests a batch (default 64).") var batchSize: Int?
  @Option(name: .long, help: "float32 (default) or float64.", completion: .list(["float32", "float64"])) var precision:
    String?
  @Option(name: .long, parsing: .unconditional, help: "Turns of the measurement (default 9).") var turns: Int?

  static let optionKeys = [
    "run", "data", "rule", "running_cost", "request_costs", "batch_size", "precision", "turns",
  ]

  /// Everything that the flags and the file say, checked.
  struct Setting {
    let network: ResidualNetwork
    let dataset: Dataset
    let augmentation: Augmentation
    let samples: [Int]
    let lossKind: StoppingLossKind
    let fit: StoppingPaths
    /// The recorded paths of the same samples, where they are the run's own.
    let recorded: StoppingPaths?
    let rules: [String]
    let costs: RequestCosts
    let batchSize: Int
    let precision: TrainingConfiguration.Precision
    let turns: Int
    let threads: Int
    let configuration: [String: JSONValue]
  }

  func parameters(_ file: OptionFile) throws -> SweepSchema.Parameters {
    SweepSchema.Parameters(try (data ?? file.string("data")).map { try DataSource($0).parameters } ?? [])
  }

  func prepared(_ file: OptionFile) throws -> () throws -> CommandResult {
    guard common.seed == nil else {
      throw InputError.usage("--seed does not apply to infer: the data are split as in the run")
    }
    let setting = try setting(file)
    return {
      let (report, seconds) = try timed {
        switch setting.precision {
        case .single: try InferReport(setting, Float.self)
        case .double: try InferReport(setting, Double.self)
        }
      }
      return CommandResult(
        command: "infer", configuration: setting.configuration, results: report.results,
        diagnostics: Diagnostics(status: .converged, method: "compaction of batches", seconds: seconds),
        warnings: report.warnings, tables: [report.table], text: report.text)
    }
  }

  private func setting(_ file: OptionFile) throws -> Setting {
    guard let path = try trainedRun ?? file.string("run") else { throw InputError.usage("--run is missing") }
    let threads = try common.resolvedThreads(file)
    let other = try otherData(file, path)
    let trained = try TrainedRun(path, data: other, threads: threads)
    guard trained.network.architecture.answersPerSample == 1 else {
      throw InputError.usage("infer halts whole samples; a network that answers at every token goes with infer-tokens")
    }
    let paths = try StoppingPaths(archive: trained.folder.file("paths.npz"))
    guard paths.exitCount == trained.network.architecture.exits, paths.featureNames == StoppingPaths.standardFeatures
    else { throw InputError.data("\(trained.folder.file("paths.npz").path) is not what the run's network recorded") }
    let split = try trained.split()
    let samples = split.indices.filter { split[$0] == .test }
    guard !samples.isEmpty else { throw InputError.data("\(trained.dataset.name) has no test part") }
    let isRecorded = trained.hasOwnData && paths.split == split
    let costs = try costs(file, trained, requests: samples.count)
    let rules = try resolvedRules(file)
    let size = try batchSize ?? file.integer("batch_size") ?? min(64, samples.count)
    guard (1...samples.count).contains(size) else {
      throw InputError.value(size, of: "batch_size", allowed: "1 to \(samples.count), the samples of the test part")
    }
    let count = try turns ?? file.integer("turns") ?? 9
    guard (1...10_000).contains(count) else { throw InputError.value(count, of: "turns", allowed: "1 to 10000") }
    let precision = try resolvedPrecision(file)
    var resolved: [String: JSONValue] = [
      "run": .string(path), "rule": .array(rules.map { .string($0) }), "batch_size": .integer(size),
      "precision": .string(precision.rawValue), "turns": .integer(count), "threads": .integer(threads),
    ]
    if let costsFile = try requestCosts ?? file.string("request_costs") {
      resolved["request_costs"] = .string(costsFile)
    } else {
      resolved["running_cost"] = JSONValue(costs.costs)
    }
    if let other {
      resolved["data"] = .string(other.name)
      resolved["parameters"] = .object(try DataSource(other.name).values(other.settings).json)
    }
    return Setting(
      network: trained.network, dataset: trained.dataset, augmentation: trained.augmentation, samples: samples,
      lossKind: try trained.lossKind(), fit: paths.selecting(paths.samples(of: .fit)),
      recorded: isRecorded ? paths.selecting(samples) : nil, rules: rules, costs: costs, batchSize: size,
      precision: precision, turns: count, threads: threads, configuration: resolved)
  }

  /// - Throws: `InputError.usage` for settings without other data.
  private func otherData(_ file: OptionFile, _ path: String) throws -> (name: String, settings: [(String, Double)])? {
    guard let name = try data ?? file.string("data") else {
      guard try common.settings(file).isEmpty else {
        throw InputError.usage("--set goes with --data: the run's own data are as they were in training")
      }
      return nil
    }
    return (name, try common.settings(file, among: DataSource(name).parameters))
  }

  private func costs(_ file: OptionFile, _ trained: TrainedRun, requests: Int) throws -> RequestCosts {
    let given = try runningCost.isEmpty ? file.numberList("running_cost") ?? [] : runningCost
    // a flag goes before the file's other way of saying it
    let asked = try requestCosts ?? (runningCost.isEmpty ? file.string("request_costs") : nil)
    guard let asked else {
      return try RequestCosts(
        each: given.isEmpty ? trained.configuration["running_cost"]?.doubleValue.map { [$0] } ?? [] : given)
    }
    guard runningCost.isEmpty else { throw InputError.usage("give either --running-cost or --request-costs") }
    return try RequestCosts(npy: asked, requests: requests)
  }

  private func resolvedRules(_ file: OptionFile) throws -> [String] {
    let names = try rule.isEmpty ? file.strings("rule") ?? ["backward-induction"] : rule
    if let twice = names.enumerated().first(where: { names[..<$0.offset].contains($0.element) }) {
      throw InputError.usage("--rule \(twice.element) is given twice")
    }
    for name in names where name != TheoryBoundary.name { try RuleCatalogue.requireOnline(name) }
    return names
  }

  private func resolvedPrecision(_ file: OptionFile) throws -> TrainingConfiguration.Precision {
    let name = try precision ?? file.string("precision") ?? TrainingConfiguration.Precision.single.rawValue
    guard let precision = TrainingConfiguration.Precision(rawValue: name) else {
      throw InputError.unknown(
        name, kindOfName: "precision", known: TrainingConfiguration.Precision.allCases.map(\.rawValue))
    }
    return precision
  }
}
