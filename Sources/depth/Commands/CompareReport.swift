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
      tables = Self.tables(first)
      text = Self.lines(first)
      warnings = []
      figure = {
        switch picture {
        case .haltingLaw: try Figures.haltingLaw(first.lawTable(.diffusion))
        case .accuracyDepth: try Figures.accuracyDepth(first.curve?.table ?? Table(name: "accuracy_depth"))
        case .story: try Self.story(first)
        }
      }
      return
    }
    let replicated = try ReplicatedComparison(zip(names, comparisons).map { (name: $0, comparison: $1) })
    results = replicated.json
    let curve = try replicated.stacked("accuracy_depth") { $0.curve?.table }
    let stacked = [
      try replicated.stacked("rules-by-run", \.ruleTable), try replicated.stacked("fixed-depths", \.fixedDepthTable),
      try replicated.stacked("prediction", \.predictionTable),
      try replicated.stacked("coordinates") { $0.coordinates.isEmpty ? nil : $0.coordinateTable },
      try replicated.stacked("bracket") { $0.bracket?.table },
      try replicated.stacked("calibration") { $0.calibration?.table }, curve,
      try replicated.stacked("equal-accuracy") { $0.curve?.equalAccuracyTable },
    ]
    tables = [replicated.ruleTable] + stacked.compactMap { $0 }
    text = Self.lines(replicated)
    let samplesDiffer = replicated.design == .nested && !first.testLabels.isEmpty
    warnings =
      (samplesDiffer ? ["the runs have different test samples: each seed counts as one observation"] : [])
      + (curve == nil ? [] : ["a picture of several runs shows the first alone, \(names[0])"])
    figure = {
      switch picture {
      case .haltingLaw:
        throw InputError.usage("--plot draws the halting law of one run; with several use --picture accuracy-depth")
      case .story: try Self.story(first)
      // each run has thresholds and depths of its own: no mean of curves
      case .accuracyDepth: try Figures.accuracyDepth(first.curve?.table ?? Table(name: "accuracy_depth"))
      }
    }
  }

  private static func tables(_ comparison: DepthComparison) -> [Table] {
    var tables = [
      comparison.ruleTable, comparison.fixedDepthTable, comparison.lawTable(.kernel), comparison.lawTable(.diffusion),
      comparison.predictionTable,
    ]
    if !comparison.coordinates.isEmpty { tables += [comparison.coordinateTable, comparison.chosenLawTable] }
    let optional = [
      comparison.boundaries?.table, comparison.bracket?.table, comparison.fit?.table, comparison.calibration?.table,
      comparison.curve?.table, comparison.curve?.equalAccuracyTable,
      comparison.dedicated?.table(runningCost: comparison.runningCost),
    ]
    return tables + optional.compactMap { $0 }
  }

  private static func story(_ comparison: DepthComparison) throws -> Figure {
    guard let boundaries = comparison.boundaries else {
      throw InputError.usage("--picture story needs a coordinate, and these paths have no features")
    }
    return try Figures.comparisonStory(
      law: comparison.chosenLawTable, boundary: boundaries.table, rules: comparison.ruleTable,
      bracket: comparison.bracket?.table, coordinates: comparison.coordinateTable)
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
    let rules = zip(comparison.allRules, comparison.differences).map { rule, difference in
      line(
        rule.name, rule.seesLabels, rule.objective, rule.accuracy, rule.expectedStoppingDepth, rule.operations,
        difference,
        comparison.baseline)
    }
    let predictions =
      comparison.predictions.map { line($0, "") }
      + (comparison.chosen.map { [line($0, ", chosen on the fit part")] } ?? [])
    let bracket = comparison.bracket.map { line($0) }
    let calibration = comparison.calibration.map { report in
      let last = report.raw.count - 1
      return
        "calibration of the last exit: T = \(short(report.scaling.temperatures[last])), ECE \(short(report.raw[last].expectedCalibrationError)) raw, \(short(report.scaled[last].expectedCalibrationError)) scaled"
    }
    let size =
      "fitted on \(comparison.fitSamples) samples, judged on \(comparison.testSamples)"
      + (comparison.options.calibrated ? "; rules read temperature-scaled logits" : "")
    return rules + predictions + [bracket, calibration].compactMap { $0 } + [size]
  }

  private static func line(_ judged: DepthComparison.Judged, _ remark: String) -> String {
    let prediction = judged.prediction
    let depths =
      "predicted E tau \(short(prediction.expectedStoppingDepth)), realised \(short(judged.realised.expectedStoppingDepth.value))"
    let objectives = "J \(short(prediction.objective)) against \(short(judged.realised.objective.value))"
    let distances = "KS \(short(judged.kolmogorovSmirnov.value)), W1 \(short(judged.wasserstein.value))"
    return "\(prediction.level.rawValue) of \(prediction.coordinate)\(remark): \(depths); \(objectives); \(distances), "
      + "optimism gap \(percent(judged.optimismGap)), regret \(short(judged.regret.value))"
  }

  private static func line(_ bracket: DualBracket) -> String {
    let sizes =
      bracket.isExact
      ? "exact martingale" : "regressed martingale, widened by \(short(bracket.widening)) for what its tests leave open"
    return "bracket: V in [\(short(bracket.lower.value)), \(short(bracket.upper.value))], upper/lower "
      + "\(short(bracket.ratio.value)) [\(short(bracket.ratio.lower)), \(short(bracket.ratio.upper))]; \(sizes)"
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

  /// Runs of `evidence` against the exact optimum: what the theory predicted against it, and the bracket that it closes exactly.
  mutating func add(
    _ judgements: [(name: String, judgement: EvidenceJudgement)], _ comparisons: [DepthComparison]
  ) throws {
    guard let first = judgements.first else { return }
    let known = zip(judgements, comparisons).map { KnownOptimum($0.judgement.optimum, $1) }
    let all = zip(judgements, known).map { run, known -> JSONValue in
      guard case .object(let members) = run.judgement.json else { return run.judgement.json }
      let own = members.merging(["prediction": known.json]) { $1 }
      return .object(judgements.count == 1 ? own : own.merging(["run": .string(run.name)]) { $1 })
    }
    results["exact_optimum"] = all.count == 1 ? all[0] : .array(all)
    if let bracket = known[0].bracket, known.count == 1 { results["bracket"] = bracket.json }
    text += known.compactMap(\.line)
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
