public import DepthNumerics
import DepthRuns
public import DepthStopping

extension DepthComparison {
  /// One prediction held against its own rule, run on the test part.
  public struct Judged: Sendable {
    public let prediction: DepthPrediction
    /// The theory's stopping region used as a rule.
    public let realised: RuleEvaluation
    public let kolmogorovSmirnov: Interval
    /// In blocks.
    public let wasserstein: Interval
    /// `(realised J - predicted J) / realised J`; its interval holds the samples of the test part and, in quadrature, those that the
    /// prediction was made from.
    public let optimismGap: Interval
    /// The same with both objectives measured from the loss of full depth on their own part: what the model redraws, without what makes
    /// one part harder than the other.
    public let netOptimismGap: Interval
    /// J of the theory's rule minus J of backward induction, the reference declared beforehand.
    public let regret: Interval
    /// Distances between the predicted law and that of backward induction, the network's own best halting.
    public let distanceToBackwardInduction: (kolmogorovSmirnov: Double, wasserstein: Double)
    /// What the fit part said of it by cross-validation; nil for a prediction that was no candidate.
    public internal(set) var validation: Validation?
    /// Whether the coordinate behaves as the model says; nil where it was not tested.
    public internal(set) var tests: CoordinateTests?
  }

  /// A candidate out of fold, on the fit part.
  public struct Validation: Equatable, Sendable {
    public let objective: Double
    public let optimismGap: Double
    public let kolmogorovSmirnov: Double
    public let isChosen: Bool
  }
}

extension DepthComparison.Judged {
  /// What is judged: a prediction, the rule that it makes and where that stops the test samples.
  struct Candidate: Sendable {
    let prediction: DepthPrediction
    let rule: any StoppingRule
    let depths: [Int]
    /// What the rule pays on the samples that the prediction was made from.
    let fittedCosts: [Double]
    /// The last loss of the same samples.
    let fittedLast: [Double]

    init(
      _ prediction: DepthPrediction, _ rule: any StoppingRule, test: [Int], fit depths: [Int], _ losses: [Double],
      _ c: Double
    ) {
      (self.prediction, self.rule, self.depths) = (prediction, rule, test)
      let exits = losses.count / max(1, depths.count)
      fittedCosts = depths.indices.map { losses[$0 * exits + depths[$0]] + c * Double(depths[$0]) }
      fittedLast = depths.indices.map { losses[($0 + 1) * exits - 1] }
    }

    /// The same under another name.
    func renamed(_ rule: any StoppingRule) -> Candidate { Candidate(self, rule) }

    private init(_ other: Candidate, _ rule: any StoppingRule) {
      (prediction, self.rule, depths) = (other.prediction, rule, other.depths)
      (fittedCosts, fittedLast) = (other.fittedCosts, other.fittedLast)
    }
  }

  /// All candidates over the same resamples.
  static func judge(
    _ candidates: [Candidate], on test: StoppingPaths, runningCost: Double, against backward: RuleEvaluation,
    _ bootstrap: Bootstrap, _ threads: Int
  ) -> [DepthComparison.Judged] {
    let realised = RuleEvaluation.evaluate(
      candidates.map { ($0.rule, $0.depths) }, on: test, runningCost: runningCost, bootstrap: bootstrap,
      threads: threads)
    let regrets = RuleEvaluation.differences(realised, from: backward, bootstrap: bootstrap, threads: threads)
    let (exits, n) = (test.exitCount, test.sampleCount)
    let last = (0..<n).map { test.loss($0, exits - 1) }
    let baselines = candidates.map { Statistics.mean($0.fittedLast) }
    let found = bootstrap.intervals(threads: threads) { weights in
      let full = BLAS.dot(n, weights, last) / Double(n)
      return candidates.indices.flatMap { index -> [Double] in
        let candidate = candidates[index]
        let law = resampled(candidate.depths, weights, exits)
        let objective = BLAS.dot(n, weights, realised[index].costs) / Double(n)
        let net = (objective - full) - (candidate.prediction.objective - baselines[index])
        return [
          LawDistance.kolmogorovSmirnov(candidate.prediction.law, law),
          LawDistance.wasserstein(candidate.prediction.law, law),
          objective == 0 ? 0 : (objective - candidate.prediction.objective) / objective,
          objective == 0 ? 0 : net / objective,
        ]
      }
    }
    return candidates.indices.map { index in
      let (candidate, place) = (candidates[index], 4 * index)
      let (law, objective) = (candidate.prediction.law, realised[index].objective.value)
      let net = zip(candidate.fittedCosts, candidate.fittedLast).map { $0 - $1 }
      return DepthComparison.Judged(
        prediction: candidate.prediction, realised: realised[index], kolmogorovSmirnov: found[place],
        wasserstein: found[place + 1],
        optimismGap: widened(
          found[place + 2], by: 1.96 * Statistics.standardError(candidate.fittedCosts), of: objective),
        netOptimismGap: widened(found[place + 3], by: 1.96 * Statistics.standardError(net), of: objective),
        regret: regrets[index],
        distanceToBackwardInduction: (
          LawDistance.kolmogorovSmirnov(law, backward.law), LawDistance.wasserstein(law, backward.law)
        ))
    }
  }

