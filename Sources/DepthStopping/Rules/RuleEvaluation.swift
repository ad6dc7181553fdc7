public import DepthNumerics
import DepthRuns

/// A rule judged on paths: objective, accuracy and depth, with paired bootstrap intervals.
public struct RuleEvaluation: Equatable, Sendable {
  public let name: String
  public let seesLabels: Bool
  /// tau of every sample.
  public let depths: [Int]
  /// `g_tau + c tau` of every sample.
  public let costs: [Double]
  public let objective: Interval
  /// nil without labels.
  public let accuracy: Interval?
  public let expectedStoppingDepth: Interval
  /// Law of tau on 0...L.
  public let law: [Double]

  public init(
    _ rule: any StoppingRule, on paths: StoppingPaths, runningCost: Double, bootstrap: Bootstrap, threads: Int = 1
  ) {
    let depths = rule.stoppingDepths(paths)
    name = rule.name
    seesLabels = rule.seesLabels
    self.depths = depths
    costs = depths.indices.map { paths.loss($0, depths[$0]) + runningCost * Double(depths[$0]) }
    objective = bootstrap.mean(costs, threads: threads)
    expectedStoppingDepth = bootstrap.mean(depths.map(Double.init), threads: threads)
    let correct = depths.indices.map { paths.isCorrect($0, depths[$0]) }
    accuracy = correct.contains(nil) ? nil : bootstrap.mean(correct.map { $0 == true ? 1 : 0 }, threads: threads)
    law = LawDistance.empirical(depths, blocks: paths.blockCount)
  }

  /// `J = mean(g_tau + c tau)`.
  public static func objective(_ rule: some StoppingRule, _ paths: StoppingPaths, _ runningCost: Double) -> Double {
    let depths = rule.stoppingDepths(paths)
    return depths.indices.reduce(0) { $0 + paths.loss($1, depths[$1]) + runningCost * Double(depths[$1]) }
      / Double(depths.count)
  }

  /// `J(self) - J(other)`, paired over samples.
  public func difference(from other: RuleEvaluation, bootstrap: Bootstrap, threads: Int = 1) -> Interval {
    bootstrap.mean(zip(costs, other.costs).map { $0 - $1 }, threads: threads)
  }
}

/// The rules that are fitted on paths alone, by name.
public enum RuleCatalogue {
  public static let names = [
    "full-depth", "fixed-depth", "confidence", "entropy", "patience", "one-step-look-ahead", "m-step-look-ahead",
    "backward-induction", "oracle",
  ]

  /// How far `m-step-look-ahead` looks.
  public static let lookAheadSteps = 4

  /// - Throws: `InputError.usage` for an unknown name, or when the paths lack what the rule reads.
  public static func fit(_ name: String, on paths: StoppingPaths, runningCost: Double) throws -> any StoppingRule {
    switch name {
    case "full-depth": FullDepth()
    case "fixed-depth": FixedDepth(fitting: paths, runningCost: runningCost)
    case "confidence":
      try ThresholdRule(name, feature: "confidence", stopsAbove: true, fitting: paths, runningCost: runningCost)
    case "entropy":
      try ThresholdRule(name, feature: "entropy", stopsAbove: false, fitting: paths, runningCost: runningCost)
    case "patience": try Patience(fitting: paths, runningCost: runningCost)
    case "one-step-look-ahead": LookAhead(steps: 1, fitting: paths, runningCost: runningCost)
    case "m-step-look-ahead": LookAhead(steps: lookAheadSteps, fitting: paths, runningCost: runningCost)
    case "backward-induction": BackwardInduction(fitting: paths, runningCost: runningCost)
    case "oracle": Oracle(runningCost: runningCost)
    default: throw InputError.unknown(name, kindOfName: "rule", known: names)
    }
  }

  /// Every rule that these paths allow.
  public static func all(on paths: StoppingPaths, runningCost: Double) throws -> [any StoppingRule] {
    let needs: [String: String] = ["confidence": "confidence", "entropy": "entropy"]
    return try names.filter { name in
      if let feature = needs[name] { return paths.featureNames.contains(feature) }
      return name != "patience" || paths.classCount > 0
    }.map { try fit($0, on: paths, runningCost: runningCost) }
  }
}
