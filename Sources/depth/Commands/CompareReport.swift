import DepthFigures
import DepthNumerics
import DepthRuns
import DepthStopping
import DepthTheory
import Foundation

/// What `depth compare` says of one run, or of several seeds.
struct CompareReport {
  let results: [String: JSONValue]
  let tables: [Table]
  let text: [String]
  let warnings: [String]
  let figure: () throws -> Figure

  /// - Throws: `InputError.data` when several runs are no replicates of one another.
  init(names: [String], _ comparisons: [DepthComparison], picture: CompareCommand.Picture) throws {
    let first = comparisons[0]
    guard comparisons.count > 1 else {
      results = first.json
      tables =
        [
          first.ruleTable, first.fixedDepthTable, first.lawTable(.kernel), first.lawTable(.diffusion),
          first.predictionTable,
        ]
        + [first.fit?.table, first.calibration?.table, first.curve?.table, first.curve?.equalAccuracyTable].compactMap {
          $0
        } + (first.dedicated.map { [$0.table(runningCost: first.runningCost)] } ?? [])
      text = Self.lines(first)
      warnings = []
      figure = {
        switch picture {
        case .haltingLaw: try Figures.haltingLaw(first.lawTable(.diffusion))
        case .accuracyDepth: try Figures.accuracyDepth(first.curve?.table ?? Table(name: "accuracy_depth"))
        }
      }
      return
    }
    let replicated = try ReplicatedComparison(zip(names, comparisons).map { (name: $0, comparison: $1) })
    results = replicated.json
    let curve = try replicated.stacked("accuracy_depth") { $0.curve?.table }
    tables =
      [replicated.ruleTable]
      + [
        try replicated.stacked("rules-by-run", \.ruleTable), try replicated.stacked("fixed-depths", \.fixedDepthTable),
        try replicated.stacked("prediction", \.predictionTable),
        try replicated.stacked("calibration") { $0.calibration?.table }, curve,
        try replicated.stacked("equal-accuracy") { $0.curve?.equalAccuracyTable },
      ].compactMap { $0 }
    text = Self.lines(replicated)
    let samplesDiffer = replicated.design == .nested && !first.testLabels.isEmpty
    warnings =
      (samplesDiffer ? ["the runs have different test samples: each seed counts as one observation"] : [])
      + (curve == nil ? [] : ["a picture of accuracy against depth shows the first run alone, \(names[0])"])
    figure = {
      switch picture {
      case .haltingLaw:
        throw InputError.usage("--plot draws the halting law of one run; with several use --picture accuracy-depth")
      // each run has thresholds and depths of its own: no mean of curves
      case .accuracyDepth: try Figures.accuracyDepth(first.curve?.table ?? Table(name: "accuracy_depth"))
      }
    }
  }

  private static func short(_ value: Double) -> String { String(format: "%.4f", value) }

  private static func line(
    _ name: String, _ seesLabels: Bool, _ objective: Interval, _ accuracy: Interval?, _ depth: Interval,
    _ operations: Interval?, _ difference: Interval, _ baseline: String
  ) -> String {
    let label = seesLabels ? " (sees labels: no rule, unachievable)" : ""
    let right = accuracy.map { ", accuracy \(short($0.value))" } ?? ""
    let cost = operations.map { ", \(String(format: "%.4g", $0.value)) FLOP" } ?? ""
    let paired =
      name == baseline
      ? ""
      : "; J - J(\(baseline)) = \(short(difference.value)) [\(short(difference.lower)), \(short(difference.upper))]"
    return
      "\(name)\(label): J = \(short(objective.value)) [\(short(objective.lower)), \(short(objective.upper))]\(right)"
      + ", E tau = \(short(depth.value))\(cost)\(paired)"
  }

  private static func lines(_ comparison: DepthComparison) -> [String] {
    let all = comparison.rules + comparison.predictions.map(\.realised)
    let rules = zip(all, comparison.differences).map { rule, difference in
      line(
        rule.name, rule.seesLabels, rule.objective, rule.accuracy, rule.expectedStoppingDepth, rule.operations,
        difference,
        comparison.baseline)
    }
    let predictions = comparison.predictions.map { judged in
      "\(judged.prediction.level): predicted E tau \(short(judged.prediction.expectedStoppingDepth)), realised \(short(judged.realised.expectedStoppingDepth.value)); J \(short(judged.prediction.objective)) against \(short(judged.realised.objective.value)); KS \(short(judged.kolmogorovSmirnov.value)), W1 \(short(judged.wasserstein.value)), optimism gap \(short(judged.optimismGap.value)), regret \(short(judged.regret.value))"
    }
    let calibration = comparison.calibration.map { report in
      let last = report.raw.count - 1
      return
        "calibration of the last exit: T = \(short(report.scaling.temperatures[last])), ECE \(short(report.raw[last].expectedCalibrationError)) raw, \(short(report.scaled[last].expectedCalibrationError)) scaled"
    }
    let size =
      "fitted on \(comparison.fitSamples) samples, judged on \(comparison.testSamples)"
      + (comparison.options.calibrated ? "; rules read temperature-scaled logits" : "")
    return rules + predictions + (calibration.map { [$0] } ?? []) + [size]
  }

  private static func lines(_ replicated: ReplicatedComparison) -> [String] {
    let baseline = replicated.runs[0].baseline
    let rules = replicated.rules.map { rule in
      line(
        rule.name, rule.seesLabels, rule.objective, rule.accuracy, rule.expectedStoppingDepth, rule.operations,
        rule.difference, baseline)
    }
    let how =
      replicated.design == .crossed ? "seeds and samples crossed" : "over seeds, each with test samples of its own"
    return rules + ["\(replicated.runs.count) runs; intervals: \(how)"]
  }
}