  private static func widened(_ gap: Interval, by half: Double, of objective: Double) -> Interval {
    guard objective != 0 else { return gap }
    let own = half / objective
    return Interval(
      value: gap.value, lower: gap.value - ((gap.value - gap.lower) * (gap.value - gap.lower) + own * own).squareRoot(),
      upper: gap.value + ((gap.upper - gap.value) * (gap.upper - gap.value) + own * own).squareRoot())
  }

  private static func resampled(_ depths: [Int], _ weights: [Double], _ exits: Int) -> [Double] {
    var law = [Double](repeating: 0, count: exits)
    let share = 1 / Double(depths.count)
    law.withUnsafeMutableBufferPointer { law in
      depths.withUnsafeBufferPointer { depths in
        weights.withUnsafeBufferPointer { weights in
          for i in depths.indices { law[depths[i]] += weights[i] * share }
        }
      }
    }
    return law
  }

  var json: JSONValue {
    guard case .object(var members) = prediction.json else { return .null }
    members["optimism_gap"] = optimismGap.json
    members["net_optimism_gap"] = netOptimismGap.json
    members["regret"] = regret.json
    members["realised"] = .object(RuleTable.json(realised))
    members["distance"] = ["kolmogorov_smirnov": kolmogorovSmirnov.json, "wasserstein": wasserstein.json]
    members["distance_to_backward_induction"] = [
      "kolmogorov_smirnov": JSONValue(distanceToBackwardInduction.kolmogorovSmirnov),
      "wasserstein": JSONValue(distanceToBackwardInduction.wasserstein),
    ]
    if let validation {
      members["validation"] = [
        "objective": JSONValue(validation.objective), "optimism_gap": JSONValue(validation.optimismGap),
        "kolmogorov_smirnov": JSONValue(validation.kolmogorovSmirnov), "chosen": .bool(validation.isChosen),
      ]
    }
    if let tests { members["tests"] = tests.json }
    return .object(members)
  }

  /// One row a prediction: predicted and realised depth and objective, distances, gap and regret with bounds.
  static func table(_ judged: [DepthComparison.Judged], name: String) -> Table {
    var table = Table(name: name)
    table.add("level", judged.map(\.prediction.level.rawValue))
    table.add("predicted_depth", judged.map(\.prediction.expectedStoppingDepth))
    table.add("realised_depth", judged.map(\.realised.expectedStoppingDepth))
    table.add("predicted_objective", judged.map(\.prediction.objective))
    table.add("realised_objective", judged.map(\.realised.objective))
    table.add("kolmogorov_smirnov", judged.map(\.kolmogorovSmirnov))
    table.add("wasserstein", judged.map(\.wasserstein))
    table.add("optimism_gap", judged.map(\.optimismGap))
    table.add("net_optimism_gap", judged.map(\.netOptimismGap))
    table.add("regret", judged.map(\.regret))
    return table
  }
}
