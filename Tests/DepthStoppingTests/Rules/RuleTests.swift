import DepthNumerics
import DepthRuns
import DepthStopping
import Foundation
import Testing

@Suite struct RuleTests {
  /// Identical samples with given losses per exit and one constant feature.
  static func deterministic(_ losses: [Double], samples: Int = 12) -> StoppingPaths {
    StoppingPaths(
      sampleCount: samples, exitCount: losses.count,
      stoppingLoss: (0..<samples).flatMap { _ in losses }, featureNames: ["z"],
      features: [Double](repeating: 0.5, count: samples * losses.count))
  }

  static func losses(gains: [Double], last: Double = 0) -> [Double] {
    gains.reversed().reduce(into: [last]) { $0.append($0.last! + $1) }.reversed()
  }

  @Test func geometricGainsStopAtTheHorizonWithDyadicTies() throws {
    // gains 2^-k: with c = 2^-j the block of gain exactly c is not worth it, so tau = j.
    let paths = Self.deterministic(Self.losses(gains: (0..<14).map { pow(0.5, Double($0)) }))
    for j in 0..<12 {
      let c = pow(0.5, Double(j))
      for kind in ["one-step-look-ahead", "m-step-look-ahead", "backward-induction", "fixed-depth", "oracle"] {
        let depths = try RuleCatalogue.fit(kind, on: paths, runningCost: c).stoppingDepths(paths)
        #expect(depths.allSatisfy { $0 == j }, "\(kind) at c = 2^-\(j): \(depths[0])")
      }
    }
  }

