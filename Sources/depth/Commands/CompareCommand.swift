import ArgumentParser
import DepthFigures
import DepthNetworks
import DepthRuns
import DepthStopping
import DepthTheory
import Foundation

/// `depth compare`: empirical halting against theory.
struct CompareCommand: SweepableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Every halting rule, the theory's prediction, and the distance between them.",
    discussion: """
      examples:
        depth compare --run runs/digits --running-cost 0.01
        depth compare --paths mine.npz --running-cost 0.01 --json
        depth compare --run runs/seed-0 --run runs/seed-1 --run runs/seed-2 --running-cost 0.003 --output comparison
        depth compare --run runs/none-0 --run runs/none-1 --equal-accuracy runs/soft-stop-0 runs/soft-stop-1
        depth compare --run runs/fashion --running-cost 0.003 --picture story --plot story.png
        depth compare --run runs/L20 --dedicated runs/L2 runs/L5 runs/L10 --calibrated --picture accuracy-depth --plot -
      Rules are fitted on the fit part and judged once on the test part. So are the predictions: coordinates that remember what a
      sample has shown are tried beside the feature, one is chosen on the fit part, its rule is theory-boundary.
      """)

  enum Picture: String, CaseIterable, ExpressibleByArgument {
    case haltingLaw = "halting-law"
    case accuracyDepth = "accuracy-depth"
    case story
  }

  @OptionGroup var common: CommonOptions
  @OptionGroup var source: PathsOptions
  @Option(name: .long, parsing: .unconditional, help: "The running cost c, loss per block (default: the run's).")
  var runningCost: Double?
  @Option(
    name: .long, parsing: .upToNextOption,
    help: "Run folders of networks trained for one depth each, on the same data with the same seed.",
    completion: Completions.runs)
  var dedicated: [String] = []
  @Flag(name: .long, inversion: .prefixedNo, help: "Let rules read temperature-scaled logits (default: as recorded).")
  var calibrated: Bool?
  @Option(
    name: .long, help: "The rule that others are paired with (default confidence, without logits fixed-depth).",
    completion: Completions.rules)
  var baseline: String?
  @Flag(name: .long, inversion: .prefixedNo, help: "Sweep every rule over its threshold or cost (default: yes).")
  var curve: Bool?
  @Flag(name: .long, inversion: .prefixedNo, help: "Try coordinates that remember (default: yes).")
  var coordinates: Bool?
  @Flag(name: .long, inversion: .prefixedNo, help: "Bound the optimum by a dual martingale (default: yes).")
  var bracket: Bool?
  @OptionGroup var equal: EqualAccuracyOptions
  @Option(name: .long, help: "What --plot draws: halting-law (default), accuracy-depth or story.") var picture: Picture?

  static let optionKeys =
    PathsOptions.keys
    + ["running_cost", "dedicated", "calibrated", "baseline", "curve", "coordinates", "bracket", "picture"]
    + EqualAccuracyOptions.keys

  func parameters(_ file: OptionFile) throws -> SweepSchema.Parameters { SweepSchema.Parameters([]) }

  func prepared(_ file: OptionFile) throws -> () throws -> CommandResult {
    guard try common.settings(file).isEmpty else {
      throw InputError.usage("compare has no problem parameters for --set")
    }
    let runs = try source.resolveAll(file, runningCost: runningCost ?? file.number("running_cost"))
    let options = DepthComparison.Options(
      calibrated: try calibrated ?? file.flag("calibrated") ?? false,
      baseline: try baseline ?? (file.values["baseline"] == .null ? nil : file.string("baseline")),
      curve: try curve ?? file.flag("curve") ?? true,
      coordinates: try coordinates ?? file.flag("coordinates") ?? true,
      bracket: try bracket ?? file.flag("bracket") ?? true)
    let networks = try dedicated.isEmpty ? file.strings("dedicated") ?? [] : dedicated
    guard networks.isEmpty || runs.count == 1 else {
      throw InputError.usage("--dedicated goes with one --run, not with \(runs.count)")
    }
    let others = try networks.map { name in
      (name: name, paths: try StoppingPaths(archive: RunFolder(opening: URL(fileURLWithPath: name)).file("paths.npz")))
    }
    let equalAccuracy = try equal.resolve(file, runs: runs.count)
    let shown = try shownPicture(file, options)
    let (seed, threads) = (try common.resolvedSeed(file), try common.resolvedThreads(file))
    return {
      let ((comparisons, study, judgements), seconds) = try timed {
        let comparisons = try runs.map { run in
          try DepthComparison(
            run.resolved.paths, runningCost: run.resolved.runningCost, coordinate: run.resolved.coordinate,
            options: options, dedicated: others, seed: seed, threads: threads)
        }
        let study = try equalAccuracy.study(
          runs.map { (name: $0.name, paths: $0.resolved.paths) }, seed: seed, threads: threads)
        let judgements = try zip(runs, comparisons).compactMap { run, comparison in
          try Self.judge(run.resolved, comparison, seed, threads).map { (name: run.name, judgement: $0) }
        }
        return (comparisons, study, judgements)
      }
      var configuration = runs[0].resolved.configuration
      if runs.count > 1 { configuration["run"] = .array(runs.map { .string($0.name) }) }
      configuration.merge(
        [
          "seed": .string(String(seed)), "calibrated": .bool(options.calibrated), "curve": .bool(options.curve),
          "coordinates": .bool(options.coordinates), "bracket": .bool(options.bracket),
          "baseline": .string(comparisons[0].baseline), "dedicated": .array(networks.map { .string($0) }),
        ].merging(equalAccuracy.configuration) { $1 }
      ) { $1 }
      var report = try CompareReport(names: runs.map(\.name), comparisons, picture: shown)
      if let study { report.add(study) }
      try report.add(judgements, comparisons)
      return CommandResult(
        command: "compare", configuration: configuration, results: report.results,
        diagnostics: Diagnostics(status: .converged, method: "regression and recursion", seconds: seconds),
        warnings: runs.flatMap { PathsOptions.warnings($0.resolved.paths) } + report.warnings, tables: report.tables,
        seed: seed, text: report.text, figure: report.figure)
    }
  }

  /// A run of `evidence` with two classes against its exact optimum; nil for other data, or rules that read other losses.
  private static func judge(
    _ run: PathsOptions.Resolved, _ comparison: DepthComparison, _ seed: UInt64, _ threads: Int
  ) throws -> EvidenceJudgement? {
    guard let task = try EvidenceTask(configuration: run.training), task.classCount == 2,
      let loss = try run.training["stopping_loss"]?.stringValue.map(StoppingLossKind.named)
    else { return nil }
    return try EvidenceJudgement(
      task, split: run.paths.split, evaluations: comparison.rules.filter { !$0.seesLabels },
      runningCost: comparison.runningCost, loss: loss, seed: seed, threads: threads)
  }

  private func shownPicture(_ file: OptionFile, _ options: DepthComparison.Options) throws -> Picture {
    let name = try picture?.rawValue ?? file.string("picture") ?? Picture.haltingLaw.rawValue
    guard let shown = Picture(rawValue: name) else {
      throw InputError.unknown(name, kindOfName: "picture", known: Picture.allCases.map(\.rawValue))
    }
    guard shown != .accuracyDepth || options.curve else {
      throw InputError.usage("--picture accuracy-depth needs the curve, --no-curve leaves it out")
    }
    guard shown != .story || options.coordinates else {
      throw InputError.usage("--picture story needs the coordinates, --no-coordinates leaves them out")
    }
    return shown
  }
}
