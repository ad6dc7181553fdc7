public import DepthNumerics
public import DepthRuns
public import DepthStopping

/// Where a network halts against where the theory says it should, at one running cost.
///
/// Rules and predictions are fitted on the fit part, judged on the test part, with paired bootstrap intervals over samples.
public struct DepthComparison: Sendable {
  /// One prediction held against its own rule, run on the test part.
  public struct Judged: Equatable, Sendable {
    public let prediction: DepthPrediction
    /// The theory's stopping region used as a rule.
    public let realised: RuleEvaluation
    public let kolmogorovSmirnov: Interval
    /// In blocks.
    public let wasserstein: Interval
    /// `(realised J - predicted J) / realised J`.
    public let optimismGap: Interval
    /// J of the theory's rule minus J of backward induction, the reference declared beforehand.
    public let regret: Interval
    /// Distances between the predicted law and that of backward induction, the network's own best halting.
    public let distanceToBackwardInduction: (kolmogorovSmirnov: Double, wasserstein: Double)

    public static func == (a: Judged, b: Judged) -> Bool {
      a.prediction == b.prediction && a.realised == b.realised && a.regret == b.regret
    }
  }

  public let runningCost: Double
  public let coordinate: String?
  public let rules: [RuleEvaluation]
  /// Empty where the paths have no feature to serve as coordinate.
  public let predictions: [Judged]
  public let fit: KramersMoyalFit?

  /// The rule of least test objective that sees no labels: a description, chosen on the test part and so too good as an estimate.
  public let best: RuleEvaluation

  /// - Parameters:
  ///   - coordinate: a feature; nil leaves predictions out.
  ///   - extraRules: rules made elsewhere (a network's gate).
  /// - Throws: `InputError` as rules and fits do.
  public init(
    _ paths: StoppingPaths, runningCost c: Double, coordinate: String?, extraRules: [any StoppingRule] = [],
    seed: UInt64 = 0, threads: Int = 1
  ) throws {
    guard c > 0, c.isFinite else { throw InputError.value(c, of: "running_cost", allowed: "positive numbers") }
    let (fit, test) = try paths.fitAndTest()
    let bootstrap = Bootstrap(sampleCount: test.sampleCount, seed: seed)
    let rules = try RuleCatalogue.all(on: fit, runningCost: c) + extraRules
    self.rules = rules.map { RuleEvaluation($0, on: test, runningCost: c, bootstrap: bootstrap, threads: threads) }
    runningCost = c
    self.coordinate = coordinate
    let best = self.rules.filter { !$0.seesLabels }.min { $0.objective.value < $1.objective.value }!
    self.best = best
    guard let coordinate else {
      (predictions, self.fit) = ([], nil)
      return
    }
    let feature = try paths.featureIndex(coordinate)
    let moments = try KramersMoyalFit(fitting: fit, coordinate: coordinate)
    self.fit = moments
    let backward = self.rules.first { $0.name == "backward-induction" } ?? best
    predictions = try [
      CoordinateKernel(fitting: fit, coordinate: coordinate).predict(runningCost: c), moments.predict(runningCost: c),
    ]
    .map { Self.judge($0, feature, test, c, backward, bootstrap, threads) }
  }

  private static func judge(
    _ prediction: DepthPrediction, _ feature: Int, _ test: StoppingPaths, _ c: Double,
    _ backward: RuleEvaluation, _ bootstrap: Bootstrap, _ threads: Int
  ) -> Judged {
    let realised = RuleEvaluation(
      BoundaryRule(feature: feature, intervals: prediction.intervals), on: test, runningCost: c, bootstrap: bootstrap,
      threads: threads)
    let (depths, costs, exits) = (realised.depths, realised.costs, test.exitCount)
    @Sendable func law(_ weights: [Double]) -> [Double] {
      var law = [Double](repeating: 0, count: exits)
      for (depth, weight) in zip(depths, weights) { law[depth] += weight / Double(depths.count) }
      return law
    }
    return Judged(
      prediction: prediction, realised: realised,
      kolmogorovSmirnov: bootstrap.interval(threads: threads) {
        LawDistance.kolmogorovSmirnov(prediction.law, law($0))
      },
      wasserstein: bootstrap.interval(threads: threads) { LawDistance.wasserstein(prediction.law, law($0)) },
      optimismGap: bootstrap.interval(threads: threads) { weights in
        let objective = BLAS.dot(weights.count, weights, costs) / Double(weights.count)
        return (objective - prediction.objective) / objective
      }, regret: realised.difference(from: backward, bootstrap: bootstrap, threads: threads),
      distanceToBackwardInduction: (
        LawDistance.kolmogorovSmirnov(prediction.law, backward.law),
        LawDistance.wasserstein(prediction.law, backward.law)
      ))
  }
}

