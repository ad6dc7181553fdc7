import DepthDynamics
import DepthNumerics
import DepthRuns
public import DepthStopping
import Foundation

/// The theorem for a problem of the catalogue, where envelopes are known exactly or known not to exist.
extension FiniteDepthReport {
  /// - Parameter point: the state from which to judge; ignored by gains.
  /// - Throws: `StoppingError`, `InputError.usage` for a point of the wrong length.
  public static func checking(_ problem: StoppingProblem, at point: [Double]) throws -> FiniteDepthReport {
    switch problem.dynamics {
    case .gains(let gains): return try gainsReport(problem, gains)
    case .chain(let chain, let loss): return try chainReport(problem, chain, loss, point)
    case .flow: return try flowReport(problem, point)
    case .diffusion: return try diffusionReport(problem, point)
    case .offers, .opportunities:
      throw StoppingError(
        "\(problem.name): the theorem is about losses along one path; offers are independent of each other")
    }
  }

  private static func exact(_ value: Double) -> Interval { Interval(value: value, lower: value, upper: value) }

  private static func theorem(_ bound: Double, _ left: Double, _ reason: String) -> Theorem {
    guard bound.isFinite else {
      return Theorem(bound: nil, slack: nil, verdict: .hypothesesNotMet, reason: "the bound is infinite: \(reason)")
    }
    let slack = 1e-9 * max(1, abs(bound))
    return Theorem(
      bound: bound, slack: bound - left, verdict: left <= bound + slack ? .holds : .violated, reason: reason)
  }

  private static func boundedBelow(_ isMet: Bool, _ how: String) -> Hypothesis {
    Hypothesis(name: "bounded-below", statement: "inf g > -infinity and c > 0", howChecked: how, isMet: isMet)
  }

  private static func diminishing(_ isMet: Bool, _ how: String) -> Hypothesis {
    Hypothesis(
      name: "diminishing-returns", statement: "the expected gain of one more block is at most delta_k -> 0",
      howChecked: how, isMet: isMet)
  }

  private static func gainsReport(_ problem: StoppingProblem, _ gains: GainSequence) throws -> FiniteDepthReport {
    let c = problem.runningCost
    let solution = try BellmanRecursion().solve(problem, at: [[0]])
    guard let enough = gains.sufficientDepth(cost: c) else {
      throw StoppingError("the gains exceed the running cost \(c) for more than ten million blocks")
    }
    let deltas = gains.gains(enough)
    let tau = solution.expectedDepths[0].value
    // the gains decrease, so beyond the recorded ones they stay below c
    guard let bound = horizonBound(gains: deltas, cost: c) else {
      throw StoppingError("K(c) was not reached within \(enough) blocks")
    }
    let sum = deltas[..<bound].reduce(0) { $0 + max($1, 0) } / c
    return FiniteDepthReport(
      filtration: "trivial (deterministic)", runningCost: c,
      hypotheses: [
        boundedBelow(gains.infimum.isFinite, "closed form: inf g = \(gains.infimum)"),
        diminishing(true, "closed form, decreasing to zero"),
      ], expectedStoppingDepth: exact(tau),
      budget: theorem((gains.initialLoss - gains.infimum) / c, tau, "(g_0 - inf g)/c"),
      horizon: theorem(Double(bound), tau, "K(c) from the same floating-point gains; tight here"),
      gainSum: theorem(sum, tau, "sum of the gains before K(c), over c"))
  }

  private static func chainReport(
    _ problem: StoppingProblem, _ chain: MarkovChain, _ loss: [Double], _ point: [Double]
  ) throws -> FiniteDepthReport {
    let c = problem.runningCost
    let solution = try BellmanRecursion().solve(problem, at: [point])
    guard let start = Int(exactly: point.first ?? -1), (0..<chain.stateCount).contains(start) else {
      throw InputError.usage("a chain needs --at STATE")
    }
    let tau = solution.expectedDepths[0].value
    // delta_k: the largest gain over the states that the chain can have reached after k blocks
    let gains = (0..<chain.stateCount).map { state in
      loss[state] - (0..<chain.stateCount).reduce(0) { $0 + chain.transition[state * chain.stateCount + $1] * loss[$1] }
    }
    var reachable: Set<Int> = [start]
    var seen: [Set<Int>] = []
    var deltas: [Double] = []
    while !seen.contains(reachable) {
      seen.append(reachable)
      deltas.append(reachable.map { gains[$0] }.max() ?? 0)
      reachable = Set(
        (0..<chain.stateCount).filter { next in
          reachable.contains { chain.transition[$0 * chain.stateCount + next] > 0 }
        })
    }
    // from here on the reachable sets repeat: the envelope holds for ever only if it lies below c on the whole cycle
    let cycle = seen.firstIndex(of: reachable) ?? 0
    let bound = deltas[cycle...].allSatisfy { $0 <= c } ? (deltas.lastIndex { $0 > c } ?? -1) + 1 : nil
    let silent = Theorem(
      bound: nil, slack: nil, verdict: .hypothesesNotMet,
      reason: "states with a gain above c stay reachable: the envelope does not fall below c")
    return FiniteDepthReport(
      filtration: "the state of the chain", runningCost: c,
      hypotheses: [
        boundedBelow(true, "finitely many states"),
        diminishing(bound != nil, "largest gain over the states reachable after k blocks, for all k"),
      ], expectedStoppingDepth: exact(tau),
      budget: theorem((loss[start] - (loss.min() ?? 0)) / c, tau, "(g - inf g)/c"),
      horizon: bound.map { theorem(Double($0), tau, "K(c) over reachable states") } ?? silent,
      gainSum: bound.map { theorem(deltas[..<$0].reduce(0) { $0 + max($1, 0) } / c, tau, "sum of the envelope over c") }
        ?? silent)
  }

