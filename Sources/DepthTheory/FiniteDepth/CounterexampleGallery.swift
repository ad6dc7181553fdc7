public import DepthRuns
import DepthStopping
import Foundation

/// Problems that drop one hypothesis each: what a theorem may not say there, and what goes wrong for who says it all the same.
public enum CounterexampleGallery {
  /// A problem without one of the hypotheses.
  public struct Entry: Sendable {
    /// Kebab-case.
    public let name: String
    public let droppedHypothesis: String
    /// What happens instead.
    public let lesson: String
    /// The depth bound of who ignores the hypothesis; nil where there is none to be had.
    public let naiveBound: Double?
    /// `P(tau* > naiveBound)`; nil without one.
    public let exceedance: Double?
    let check: @Sendable () throws -> FiniteDepthReport

    /// - Throws: `StoppingError` where a solver finds no answer.
    public func report() throws -> FiniteDepthReport { try check() }
  }

  public static let entries: [Entry] = [
    constantGain, meanGain, slowStart, freeDepth, unboundedReward, unboundedState, kinkedLoss, periodicFlow,
    improvingHeads, fewSamples,
  ]

  /// - Throws: `InputError.usage` with the known names.
  public static func entry(_ name: String) throws -> Entry {
    guard let entry = entries.first(where: { $0.name == name }) else {
      throw InputError.unknown(name, kindOfName: "counterexample", known: entries.map(\.name))
    }
    return entry
  }

  /// Columns `counterexample`, `dropped_hypothesis`, `verdict_budget`, `verdict_horizon`, `verdict_gain_sum`,
  /// `expected_stopping_depth`, `naive_bound`, `exceedance`, `regret` (of one-step look-ahead), `lesson`; missing where unknown.
  public static func table(_ reports: [(entry: Entry, report: FiniteDepthReport)]) -> Table {
    var table = Table(name: "gallery")
    table.add("counterexample", reports.map(\.entry.name))
    table.add("dropped_hypothesis", reports.map(\.entry.droppedHypothesis))
    table.add("verdict_budget", reports.map(\.report.budget.verdict.rawValue))
    table.add("verdict_horizon", reports.map(\.report.horizon.verdict.rawValue))
    table.add("verdict_gain_sum", reports.map(\.report.gainSum.verdict.rawValue))
    table.add("expected_stopping_depth", reports.map { $0.report.expectedStoppingDepth?.value ?? .nan })
    table.add("naive_bound", reports.map { $0.entry.naiveBound ?? .nan })
    table.add("exceedance", reports.map { $0.entry.exceedance ?? .nan })
    table.add("regret", reports.map { $0.report.monotone?.regret.value ?? .nan })
    table.add("lesson", reports.map(\.entry.lesson))
    return table
  }

  /// A chain with dyadic numbers, so that ties are exact.
  private static func chain(
    _ rows: [[Double]], loss: [Double], cost: Double, discount: Double = 0
  ) throws -> FiniteDepthReport {
    let chain = try MarkovChain(
      transition: NumericArray(shape: [rows.count, rows.count], values: rows.flatMap { $0 }))
    let problem = try StoppingProblem(
      name: "chain", dynamics: .chain(chain, loss: loss), cost: .constant(cost),
      discount: ScalarFunction(constant: discount))
    return try FiniteDepthReport.checking(problem, at: [0])
  }

  private static func catalogue(_ name: String, at point: [Double]) throws -> FiniteDepthReport {
    let entry = try ProblemCatalogue.entry(name)
    return try FiniteDepthReport.checking(entry.problem(entry.resolve([])), at: point)
  }

  private static let constantGain = Entry(
    name: "constant-gain", droppedHypothesis: "delta_k -> 0",
    lesson:
      "a block succeeds with probability 1/4 for ever: the gain never falls, tau* is geometric and exceeds every K with probability (3/4)^K",
    naiveBound: nil, exceedance: nil
  ) { try chain([[0.75, 0.25], [0, 1]], loss: [1, 0], cost: 1.0 / 16) }

