import DepthNumerics
import Testing

@testable import DepthStopping

@Suite struct ThresholdSweepTests {
  private static let paths = TwoStateChain().paths(300, seed: 8)

  /// Each candidate's mean cost and depth are those of the rule with that threshold.
  @Test func everyCandidateIsWhatItsRuleDoes() throws {
    let paths = Self.paths
    let sweep = ThresholdSweep(paths, runningCost: 0.03) { paths.feature($0, $1, 1) }
    #expect(sweep.thresholds.first == -.infinity && sweep.thresholds.last == .infinity)
    #expect(zip(sweep.thresholds, sweep.thresholds.dropFirst()).allSatisfy { $0 < $1 })
    for index in stride(from: 0, to: sweep.thresholds.count, by: 37) {
      let rule = ThresholdRule("confidence", feature: 1, threshold: sweep.thresholds[index], stopsAbove: true)
      #expect(abs(RuleEvaluation.objective(rule, paths, 0.03) - sweep.objectives[index]) < 1e-12)
      let depths = rule.stoppingDepths(paths)
      #expect(abs(Double(depths.reduce(0, +)) / 300 - sweep.depths[index]) < 1e-12)
    }
  }

  @Test func noThresholdIsBetterThanTheBest() throws {
    let paths = Self.paths
    for stopsAbove in [true, false] {
      let best = try ThresholdRule("x", feature: "noise", stopsAbove: stopsAbove, fitting: paths, runningCost: 0.03)
      let least = RuleEvaluation.objective(best, paths, 0.03)
      for step in 0...100 {
        let rule = ThresholdRule("x", feature: 1, threshold: Double(step) / 100, stopsAbove: stopsAbove)
        #expect(RuleEvaluation.objective(rule, paths, 0.03) >= least - 1e-12)
      }
    }
  }

  @Test func spreadThresholdsGoFromTheFirstExitToTheLast() throws {
    let rules = try ThresholdRule.spread("x", feature: "noise", stopsAbove: false, over: Self.paths, count: 9)
    let depths = rules.map { rule in
      Double(rule.stoppingDepths(Self.paths).reduce(0, +)) / 300
    }
    #expect(depths.first == 0 && depths.last == 8)
    for (index, depth) in depths.enumerated() { #expect(abs(depth - Double(index)) < 0.1) }
  }
}
