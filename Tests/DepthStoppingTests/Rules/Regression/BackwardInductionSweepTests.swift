import DepthStopping
import Testing

@Suite struct BackwardInductionSweepTests {
  @Test func aSweepsDepthsAreThoseOfEachRule() {
    let chain = EvidenceChain(blocks: 6, rho: 0.8)
    let (fit, test) = (chain.paths(800, seed: 1), chain.paths(300, seed: 2))
    let costs = [0.005, 0.02, 0.08]
    let depths = BackwardInduction.depths(fitting: fit, judging: test, runningCosts: costs, chosenAt: 0.02)
    #expect(depths[1] == BackwardInduction(fitting: fit, runningCost: 0.02).stoppingDepths(test))
    let means = depths.map { $0.reduce(0, +) }
    #expect(means[0] > means[1] && means[1] > means[2])
  }

  @Test func truncatedCostsAverageToTheObjectives() {
    let chain = EvidenceChain(blocks: 5, rho: 0.8)
    let (fit, test) = (chain.paths(600, seed: 3), chain.paths(200, seed: 4))
    let costs = BackwardInduction.truncatedCosts(fitting: fit, judging: test, runningCost: 0.02)
    #expect(costs.count == 6 && costs.allSatisfy { $0.count == 200 })
    #expect(costs[0] == (0..<200).map { test.loss($0, 0) })
    let rule = BackwardInduction(fitting: fit, runningCost: 0.02)
    #expect(abs(costs[5].reduce(0, +) / 200 - RuleEvaluation.objective(rule, test, 0.02)) < 1e-12)
  }
}
