import DepthNumerics

/// A rule at many depths: over its threshold, its patience, its depth or the running cost.
public struct RuleFamily: Sendable {
  public let name: String
  public let seesLabels: Bool
  public let reading: ExitReading
  /// Threshold, patience, depth or running cost of each member.
  public let parameters: [Double]
  /// tau of each member on any paths of as many exits.
  public let depths: @Sendable (StoppingPaths) -> [[Int]]

  /// Members that are rules of their own; `rules` is not empty.
  public init(_ rules: [any StoppingRule], parameters: [Double]) {
    precondition(
      !rules.isEmpty && rules.count == parameters.count, "\(rules.count) rules, \(parameters.count) parameters")
    name = rules[0].name
    seesLabels = rules[0].seesLabels
    reading = rules[0].reading
    self.parameters = parameters
    depths = { paths in rules.map { $0.stoppingDepths(paths) } }
  }

  /// Members that share what they read: `depths` gives tau of each.
  public init(
    _ name: String, parameters: [Double], reading: ExitReading = .everything,
    depths: @escaping @Sendable (StoppingPaths) -> [[Int]]
  ) {
    self.name = name
    seesLabels = false
    self.reading = reading
    self.parameters = parameters
    self.depths = depths
  }

  /// Costs of a sweep around c: 13, evenly spaced in the logarithm from c/30 to 30 c.
  public static func costs(around c: Double) -> [Double] {
    let factors = [1, 1.7627, 3.1072, 5.4772, 9.6549, 17.0191, 30]
    return factors.dropFirst().reversed().map { c / $0 } + factors.map { c * $0 }
  }

  /// Every family that these paths allow. `tuned-gate` stands for the gate, `fixed-depth` for the full depth.
  ///
  /// Thresholds are spread so that mean depths on these paths are even; regressions are those chosen at `runningCost`, their
  /// decisions made at each of `costs(around: runningCost)`.
  ///
  /// - Throws: as the rules do.
  public static func all(
    fitting paths: StoppingPaths, runningCost c: Double, threads: Int = 1
  ) throws -> [RuleFamily] {
    try FittedRules(on: paths, runningCost: c, threads: threads).families(threads: threads)
  }

  /// The family that a fitted rule belongs to; nil for one that has none of its own.
  static func family(
    _ name: String, _ paths: StoppingPaths, _ c: Double, _ fitted: FittedRules
  ) throws -> RuleFamily? {
    let costs = costs(around: c)
    switch name {
    case "fixed-depth":
      return RuleFamily(
        (0...paths.blockCount).map { FixedDepth($0) }, parameters: (0...paths.blockCount).map(Double.init))
    case "patience":
      return RuleFamily(
        (0...paths.blockCount).map { Patience($0) }, parameters: (0...paths.blockCount).map(Double.init))
    case "confidence": return try thresholds(name, name, true, paths)
    case "entropy": return try thresholds(name, name, false, paths)
    case "tuned-gate": return try thresholds(name, "halting_probability", true, paths)
    case "one-step-look-ahead", "m-step-look-ahead":
      guard let rule = fitted.rules.first(where: { $0.name == name }) as? LookAhead else { return nil }
      return RuleFamily(name, parameters: costs) { rule.depths($0, runningCosts: costs) }
    case "backward-induction":
      let family = BackwardFamily(
        fitted.regression, problems: costs.map { ($0, paths.blockCount) }, fitted.backward)
      return RuleFamily(name, parameters: costs) { family.depths($0) }
    case "oracle": return RuleFamily(costs.map { Oracle(runningCost: $0) }, parameters: costs)
    default: return nil
    }
  }

  private static let thresholdCount = 41

  private static func thresholds(
    _ name: String, _ feature: String, _ stopsAbove: Bool, _ paths: StoppingPaths
  ) throws -> RuleFamily {
    let rules = try ThresholdRule.spread(
      name, feature: feature, stopsAbove: stopsAbove, over: paths, count: thresholdCount)
    let index = try paths.featureIndex(feature)
    let bars = rules.map { stopsAbove ? $0.threshold : -$0.threshold }
    return RuleFamily(name, parameters: rules.map(\.threshold), reading: rules[0].reading) { shown in
      depths(shown, feature: index, sign: stopsAbove ? 1 : -1, bars)
    }
  }

  /// tau of each threshold, all in one pass: `sign` times the feature reaches a higher bar no sooner than a lower one.
  private static func depths(_ paths: StoppingPaths, feature: Int, sign: Double, _ bars: [Double]) -> [[Int]] {
    let (n, exits, m, blocks) = (paths.sampleCount, paths.exitCount, paths.featureCount, paths.blockCount)
    let order = bars.indices.sorted { bars[$0] < bars[$1] }
    var result = bars.map { _ in [Int](repeating: blocks, count: n) }
    paths.features.withUnsafeBufferPointer { features in
      for sample in 0..<n {
        var exit = 0
        for bar in order {
          while exit < blocks, sign * features[(sample * exits + exit) * m + feature] < bars[bar] { exit += 1 }
          guard exit < blocks else { break }
          result[bar][sample] = exit
        }
      }
    }
    return result
  }
}
