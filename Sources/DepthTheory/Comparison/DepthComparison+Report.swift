import DepthNumerics
public import DepthRuns
import DepthStopping

/// Tables and JSON of a comparison.
extension DepthComparison {
  /// Tidy: `rule`, `running_cost`, `objective` with bounds, `accuracy` with bounds, `expected_stopping_depth` with bounds, `sees_labels`.
  public var ruleTable: Table {
    var table = RuleTable.table(rules + predictions.map(\.realised), runningCost: runningCost, name: "rules")
    table.add("difference_from_baseline", differences)
    return table
  }

  /// Every depth as a rule, with the columns of `ruleTable` and `block`.
  public var fixedDepthTable: Table {
    var table = RuleTable.table(fixedDepths, runningCost: runningCost, name: "fixed-depths")
    table.add("block", Array(fixedDepths.indices))
    return table
  }

  /// Columns `block`, `empirical` with binomial bounds, the level's name, `backward_induction`: the law predicted at a level
  /// against that of its own rule on the test part; empty without predictions.
  public func lawTable(_ level: DepthPrediction.Level) -> Table {
    var table = Table(name: "halting-law-\(level.rawValue)")
    guard let judged = predictions.first(where: { $0.prediction.level == level }),
      let backward = rules.first(where: { $0.name == "backward-induction" })
    else { return table }
    let law = judged.realised.law
    let half = law.map { 1.96 * ($0 * (1 - $0) / Double(judged.realised.depths.count)).squareRoot() }
    table.add("block", Array(law.indices))
    table.add("empirical", law)
    table.add("empirical_lower", zip(law, half).map { max(0, $0 - $1) })
    table.add("empirical_upper", zip(law, half).map { min(1, $0 + $1) })
    table.add(level.rawValue, judged.prediction.law)
    table.add("backward_induction", backward.law)
    return table
  }

  /// One row per prediction: predicted and realised depth and objective, distances, gap and regret with bounds.
  public var predictionTable: Table {
    var table = Table(name: "prediction")
    table.add("level", predictions.map(\.prediction.level.rawValue))
    table.add("predicted_depth", predictions.map(\.prediction.expectedStoppingDepth))
    table.add("realised_depth", predictions.map(\.realised.expectedStoppingDepth))
    table.add("predicted_objective", predictions.map(\.prediction.objective))
    table.add("realised_objective", predictions.map(\.realised.objective))
    table.add("kolmogorov_smirnov", predictions.map(\.kolmogorovSmirnov))
    table.add("wasserstein", predictions.map(\.wasserstein))
    table.add("optimism_gap", predictions.map(\.optimismGap))
    table.add("regret", predictions.map(\.regret))
    return table
  }

  public var json: [String: JSONValue] {
    func judged(_ judged: Judged) -> JSONValue {
      guard case .object(var members) = judged.prediction.json else { return .null }
      members["optimism_gap"] = judged.optimismGap.json
      members["regret"] = judged.regret.json
      members["realised"] = .object(RuleTable.json(judged.realised))
      members["distance"] = [
        "kolmogorov_smirnov": judged.kolmogorovSmirnov.json, "wasserstein": judged.wasserstein.json,
      ]
      members["distance_to_backward_induction"] = [
        "kolmogorov_smirnov": JSONValue(judged.distanceToBackwardInduction.kolmogorovSmirnov),
        "wasserstein": JSONValue(judged.distanceToBackwardInduction.wasserstein),
      ]
      return .object(members)
    }
    let oracle = rules.first { $0.seesLabels }
    let reference = rules.first { $0.name == "backward-induction" } ?? best
    // the diffusion is the theory's own prediction; the kernel checks it
    let main = predictions.last.map(judged)
    let all = zip(rules + predictions.map(\.realised), differences).map { rule, difference -> JSONValue in
      var members = RuleTable.json(rule)
      members["calibrated"] = .bool(options.calibrated)
      members["difference_from_baseline"] = difference.json
      return .object(members)
    }
    return [
      "rules": .array(all), "best_rule": .string(best.name), "baseline": .string(baseline),
      "fixed_depths": .array(fixedDepths.map { .object(RuleTable.json($0)) }),
      "dedicated": dedicated?.json ?? .null, "calibration": calibration?.json ?? .null,
      "equal_accuracy": curve.map { .array($0.equalAccuracy.map(\.json)) } ?? .null,
      "fit_samples": .integer(fitSamples), "test_samples": .integer(testSamples),
      "interval_kind": "paired bootstrap over the test samples, 95 %, 1000 resamples",
      "bracket": [
        "lower": JSONValue(oracle?.objective.value), "upper": JSONValue(reference.objective.value),
        "lower_confidence": JSONValue(oracle?.objective.lower),
        "upper_confidence": JSONValue(reference.objective.upper),
        "lower_kind": "oracle that sees the labels: valid and loose",
        "upper_kind": .string("the rule \(reference.name) on the test part: fitted elsewhere, so unbiased"),
      ],
      "prediction": main ?? .null, "predictions": .array(predictions.map(judged)),
      "distance": main?["distance"] ?? .null, "running_cost": JSONValue(runningCost),
      "coordinate": coordinate.map { .string($0) } ?? .null,
    ]
  }
}
