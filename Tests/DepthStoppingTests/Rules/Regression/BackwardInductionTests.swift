import DepthNumerics
import Foundation
import Testing

@testable import DepthStopping

/// Backward induction against exact optima, on paths as noisy as a recorder's.
@Suite struct BackwardInductionTests {
  @Test(arguments: [0.003, 0.03]) func reachesTheOptimumOfEvidence(cost c: Double) throws {
    let chain = EvidenceChain(blocks: 20, rho: 0.7)
    let (exact, thresholds) = chain.optimum(runningCost: c)
    let coarse = chain.optimum(runningCost: c, points: 801).value
    #expect(abs(coarse - exact) < 2e-4 * exact, "the recursion itself: \(coarse), \(exact)")
    let (fit, test) = (chain.paths(7000, seed: 11), chain.paths(12000, seed: 12))
    let bootstrap = Bootstrap(sampleCount: 12000, resamples: 200)
    let rules: [any StoppingRule] = [
      BackwardInduction(fitting: fit, runningCost: c), chain.optimalRule(thresholds),
      LookAhead(steps: 1, fitting: fit, runningCost: c),
    ]
    let judged = RuleEvaluation.evaluate(rules, on: test, runningCost: c, bootstrap: bootstrap, threads: 2)
    for (rule, name) in zip(judged, ["backward induction", "the optimal rule"]) {
      let error = Statistics.standardError(rule.costs)
      #expect(abs(rule.objective.value - exact) < 3 * error, "\(name): \(rule.objective), exact \(exact)")
    }
    let regret = judged[0].difference(from: judged[1], bootstrap: bootstrap)
    #expect(regret.value < 0.015 * exact, "regret \(regret) of \(exact), \(judged[0].parameters)")
    // zero-one losses at even odds do not fall in one step by much: the one-step rule gives up at once
    #expect(judged[2].objective.value >= judged[0].objective.value - 1e-12)
  }

