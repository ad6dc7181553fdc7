import DepthNumerics
public import DepthRuns
import DepthStopping

/// Tables and JSON of a comparison.
extension DepthComparison {
  /// Tidy: `rule`, `running_cost`, `objective` with bounds, `accuracy` with bounds, `expected_stopping_depth` with bounds, `sees_labels`.
  public var ruleTable: Table {
    var table = RuleTable.table(allRules, runningCost: runningCost, name: "rules")
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
    lawTable(
      predictions.first { $0.prediction.level == level }, column: level.rawValue,
      name: "halting-law-\(level.rawValue)")
  }

  /// The same of the prediction that the fit part chose, in the column `predicted`; of the diffusion where none was.
  public var chosenLawTable: Table {
    lawTable(chosen ?? predictions.last, column: "predicted", name: "halting-law")
  }

  private func lawTable(_ judged: Judged?, column: String, name: String) -> Table {
    var table = Table(name: name)
    guard let judged, let backward = rules.first(where: { $0.name == "backward-induction" }) else { return table }
    let law = judged.realised.law
    let half = law.map { 1.96 * ($0 * (1 - $0) / Double(judged.realised.depths.count)).squareRoot() }
    table.add("block", Array(law.indices))
    table.add("empirical", law)
    table.add("empirical_lower", zip(law, half).map { max(0, $0 - $1) })
    table.add("empirical_upper", zip(law, half).map { min(1, $0 + $1) })
    table.add(column, judged.prediction.law)
    table.add("backward_induction", backward.law)
    return table
  }

  /// One row a level of the user's coordinate.
  public var predictionTable: Table { Judged.table(predictions, name: "prediction") }

  /// One row a coordinate and kernel: the columns of `predictionTable`, `coordinate`, what the fit part said, and the tests of the model.
  public var coordinateTable: Table {
    var table = Judged.table(coordinates, name: "coordinates")
    table.add("coordinate", coordinates.map(\.prediction.coordinate))
    table.add("validated_objective", coordinates.map { $0.validation?.objective ?? .nan })
    table.add("validated_optimism_gap", coordinates.map { $0.validation?.optimismGap ?? .nan })
    table.add("validated_kolmogorov_smirnov", coordinates.map { $0.validation?.kolmogorovSmirnov ?? .nan })
    table.add("chosen", coordinates.map { $0.validation?.isChosen == true ? "yes" : "no" })
    table.add("memory", coordinates.map { $0.tests?.memory ?? .nan })
    table.add("loss_memory", coordinates.map { $0.tests?.lossMemory ?? .nan })
    table.add("skewness", coordinates.map { $0.tests?.skewness ?? .nan })
    table.add("excess_kurtosis", coordinates.map { $0.tests?.excessKurtosis ?? .nan })
    table.add("distance_to_normal", coordinates.map { $0.tests?.normalDistance ?? .nan })
    return table
  }

  public var json: [String: JSONValue] {
    let oracle = rules.first { $0.seesLabels }
    let reference = rules.first { $0.name == "backward-induction" } ?? best
    // what the fit part chose; else the diffusion, which the kernel checks
    let main = (chosen ?? predictions.last)?.json
    let all = zip(allRules, differences).map { rule, difference -> JSONValue in
      var members = RuleTable.json(rule)
      members["calibrated"] = .bool(options.calibrated)
      members["difference_from_baseline"] = difference.json
      return .object(members)
    }
    let loose: JSONValue = [
      "lower": JSONValue(oracle?.objective.value), "upper": JSONValue(reference.objective.value), "exact": .bool(false),
      "lower_confidence": JSONValue(oracle?.objective.lower),
      "upper_confidence": JSONValue(reference.objective.upper),
      "lower_kind": "oracle that sees the labels: valid and loose",
      "upper_kind": .string("the rule \(reference.name) on the test part: fitted elsewhere, so unbiased"),
    ]
    return [
      "rules": .array(all), "best_rule": .string(best.name), "baseline": .string(baseline),
      "fixed_depths": .array(fixedDepths.map { .object(RuleTable.json($0)) }),
      "dedicated": dedicated?.json ?? .null, "calibration": calibration?.json ?? .null,
      "equal_accuracy": curve.map { .array($0.equalAccuracy.map(\.json)) } ?? .null,
      "fit_samples": .integer(fitSamples), "test_samples": .integer(testSamples),
      "interval_kind": "paired bootstrap over the test samples, 95 %, 1000 resamples",
      "bracket": bracket?.json ?? loose,
      "prediction": main ?? .null, "predictions": .array(predictions.map(\.json)),
      "coordinates": .array(coordinates.map(\.json)),
      "distance": main?["distance"] ?? .null, "running_cost": JSONValue(runningCost),
      "coordinate": coordinate.map { .string($0) } ?? .null,
    ]
  }
}
