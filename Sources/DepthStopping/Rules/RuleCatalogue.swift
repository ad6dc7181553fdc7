import DepthNumerics
import DepthRuns

/// The rules that are fitted on paths alone, by name.
public enum RuleCatalogue {
  public static let names = [
    "full-depth", "fixed-depth", "confidence", "entropy", "patience", "one-step-look-ahead", "m-step-look-ahead",
    "backward-induction", "gate", "tuned-gate", "oracle",
  ]

  /// Those that do not see labels: `online` has them.
  public static let onlineNames = names.filter { $0 != "oracle" }

  /// How far `m-step-look-ahead` looks.
  public static let lookAheadSteps = 4

  /// - Throws: `InputError.usage` for an unknown name, or when the paths lack what the rule reads.
  public static func fit(_ name: String, on paths: StoppingPaths, runningCost: Double) throws -> any StoppingRule {
    try fit(name, on: paths, runningCost: runningCost) { ExitRegression(paths) }
  }

  /// Every rule that these paths allow; the regressions share their columns.
  public static func all(
    on paths: StoppingPaths, runningCost: Double, threads: Int = 1
  ) throws -> [any StoppingRule] {
    try FittedRules(on: paths, runningCost: runningCost, threads: threads).rules
  }

  /// A rule for each cost, to run while a network does; the regressions share their columns.
  ///
  /// - Throws: also `InputError.usage` for a rule that sees labels.
  public static func online(
    _ name: String, on paths: StoppingPaths, runningCosts: [Double], threads: Int = 1
  ) throws -> [any OnlineRule] {
    try requireOnline(name)
    let regression = regressions.contains(name) ? ExitRegression(paths, threads: threads) : nil
    return try Parallel.map(runningCosts.count, threads: threads) { index in
      Result {
        try fit(name, on: paths, runningCost: runningCosts[index]) { regression ?? ExitRegression(paths) }
      }
    }.map { result in
      guard let rule = try result.get() as? any OnlineRule else { preconditionFailure("\(name) cannot run online") }
      return rule
    }
  }

  /// - Throws: `InputError.usage` for a name that is unknown, or whose rule sees labels.
  public static func requireOnline(_ name: String) throws {
    guard !onlineNames.contains(name) else { return }
    guard names.contains(name) else { throw InputError.unknown(name, kindOfName: "rule", known: onlineNames) }
    throw InputError.usage(
      "the rule \(name) sees labels, which a request does not have; allowed: \(onlineNames.joined(separator: ", "))")
  }

  private static let regressions = ["one-step-look-ahead", "m-step-look-ahead", "backward-induction"]

  /// The names whose features these paths have.
  public static func available(on paths: StoppingPaths) -> [String] {
    let needs = [
      "confidence": "confidence", "entropy": "entropy", "gate": "halting_probability",
      "tuned-gate": "halting_probability",
    ]
    return names.filter { name in
      if let feature = needs[name] { return paths.featureNames.contains(feature) }
      return name != "patience" || paths.classCount > 0
    }
  }

  static func fit(
    _ name: String, on paths: StoppingPaths, runningCost c: Double, regression: () -> ExitRegression
  ) throws -> any StoppingRule {
    switch name {
    case "full-depth": FullDepth()
    case "fixed-depth": FixedDepth(fitting: paths, runningCost: c)
    case "confidence":
      try ThresholdRule(name, feature: "confidence", stopsAbove: true, fitting: paths, runningCost: c)
    case "entropy":
      try ThresholdRule(name, feature: "entropy", stopsAbove: false, fitting: paths, runningCost: c)
    case "patience": try Patience(fitting: paths, runningCost: c)
    case "one-step-look-ahead": LookAhead(steps: 1, regression(), runningCost: c)
    case "m-step-look-ahead": LookAhead(steps: lookAheadSteps, regression(), runningCost: c)
    case "backward-induction": BackwardInduction(regression(), runningCost: c)
    case "gate": try GateRule(paths)
    case "tuned-gate":
      try ThresholdRule(name, feature: "halting_probability", stopsAbove: true, fitting: paths, runningCost: c)
    case "oracle": Oracle(runningCost: c)
    default: throw InputError.unknown(name, kindOfName: "rule", known: names)
    }
  }
}