  @Test func randomGeometricGainsStopAtTheClosedForm() throws {
    var stream = RandomStream(seed: 2)
    for _ in 0..<60 {
      let draws = stream.uniforms(3)
      let (scale, ratio, c) = (0.1 + draws[0], 0.3 + 0.6 * draws[1], 0.001 + 0.3 * draws[2])
      let horizon = max(0, Int(ceil(log(scale / c) / log(1 / ratio))))
      let gains = (0..<(horizon + 3)).map { scale * pow(ratio, Double($0)) }
      let paths = Self.deterministic(Self.losses(gains: gains))
      for kind in ["one-step-look-ahead", "backward-induction"] {
        #expect(
          try RuleCatalogue.fit(kind, on: paths, runningCost: c).stoppingDepths(paths).allSatisfy { $0 == horizon })
      }
    }
  }

  @Test func lookAheadStopsTooEarlyWhereGainsFirstRise() throws {
    let gains = [0.01, 0.01, 0.01, 0.4, 0.3, 0.02, 0.01]
    let paths = Self.deterministic(Self.losses(gains: gains))
    let c = 0.05
    #expect(LookAhead(steps: 1, fitting: paths, runningCost: c).stoppingDepths(paths)[0] == 0)
    #expect(LookAhead(steps: 2, fitting: paths, runningCost: c).stoppingDepths(paths)[0] == 0)
    #expect(LookAhead(steps: 5, fitting: paths, runningCost: c).stoppingDepths(paths)[0] == 5)
    #expect(BackwardInduction(fitting: paths, runningCost: c).stoppingDepths(paths)[0] == 5)
  }

  @Test func lookAheadNeverStopsAfterTheOptimalTime() throws {
    var stream = RandomStream(seed: 41)
    for _ in 0..<60 {
      let gains = stream.normals(9).map { 0.1 * $0 + 0.03 }
      let losses = Self.losses(gains: gains, last: 2)
      let paths = Self.deterministic(losses)
      let c = 0.04
      let costs = losses.indices.map { losses[$0] + c * Double($0) }
      let optimal = costs.firstIndex(of: costs.min()!)!
      var previous = 0
      for lookAhead in 1...9 {
        let tau = LookAhead(steps: lookAhead, fitting: paths, runningCost: c).stoppingDepths(paths)[0]
        #expect(tau <= optimal && tau >= previous)
        previous = tau
      }
      #expect(previous == optimal)
      #expect(BackwardInduction(fitting: paths, runningCost: c).stoppingDepths(paths)[0] == optimal)
    }
  }

  @Test func backwardInductionReachesTheExactValueOfAChain() throws {
    let chain = TwoStateChain()
    let c = 0.08
    let exact = chain.value(runningCost: c)
    let fit = chain.paths(8000, seed: 1)
    let test = chain.paths(8000, seed: 2)
    let backward = RuleEvaluation(
      BackwardInduction(fitting: fit, runningCost: c), on: test, runningCost: c,
      bootstrap: Bootstrap(sampleCount: 8000, resamples: 200))
    let standardError = (Statistics.variance(backward.costs) / 8000).squareRoot()
    #expect(abs(backward.objective.value - exact) < 4 * standardError)
    #expect(4 * standardError < 0.03)
    // One block alone never pays at first: the one-step rule stops at 0 in the hard state and pays for it.
    let oneStep = RuleEvaluation(
      LookAhead(steps: 1, fitting: fit, runningCost: c), on: test, runningCost: c,
      bootstrap: Bootstrap(sampleCount: 8000, resamples: 200))
    #expect(oneStep.difference(from: backward, bootstrap: Bootstrap(sampleCount: 8000, resamples: 200)).lower > 0.05)
  }

  @Test func theOracleBoundsEveryRule() throws {
    let chain = TwoStateChain()
    let fit = chain.paths(1500, seed: 3, withLogits: true)
    let test = chain.paths(1500, seed: 4, withLogits: true)
    let bootstrap = Bootstrap(sampleCount: 1500, resamples: 100)
    let all = try RuleCatalogue.all(on: fit, runningCost: 0.05).map {
      RuleEvaluation($0, on: test, runningCost: 0.05, bootstrap: bootstrap)
    }
    let oracle = try #require(all.first { $0.name == "oracle" })
    #expect(oracle.seesLabels && all.filter(\.seesLabels).count == 1)
    for evaluation in all {
      #expect(zip(evaluation.costs, oracle.costs).allSatisfy { $0 >= $1 })
      #expect(abs(evaluation.law.reduce(0, +) - 1) < 1e-12)
      let mean = evaluation.law.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
      #expect(abs(mean - evaluation.expectedStoppingDepth.value) < 1e-9)
      #expect(evaluation.objective.lower <= evaluation.objective.value)
      #expect(evaluation.objective.value <= evaluation.objective.upper && evaluation.accuracy != nil)
    }
    let full = try #require(all.first { $0.name == "full-depth" })
    #expect(full.expectedStoppingDepth == Interval(value: 8, lower: 8, upper: 8))
  }

  @Test func rulesAreCausal() throws {
    let chain = TwoStateChain()
    let paths = chain.paths(400, seed: 5, withLogits: true)
    var rules: [any StoppingRule] = try RuleCatalogue.all(on: paths, runningCost: 0.06)
      .filter { !$0.seesLabels }
    rules.append(
      BoundaryRule(feature: 0, intervals: [[StateInterval]](repeating: [StateInterval(lower: 0.5, upper: 2)], count: 9))
    )
    for rule in rules {
      let depths = rule.stoppingDepths(paths)
      let perturbed = chain.perturbing(paths, after: depths, seed: 99)
      let isPerturbed = perturbed != paths
      #expect(isPerturbed == depths.contains { $0 < paths.blockCount }, "\(rule.name)")
      #expect(rule.stoppingDepths(perturbed) == depths, "\(rule.name) sees the future")
    }
    // The same perturbation does reach the one rule that looks ahead of itself.
    let oracle = Oracle(runningCost: 0.06)
    let depths = oracle.stoppingDepths(paths)
    #expect(oracle.stoppingDepths(chain.perturbing(paths, after: depths, seed: 99)) != depths)
  }

  @Test func thresholdsArePerfectWhereConfidenceTellsAll() throws {
    // Loss 1 until a random exit at which the confidence jumps to 0.9 and the loss to 0.
    var stream = RandomStream(seed: 10)
    let (n, exits) = (300, 6)
    let jumps = (0..<n).map { _ in stream.integer(below: exits) }
    let reached: [Bool] = (0..<n).flatMap { i in (0..<exits).map { k in k >= jumps[i] } }
    let paths = StoppingPaths(
      sampleCount: n, exitCount: exits, stoppingLoss: reached.map { $0 ? 0 : 1 },
      featureNames: ["confidence", "entropy"],
      features: reached.flatMap { (isReached: Bool) -> [Double] in isReached ? [0.9, 0.1] : [0.6, 0.5] })
    for name in ["confidence", "entropy"] {
      #expect(try RuleCatalogue.fit(name, on: paths, runningCost: 0.01).stoppingDepths(paths) == jumps)
      #expect(try RuleCatalogue.fit(name, on: paths, runningCost: 2).stoppingDepths(paths).allSatisfy { $0 == 0 })
    }
  }

  @Test func patienceCountsAgreement() throws {
    let predicted = [0, 1, 1, 0, 0, 0]
    let logits = predicted.flatMap { (winner: Int) -> [Double] in winner == 0 ? [1, 0] : [0, 1] }
    let paths = StoppingPaths(
      sampleCount: 1, exitCount: 6, stoppingLoss: [1, 1, 1, 1, 1, 0], classCount: 2, logits: logits, labels: [0])
    // p = 1 asks for one repetition
    #expect((0...5).map { Patience($0).stoppingDepths(paths)[0] } == [0, 2, 5, 5, 5, 5])
    #expect(try Patience(fitting: paths, runningCost: 0.1).patience == 2)
  }

  @Test func rulesSayWhatTheyMiss() throws {
    let bare = StoppingPaths(sampleCount: 2, exitCount: 2, stoppingLoss: [1, 0, 1, 0])
    for name in ["confidence", "entropy", "patience", "full_depth"] {
      #expect(throws: InputError.self) { try RuleCatalogue.fit(name, on: bare, runningCost: 0.1) }
    }
    #expect(try RuleCatalogue.all(on: bare, runningCost: 0.1).map(\.name).contains("backward-induction"))
  }
}
