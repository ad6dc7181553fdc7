import ArgumentParser
import DepthFigures
import DepthNetworks
import DepthRuns
import DepthStopping
import DepthTheory
import Foundation

/// `depth compare`: empirical halting against theory.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Every halting rule, the theory's prediction, and the distance between them.",
    discussion: """
      examples:
        depth compare --run runs/digits --running-cost 0.01
        depth compare --paths mine.npz --running-cost 0.01 --json
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var source: PathsOptions
  @Option(name: .long, parsing: .unconditional, help: "The running cost c, loss per block (default: the run's).")
  var runningCost: Double?

  func run() throws {
    let file = try common.file(known: PathsOptions.keys + ["running_cost"])
    guard try common.settings(file).isEmpty else {
      throw InputError.usage("compare has no problem parameters for --set")
    }
    let resolved = try source.resolve(file, runningCost: runningCost ?? file.number("running_cost"))
    let (seed, threads) = (try common.resolvedSeed(file), try common.resolvedThreads(file))
    let gate: [any StoppingRule] =
      resolved.paths.featureNames.contains("halting_probability") ? [try GateRule(resolved.paths)] : []
    let (comparison, seconds) = try timed {
      try DepthComparison(
        resolved.paths, runningCost: resolved.runningCost, coordinate: resolved.coordinate, extraRules: gate,
        seed: seed,
        threads: threads)
    }
    try CommandResult(
      command: "compare",
      configuration: resolved.configuration.merging(["seed": .string(String(seed))]) { $1 }, results: comparison.json,
      diagnostics: Diagnostics(status: .converged, method: "regression and recursion", seconds: seconds),
      warnings: PathsOptions.warnings(resolved.paths),
      tables: [
        comparison.ruleTable, comparison.lawTable(.kernel), comparison.lawTable(.diffusion), comparison.predictionTable,
      ]
        + (comparison.fit.map { [$0.table] } ?? []), seed: seed, text: text(comparison),
      figure: { try Figures.haltingLaw(comparison.lawTable(.diffusion)) }
    ).deliver(common)
  }

  private func text(_ comparison: DepthComparison) -> [String] {
    func short(_ value: Double) -> String { String(format: "%.4f", value) }
    let rules = comparison.rules.map { rule in
      let accuracy = rule.accuracy.map { ", accuracy \(short($0.value))" } ?? ""
      let label = rule.seesLabels ? " (sees labels: no rule)" : ""
      return
        "\(rule.name)\(label): J = \(short(rule.objective.value)) [\(short(rule.objective.lower)), \(short(rule.objective.upper))]\(accuracy), E tau = \(short(rule.expectedStoppingDepth.value))"
    }
    let predictions = comparison.predictions.map { judged in
      "\(judged.prediction.level): predicted E tau \(short(judged.prediction.expectedStoppingDepth)), realised \(short(judged.realised.expectedStoppingDepth.value)); J \(short(judged.prediction.objective)) against \(short(judged.realised.objective.value)); KS \(short(judged.kolmogorovSmirnov.value)), W1 \(short(judged.wasserstein.value)), optimism gap \(short(judged.optimismGap.value)), regret \(short(judged.regret.value))"
    }
    return rules + predictions
  }
}