  private static let meanGain = Entry(
    name: "mean-gain", droppedHypothesis: "the envelope bounds conditional gains, not their mean",
    lesson:
      "the mean gain of block k is (1/4)(3/4)^(k-1) and falls below c at k = 6, but whoever has just had the idea gains 1 from the next block, at any depth",
    naiveBound: naiveMeanBound, exceedance: pow(0.75, naiveMeanBound - 1)
  ) { try chain([[0.75, 0.25, 0], [0, 0, 1], [0, 0, 1]], loss: [1, 1, 0], cost: 1.0 / 16) }

  /// K(c) of the mean gains 0, p, p(1 - p), ...: tau* is one more than a geometric variable.
  private static let naiveMeanBound: Double = {
    let means = [0] + (0..<60).map { 0.25 * pow(0.75, Double($0)) }
    return Double(horizonBound(gains: means, cost: 1.0 / 16) ?? 0)
  }()

  private static let slowStart = Entry(
    name: "slow-start", droppedHypothesis: "the monotone case: B is absorbing",
    lesson: "the first block gains nothing and the second everything: one-step look-ahead stops at once",
    naiveBound: 0, exceedance: 1
  ) { try chain([[0, 1, 0], [0, 0, 1], [1, 0, 0]], loss: [1, 1, 0], cost: 0.25) }

  private static let freeDepth = Entry(
    name: "free-depth", droppedHypothesis: "c > 0",
    lesson: "without a cost no budget limits the depth: only a discount ends the wait, and tau* is geometric",
    naiveBound: nil, exceedance: nil
  ) { try chain([[0.75, 0.25], [0, 1]], loss: [1, 0], cost: 0, discount: log(2)) }

  private static let unboundedReward = Entry(
    name: "unbounded-reward", droppedHypothesis: "g bounded below",
    lesson: "brownian-radial: -|X| has no lower bound, and (E g_0 - inf g)/c is infinite", naiveBound: nil,
    exceedance: nil
  ) { try catalogue("brownian-radial", at: [0, 0]) }

  private static let unboundedState = Entry(
    name: "unbounded-state", droppedHypothesis: "an envelope over all reachable states",
    lesson: "ou-contraction: noise reaches states of any gain 2 a |x|^2 - d s^2 at any depth; tau* is not bounded",
    naiveBound: nil, exceedance: nil
  ) { try catalogue("ou-contraction", at: [1]) }

  private static let kinkedLoss = Entry(
    name: "kinked-loss", droppedHypothesis: "g twice differentiable",
    lesson:
      "sequential-test: the gain rate is 0 wherever it exists, yet at the kink one never stops; the gain is local time",
    naiveBound: 0, exceedance: 1
  ) { try catalogue("sequential-test", at: [0.5]) }

  private static let periodicFlow = Entry(
    name: "periodic-flow", droppedHypothesis: "gains stay below c from K(c) on",
    lesson: "transport-cosine: the gain rate sin x returns; at x = 6 one passes a rise of g to reach the next fall",
    naiveBound: 0, exceedance: 1
  ) { try catalogue("transport-cosine", at: [6]) }

  private static let improvingHeads = Entry(
    name: "improving-heads", droppedHypothesis: "one shared head",
    lesson: "f = 0, but the heads lose 0.7 and then 0.1: eps_k = 0 bounds nothing, the block gains 0.6",
    naiveBound: 0, exceedance: 1
  ) {
    let paths = StoppingPaths(
      sampleCount: 60, exitCount: 2, stoppingLoss: (0..<60).flatMap { _ in [0.7, 0.1] },
      residualNorm: [Double](repeating: 0, count: 60))
    return try FiniteDepthReport.checking(paths, runningCost: 0.1, coordinate: nil).report
  }

  private static let fewSamples = Entry(
    name: "few-samples", droppedHypothesis: "an envelope that is known",
    lesson: "20 samples whose last block gained nothing: too few to bound the gain of others", naiveBound: 1,
    exceedance: nil
  ) {
    let paths = StoppingPaths(
      sampleCount: 20, exitCount: 3, stoppingLoss: (0..<20).flatMap { _ in [0.7, 0.1, 0.1] })
    return try FiniteDepthReport.checking(paths, runningCost: 0.1, coordinate: nil).report
  }
}
