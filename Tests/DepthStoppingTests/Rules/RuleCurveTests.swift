import DepthNumerics
import Testing

@testable import DepthStopping

@Suite struct RuleCurveTests {
  @Test func curvesAreTheRulesTheyStandFor() throws {
    let chain = EvidenceChain(blocks: 6, rho: 0.9)
    let (fit, test) = (chain.paths(800, seed: 1), chain.paths(700, seed: 2))
    let c = 0.02
    let families = try RuleFamily.all(fitting: fit, runningCost: c)
    let curve = RuleCurve(families, fitting: fit, judging: test)
    #expect(
      Set(curve.points.map(\.rule)) == [
        "fixed-depth", "confidence", "entropy", "patience", "one-step-look-ahead", "m-step-look-ahead",
        "backward-induction", "oracle",
      ])
    let again = RuleCurve(
      try RuleFamily.all(fitting: fit, runningCost: c, threads: 2), fitting: fit, judging: test, threads: 2)
    #expect(again == curve)
    // at the cost that everything was chosen for, the family's member is the rule itself
    for name in ["one-step-look-ahead", "m-step-look-ahead", "backward-induction", "oracle"] {
      let rule = try RuleCatalogue.fit(name, on: fit, runningCost: c)
      let family = try #require(families.first { $0.name == name })
      let index = try #require(family.parameters.firstIndex(of: c))
      #expect(family.depths(test)[index] == rule.stoppingDepths(test), "\(name)")
    }
    // thresholds in one pass are the rules one by one
    for (name, feature, isAbove) in [("confidence", 2, true), ("entropy", 1, false)] {
      let family = try #require(families.first { $0.name == name })
      for (threshold, depths) in zip(family.parameters, family.depths(test)) {
        let rule = ThresholdRule(name, feature: feature, threshold: threshold, stopsAbove: isAbove)
        #expect(depths == rule.stoppingDepths(test), "\(name) \(threshold)")
      }
    }
    // the oracle's objective bounds everything at every cost
    let oracle = try #require(families.first { $0.name == "oracle" })
    let backward = try #require(families.first { $0.name == "backward-induction" })
    for (cost, pair) in zip(oracle.parameters, zip(oracle.depths(test), backward.depths(test))) {
      for sample in 0..<700 {
        let bound = test.loss(sample, pair.0[sample]) + cost * Double(pair.0[sample])
        #expect(bound <= test.loss(sample, pair.1[sample]) + cost * Double(pair.1[sample]) + 1e-12)
      }
    }
    #expect(curve.equalAccuracy.map(\.rule).contains("confidence"))
    #expect(
      curve.table.rowCount == curve.points.count && curve.equalAccuracyTable.rowCount == curve.equalAccuracy.count)
  }

  @Test func operationsCountWhatARuleReads() throws {
    let operations = ExitOperations(trunk: [1, 11, 21], head: [2, 2, 3], gate: [0.5, 0.5, 0])
    #expect(operations.totals(reading: .last) == [3, 13, 24])
    #expect(operations.totals(reading: .gates) == [3.5, 14, 25])
    #expect(operations.totals(reading: .heads) == [3, 15, 28])
    #expect(operations.totals(reading: .everything) == [3.5, 16, 29])
    #expect(operations.prefix(2).totals(reading: .last) == [3, 13])
    let paths = StoppingPaths(
      sampleCount: 4, exitCount: 3, stoppingLoss: [Double](repeating: 1, count: 12), operations: operations)
    let bootstrap = Bootstrap(sampleCount: 4, resamples: 20)
    #expect(RuleEvaluation(FullDepth(), on: paths, runningCost: 1, bootstrap: bootstrap).operations?.value == 24)
    #expect(
      RuleEvaluation(Oracle(runningCost: 1), on: paths, runningCost: 1, bootstrap: bootstrap).operations?.value == 3)
  }
}
