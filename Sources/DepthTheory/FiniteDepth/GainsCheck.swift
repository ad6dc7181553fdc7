import DepthNumerics
import DepthStopping

/// T1 to T3 for deterministic gains: every number in closed form, T2 tight.
struct GainsCheck {
  private let problem: StoppingProblem
  private let gains: GainSequence
  /// delta_k up to where all later ones are below the cost.
  private let deltas: [Double]
  private let tau: Double
  private let conditions: ProblemConditions

  /// - Throws: `StoppingError` where the gains exceed the cost for more than ten million blocks.
  init(_ problem: StoppingProblem, _ gains: GainSequence) throws {
    self.problem = problem
    self.gains = gains
    conditions = ProblemConditions(problem: problem)
    tau = try BellmanRecursion().solve(problem, at: [[0]]).expectedDepths[0].value
    var known = 0
    if case .perBlock(let costs) = problem.cost { known = costs.count }
    guard let enough = gains.sufficientDepth(cost: problem.cost.least) else {
      throw StoppingError("the gains exceed the running cost \(problem.cost.least) for more than ten million blocks")
    }
    // two more than K(c) needs, for the truncation beyond it
    deltas = gains.gains(max(enough, known) + 2)
  }

  func report() -> FiniteDepthReport {
    let c = problem.runningCost
    let bound = horizonBound(gains: deltas) { problem.cost.block($0) }
    let sum = bound.map { deltas[..<$0].reduce(0) { $0 + max($1, 0) } / c }
    return FiniteDepthReport(
      filtration: "trivial (deterministic)", runningCost: c,
      hypotheses: [
        conditions.positiveCost,
        conditions.boundedBelow(gains.infimum.isFinite, "closed form: inf g = \(gains.infimum)"),
        conditions.diminishing(true, "closed form, decreasing to zero"),
      ], expectedStoppingDepth: Interval(exactly: tau),
      budget: conditions.theorem((gains.initialLoss - gains.infimum) / c, tau, "(g_0 - inf g)/c"),
      horizon: conditions.theorem(bound.map(Double.init), tau, "K(c) from the same floating-point gains; tight here"),
      gainSum: conditions.theorem(sum, tau, "sum of the gains before K(c), over c"),
      truncation: problem.horizon == nil
        ? bound.map { Truncation(points: points($0), horizonBound: Double($0)) } : nil,
      monotone: problem.horizon == nil ? monotone : nil)
  }

  /// V^N is the least of J(k) = g_0 + sum_{j < k} (c_j - delta_j) over k <= N: a plain recursion beside Bellman's.
  private func points(_ bound: Int) -> [Truncation.Point] {
    let horizons = Self.horizons(bound)
    var (sum, least) = (0.0, [0.0])
    for k in 0..<(horizons.last ?? 0) {
      sum += problem.cost.block(k) - deltas[k]
      least.append(min(least[k], sum))
    }
    let range = gains.initialLoss - gains.infimum
    let best = least[least.count - 1]
    return horizons.map { n in
      Truncation.Point(
        horizon: Double(n), value: Interval(exactly: gains.initialLoss + least[n]),
        excess: Interval(exactly: least[n] - best),
        bound: n > 0 && range.isFinite ? range / problem.runningCost * range / Double(n) : nil)
    }
  }

  /// All up to K + 2, or some forty of them.
  static func horizons(_ bound: Int) -> [Int] {
    let last = bound + 2
    guard last > 40 else { return Array(0...last) }
    return Array(Set((0...40).map { $0 * last / 40 } + [bound, bound + 1])).sorted()
  }

  /// Gains fall, so B is absorbing where the cost does not; otherwise the rule is followed.
  private var monotone: MonotoneCase {
    let inside = deltas.indices.map { deltas[$0] <= problem.cost.block($0) }
    let first = inside.firstIndex(of: true) ?? deltas.count
    let isAbsorbing = inside[first...].allSatisfy { $0 }
    let regret = Double(first) < tau ? (first..<Int(tau)).reduce(0) { $0 + deltas[$1] - problem.cost.block($1) } : 0
    return MonotoneCase(
      violationRate: Interval(exactly: Double(first) < tau ? 1 : 0), regret: Interval(exactly: max(0, regret)),
      isAbsorbing: isAbsorbing, howChecked: "exact: the rule stops at block \(first)")
  }
}
