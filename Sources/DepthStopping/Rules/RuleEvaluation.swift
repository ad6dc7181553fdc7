public import DepthNumerics
public import DepthRuns

/// A rule judged on paths: objective, accuracy, depth and operations, with paired bootstrap intervals.
public struct RuleEvaluation: Equatable, Sendable {
  public let name: String
  public let seesLabels: Bool
  /// What fitting chose.
  public let parameters: [String: JSONValue]
  /// tau of every sample.
  public let depths: [Int]
  /// `g_tau + c tau` of every sample.
  public let costs: [Double]
  /// 1 where the prediction at tau is right; empty without labels.
  public let correct: [Double]
  /// Floating-point operations of every sample; empty where the paths do not tell.
  public let operationCounts: [Double]
  public let objective: Interval
  /// nil without labels.
  public let accuracy: Interval?
  public let expectedStoppingDepth: Interval
  /// `E g_tau`.
  public let stoppingLoss: Interval
  /// Mean operations, heads and gates that the rule reads included.
  public let operations: Interval?
  /// Law of tau on 0...L.
  public let law: [Double]

  public init(
    _ rule: any StoppingRule, on paths: StoppingPaths, runningCost: Double, bootstrap: Bootstrap, threads: Int = 1
  ) {
    self = Self.evaluate([rule], on: paths, runningCost: runningCost, bootstrap: bootstrap, threads: threads)[0]
  }

  /// All rules at once: the resamples are drawn once.
  public static func evaluate(
    _ rules: [any StoppingRule], on paths: StoppingPaths, runningCost: Double, bootstrap: Bootstrap, threads: Int = 1
  ) -> [RuleEvaluation] {
    let outcomes = Parallel.map(rules.count, threads: threads) { RuleOutcome(rules[$0], on: paths, runningCost) }
    return evaluate(rules, outcomes, paths.blockCount, bootstrap, threads)
  }

  /// Rules whose depths are known already.
  public static func evaluate(
    _ decided: [(rule: any StoppingRule, depths: [Int])], on paths: StoppingPaths, runningCost: Double,
    bootstrap: Bootstrap, threads: Int = 1
  ) -> [RuleEvaluation] {
    let outcomes = decided.map { RuleOutcome($0.depths, reading: $0.rule.reading, on: paths, runningCost) }
    return evaluate(decided.map(\.rule), outcomes, paths.blockCount, bootstrap, threads)
  }

  private static func evaluate(
    _ rules: [any StoppingRule], _ outcomes: [RuleOutcome], _ blocks: Int, _ bootstrap: Bootstrap, _ threads: Int
  ) -> [RuleEvaluation] {
    let columns = outcomes.flatMap(\.columns)
    let intervals = bootstrap.means(columns, threads: threads)
    var next = 0
    return zip(rules, outcomes).map { rule, outcome in
      let own = Array(intervals[next..<(next + outcome.columns.count)])
      next += own.count
      return RuleEvaluation(rule, outcome, own, blocks: blocks)
    }
  }

  private init(_ rule: any StoppingRule, _ outcome: RuleOutcome, _ intervals: [Interval], blocks: Int) {
    name = rule.name
    seesLabels = rule.seesLabels
    parameters = rule.parameters
    depths = outcome.depths
    costs = outcome.columns[0]
    objective = intervals[0]
    expectedStoppingDepth = intervals[1]
    stoppingLoss = intervals[2]
    correct = outcome.hasLabels ? outcome.columns[3] : []
    accuracy = outcome.hasLabels ? intervals[3] : nil
    operationCounts = outcome.hasOperations ? outcome.columns[outcome.columns.count - 1] : []
    operations = outcome.hasOperations ? intervals[intervals.count - 1] : nil
    law = LawDistance.empirical(outcome.depths, blocks: blocks)
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

  /// `J(each) - J(other)`, paired over samples; the resamples are drawn once.
  public static func differences(
    _ evaluations: [RuleEvaluation], from other: RuleEvaluation, bootstrap: Bootstrap, threads: Int = 1
  ) -> [Interval] {
    bootstrap.means(evaluations.map { zip($0.costs, other.costs).map { $0 - $1 } }, threads: threads)
  }
}

/// What a rule does to each sample.
struct RuleOutcome: Sendable {
  let depths: [Int]
  /// Costs, depths, losses, then rightness and operations where they are known; a value a sample.
  let columns: [[Double]]
  let hasLabels: Bool
  let hasOperations: Bool

  init(_ rule: any StoppingRule, on paths: StoppingPaths, _ runningCost: Double) {
    self.init(rule.stoppingDepths(paths), reading: rule.reading, on: paths, runningCost)
  }

  init(_ depths: [Int], reading: ExitReading, on paths: StoppingPaths, _ runningCost: Double) {
    let losses = depths.indices.map { paths.loss($0, depths[$0]) }
    var columns = [
      depths.indices.map { losses[$0] + runningCost * Double(depths[$0]) }, depths.map(Double.init), losses,
    ]
    hasLabels = paths.classCount > 0 && !paths.labels.isEmpty
    hasOperations = paths.operations != nil
    if hasLabels { columns.append(depths.indices.map { paths.isCorrect($0, depths[$0]) == true ? 1 : 0 }) }
    if let totals = paths.operations?.totals(reading: reading) { columns.append(depths.map { totals[$0] }) }
    self.depths = depths
    self.columns = columns
  }
}