  /// dX = -X dt + 0.5 dW in blocks of 0.05 with horizon 40 blocks; loss X^2.
  @Test func reachesTheOptimumOfContraction() throws {
    let (blocks, decay, c) = (40, exp(-0.05), 0.005)
    let noise = (0.125 * (1 - decay * decay)).squareRoot()
    func paths(_ n: Int, seed: UInt64) -> StoppingPaths {
      let states = (0..<n).flatMap { sample -> [Double] in
        var stream = RandomStream(seed: seed, stream: UInt64(sample))
        let draws = stream.normals(blocks + 1)
        var x = 0.6 * draws[0]
        return (0...blocks).map { k in
          if k > 0 { x = decay * x + noise * draws[k] }
          return x
        }
      }
      return StoppingPaths(
        sampleCount: n, exitCount: blocks + 1, stoppingLoss: states.map { $0 * $0 }, featureNames: ["x"],
        features: states)
    }
    let grid = (0...1200).map { -3 + 0.005 * Double($0) }
    let nodes = (0...80).map { -5 + 0.125 * Double($0) }
    let total = nodes.reduce(0) { $0 + exp(-0.5 * $1 * $1) }
    var value = grid.map { $0 * $0 }
    var intervals = [[StateInterval(lower: -.infinity, upper: .infinity)]]
    for _ in 0..<blocks {
      let next = grid.map { x in
        nodes.reduce(c) { sum, u in
          let place = min(1199.999, max(0, (decay * x + noise * u + 3) / 0.005))
          let i = Int(place)
          return sum + exp(-0.5 * u * u) / total * (value[i] + (place - Double(i)) * (value[i + 1] - value[i]))
        }
      }
      let bound = grid[(600...1200).last { grid[$0] * grid[$0] <= next[$0] } ?? 600]
      intervals.append([StateInterval(lower: -bound, upper: bound)])
      value = zip(grid, next).map { min($0 * $0, $1) }
    }
    let weights = grid.map { exp(-0.5 * $0 * $0 / 0.36) }
    let exact = zip(weights, value).reduce(0) { $0 + $1.0 * $1.1 } / weights.reduce(0, +)
    let (fit, test) = (paths(4000, seed: 1), paths(8000, seed: 2))
    let bootstrap = Bootstrap(sampleCount: 8000, resamples: 200)
    let judged = RuleEvaluation.evaluate(
      [BackwardInduction(fitting: fit, runningCost: c), BoundaryRule(feature: 0, intervals: intervals.reversed())],
      on: test, runningCost: c, bootstrap: bootstrap)
    for rule in judged {
      #expect(
        abs(rule.objective.value - exact) < 3 * Statistics.standardError(rule.costs),
        "\(rule.objective), exact \(exact)")
    }
    let regret = judged[0].difference(from: judged[1], bootstrap: bootstrap)
    #expect(regret.value < 0.01 * exact, "regret \(regret) of \(exact), \(judged[0].parameters)")
  }

  @Test func stepsAheadRepairWhereGainsFirstRise() throws {
    let chain = TwoStateChain()
    let c = 0.08
    let (fit, test) = (chain.paths(6000, seed: 21), chain.paths(6000, seed: 22))
    let bootstrap = Bootstrap(sampleCount: 6000, resamples: 200)
    let judged = RuleEvaluation.evaluate(
      [
        LookAhead(steps: 1, fitting: fit, runningCost: c), LookAhead(steps: 4, fitting: fit, runningCost: c),
        BackwardInduction(fitting: fit, runningCost: c),
      ], on: test, runningCost: c, bootstrap: bootstrap)
    #expect(judged[0].difference(from: judged[2], bootstrap: bootstrap).lower > 0.05)
    let repaired = judged[1].difference(from: judged[2], bootstrap: bootstrap)
    #expect(abs(repaired.value) < 0.005, "\(repaired)")
    let exact = chain.value(runningCost: c)
    #expect(abs(judged[1].objective.value - exact) < 3 * Statistics.standardError(judged[1].costs))
  }

  @Test func truncatedRulesEndAtTheirHorizon() throws {
    let chain = TwoStateChain()
    let (fit, test) = (chain.paths(2000, seed: 31), chain.paths(2000, seed: 32))
    let objectives = BackwardInduction.truncatedObjectives(fitting: fit, judging: test, runningCost: 0.08)
    #expect(objectives.count == 9)
    #expect(abs(objectives[0] - (0..<2000).reduce(0) { $0 + test.loss($1, 0) } / 2000) < 1e-12)
    let full = RuleEvaluation.objective(BackwardInduction(fitting: fit, runningCost: 0.08), test, 0.08)
    #expect(abs(objectives[8] - full) < 1e-12)
  }

  /// What is used at an exit may not change when later exits do, whatever columns were chosen.
  @Test func columnsAreCausal() throws {
    let chain = EvidenceChain(blocks: 8, rho: 0.7)
    let paths = chain.paths(300, seed: 3)
    let cut = 4
    let depths = [Int](repeating: cut, count: 300)
    let changed = TwoStateChain().perturbing(paths, after: depths, seed: 7)
    let history = PathHistory(paths)
    let basis = ExitBasis(fitting: paths, history: history)
    #expect(basis.width(.history) > basis.width(.features) && basis.width(.features) > basis.width(.leading))
    let other = PathHistory(changed)
    for exit in 0...cut {
      let isSame =
        basis.columns(paths, history, exit: exit, level: .history)
        == basis.columns(changed, other, exit: exit, level: .history)
      #expect(isSame, "exit \(exit)")
    }
    #expect(
      basis.columns(paths, history, exit: cut + 1, level: .history)
        != basis.columns(changed, other, exit: cut + 1, level: .history))
  }

  @Test func fewSamplesAndFlatFeaturesAreNoTrouble() throws {
    for n in [1, 3, 9, 11] {
      let paths = TwoStateChain().paths(n, seed: 5, withLogits: true)
      for rule in try RuleCatalogue.all(on: paths, runningCost: 0.05) {
        #expect(rule.stoppingDepths(paths).allSatisfy { (0...8).contains($0) }, "\(rule.name) on \(n)")
      }
    }
  }
}