/// Tables and JSON of a comparison.
extension DepthComparison {
  /// Tidy: `rule`, `running_cost`, `objective` with bounds, `accuracy` with bounds, `expected_stopping_depth` with bounds, `sees_labels`.
  public var ruleTable: Table {
    let all = rules + predictions.map { $0.realised }
    let names = rules.map(\.name) + predictions.map { "theory-boundary (\($0.prediction.level.rawValue))" }
    var table = Table(name: "rules")
    table.add("rule", names)
    table.add("running_cost", all.map { _ in runningCost })
    table.add("objective", all.map(\.objective.value))
    table.add("objective_lower", all.map(\.objective.lower))
    table.add("objective_upper", all.map(\.objective.upper))
    table.add("accuracy", all.map { $0.accuracy?.value ?? .nan })
    table.add("accuracy_lower", all.map { $0.accuracy?.lower ?? .nan })
    table.add("accuracy_upper", all.map { $0.accuracy?.upper ?? .nan })
    table.add("expected_stopping_depth", all.map(\.expectedStoppingDepth.value))
    table.add("expected_stopping_depth_lower", all.map(\.expectedStoppingDepth.lower))
    table.add("expected_stopping_depth_upper", all.map(\.expectedStoppingDepth.upper))
    table.add("sees_labels", all.map { $0.seesLabels ? "yes" : "no" })
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
    add("realised_depth", predictions.map(\.realised.expectedStoppingDepth), to: &table)
    table.add("predicted_objective", predictions.map(\.prediction.objective))
    add("realised_objective", predictions.map(\.realised.objective), to: &table)
    add("kolmogorov_smirnov", predictions.map(\.kolmogorovSmirnov), to: &table)
    add("wasserstein", predictions.map(\.wasserstein), to: &table)
    add("optimism_gap", predictions.map(\.optimismGap), to: &table)
    add("regret", predictions.map(\.regret), to: &table)
    return table
  }

  private func add(_ name: String, _ intervals: [Interval], to table: inout Table) {
    table.add(name, intervals.map(\.value))
    table.add("\(name)_lower", intervals.map(\.lower))
    table.add("\(name)_upper", intervals.map(\.upper))
  }

  public var json: [String: JSONValue] {
    func interval(_ interval: Interval) -> JSONValue {
      ["value": JSONValue(interval.value), "lower": JSONValue(interval.lower), "upper": JSONValue(interval.upper)]
    }
    func rule(_ evaluation: RuleEvaluation, _ name: String) -> JSONValue {
      [
        "name": .string(name), "objective": JSONValue(evaluation.objective.value),
        "accuracy": JSONValue(evaluation.accuracy?.value),
        "expected_stopping_depth": [
          [
            "at": .null, "value": JSONValue(evaluation.expectedStoppingDepth.value),
            "lower": JSONValue(evaluation.expectedStoppingDepth.lower),
            "upper": JSONValue(evaluation.expectedStoppingDepth.upper),
          ]
        ], "sees_labels": .bool(evaluation.seesLabels),
        "intervals": [
          "objective": interval(evaluation.objective), "accuracy": evaluation.accuracy.map(interval) ?? .null,
          "expected_stopping_depth": interval(evaluation.expectedStoppingDepth),
        ],
      ]
    }
    func judged(_ judged: Judged) -> JSONValue {
      guard case .object(var members) = judged.prediction.json else { return .null }
      members["optimism_gap"] = interval(judged.optimismGap)
      members["regret"] = interval(judged.regret)
      members["realised"] = rule(judged.realised, "theory-boundary")
      members["distance"] = [
        "kolmogorov_smirnov": interval(judged.kolmogorovSmirnov), "wasserstein": interval(judged.wasserstein),
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
    return [
      "rules": .array(
        rules.map { rule($0, $0.name) }
          + predictions.map { rule($0.realised, "theory-boundary-\($0.prediction.level.rawValue)") }),
      "best_rule": .string(best.name),
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
