import DepthFigures
import DepthNetworks
import DepthNumerics
import DepthRuns
import DepthStopping
import DepthTheory
import Foundation

/// What `depth compare` says of one run, or of several seeds.
struct CompareReport {
  private(set) var results: [String: JSONValue]
  private(set) var tables: [Table]
  private(set) var text: [String]
  private(set) var warnings: [String]
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

  /// Networks at equal accuracy.
  mutating func add(_ study: EqualAccuracyStudy) {
    results["equal_accuracy"] = study.json
    tables.append(study.table)
    for pair in study.pairs {
      guard let other = pair.outcome.other, let reduction = pair.outcome.reduction,
        let difference = pair.outcome.accuracyDifference
      else {
        warnings.append("no rule of \(pair.other) reaches accuracy \(pair.outcome.target) on its fit part")
        continue
      }
      let (depth, base) = (Statistics.mean(other.depths), Statistics.mean(pair.outcome.baseline.depths))
      text.append(
        "\(pair.other) by \(other.rule) against \(pair.baseline) by \(pair.outcome.baseline.rule): E tau \(Self.short(depth)) "
          + "against \(Self.short(base)), \(Self.percent(reduction)) less; accuracy differs by \(Self.short(difference.value)) "
          + "[\(Self.short(difference.lower)), \(Self.short(difference.upper))]")
    }
    if study.pairs.count > 1, let reduction = study.reduction {
      text.append("over \(study.pairs.count) pairs: \(Self.percent(reduction)) less depth")
    }
  }

  /// Runs of `evidence` against the exact optimum.
  mutating func add(_ judgements: [(name: String, judgement: EvidenceJudgement)]) throws {
    guard let first = judgements.first else { return }
    results["exact_optimum"] =
      judgements.count == 1
      ? first.judgement.json
      : .array(
        judgements.map { run in
          guard case .object(let members) = run.judgement.json else { return run.judgement.json }
          return .object(members.merging(["run": .string(run.name)]) { $1 })
        })
    tables.append(
      judgements.count == 1
        ? first.judgement.table
        : try Table.stacked(
          judgements.map { run in
            var table = run.judgement.table
            table.add("run", [String](repeating: run.name, count: table.rowCount))
            return table
          }, name: first.judgement.table.name))
    for run in judgements {
      let best = run.judgement.excesses.min { $0.share.value < $1.share.value }
      let optimum = run.judgement.optimum
      text.append(
        "\(run.name): exact optimum J = \(Self.short(optimum.objective)), E tau* = \(Self.short(optimum.expectedStoppingDepth)); "
          + (best.map { "nearest rule \($0.rule), \(Self.percent($0.share)) above" } ?? "no rules"))
    }
  }

  private static func percent(_ share: Interval) -> String {
    String(format: "%.1f %% [%.1f, %.1f]", 100 * share.value, 100 * share.lower, 100 * share.upper)
  }
}