  /// Along one trajectory the gain rate `sum a_i h_i^2 e^(-2 a_i t)` of a linear decay is a known decreasing function of depth:
  /// K(c) is where it falls to c, T3 its integral up to there; the stop itself comes from the solver.
  private static func flowReport(_ problem: StoppingProblem, _ point: [Double]) throws -> FiniteDepthReport {
    guard case .flow(let field, let loss, _) = problem.dynamics else { throw StoppingError("a flow is needed") }
    let c = problem.runningCost
    let solution = try Characteristics().solve(problem, at: [point])
    guard let tau = solution.expectedDepths.first else {
      throw StoppingError(
        "E tau* of \(problem.name) from \(point) is infinite or not known: the theorem says nothing there")
    }
    let value = solution.values[0]
    // of a reward nothing is said to be bounded, and where the cost may vanish no budget limits the depth
    let isLoss = problem.sense == .minimize
    let budget = isLoss && c > 0 ? value.stoppingLoss / c : .infinity
    let rates = (field as? LinearDecayField)?.rates
    let bound = try rates.map { try decayHorizon($0, point, c) }
    let silent = Theorem(
      bound: nil, slack: nil, verdict: .hypothesesNotMet, reason: "no decreasing envelope is known for this flow")
    return FiniteDepthReport(
      filtration: "everything (no noise: the state is known at every depth)", runningCost: c,
      hypotheses: [
        boundedBelow(true, "inf g = \(loss.infimum)"),
        diminishing(bound != nil, "the gain rate sum a_i h_i^2 e^(-2 a_i t) decreases along the flow"),
      ], expectedStoppingDepth: Interval(value: tau.value, lower: tau.lower, upper: tau.upper),
      budget: theorem((value.stoppingLoss - loss.infimum) / c, tau.value, "(g - inf g)/c"),
      horizon: bound.map { theorem($0, tau.value, "the depth at which the gain rate falls to c; tight here") }
        ?? silent,
      gainSum: bound.flatMap { k in
        rates.map { rates in
          let gained = zip(rates, point).reduce(0) { $0 - $1.1 * $1.1 / 2 * expm1(-2 * $1.0 * k) }
          return theorem(gained / c, tau.value, "integral of the gain rate up to K(c), over c")
        }
      } ?? silent)
  }

  private static func decayHorizon(_ rates: [Double], _ point: [Double], _ c: Double) throws -> Double {
    func excess(_ t: Double) -> Double {
      zip(rates, point).reduce(-c) { $0 + $1.0 * $1.1 * $1.1 * exp(-2 * $1.0 * t) }
    }
    guard excess(0) > 0 else { return 0 }
    var upper = 1.0
    while excess(upper) > 0 { upper *= 2 }
    return try RootFinding.brent(lower: 0, upper: upper, excess)
  }

  private static func diffusionReport(_ problem: StoppingProblem, _ point: [Double]) throws -> FiniteDepthReport {
    let c = problem.runningCost
    let solution = try SmoothFit().solve(problem, at: [point])
    guard let tau = solution.expectedDepths.first else {
      throw StoppingError(
        "E tau* of \(problem.name) from \(point) is infinite or not known: the theorem says nothing there")
    }
    let value = solution.values[0]
    // of a reward nothing is said to be bounded, and where the cost may vanish no budget limits the depth
    let isLoss = problem.sense == .minimize
    let budget = isLoss && c > 0 ? value.stoppingLoss / c : .infinity
    let silent = Theorem(
      bound: nil, slack: nil, verdict: .hypothesesNotMet,
      reason: "the supremum of the gain rate over the reachable states is infinite at every depth")
    return FiniteDepthReport(
      filtration: "the state of the diffusion", runningCost: c,
      hypotheses: [
        boundedBelow(isLoss && c > 0, isLoss ? "the catalogue's losses are >= 0" : "a reward without a known bound"),
        diminishing(
          false,
          "-(L g) is unbounded over the reachable states (an unbounded state, or a kink that can be reached at any depth)"
        ),
      ], expectedStoppingDepth: Interval(value: tau.value, lower: tau.lower, upper: tau.upper),
      budget: theorem(budget, tau.value, "(g - inf g)/c with inf g = 0"), horizon: silent,
      gainSum: silent)
  }
}
