import DepthNumerics
import DepthStopping

/// T1 for a scalar diffusion; T2 and T3 are silent: no envelope of its gain rate over the reachable states falls below c.
enum DiffusionCheck {
  static func report(_ problem: StoppingProblem, at point: [Double]) throws -> FiniteDepthReport {
    let c = problem.runningCost
    let solution = try SmoothFit().solve(problem, at: [point])
    guard let tau = solution.expectedDepths.first else {
      throw StoppingError(
        "E tau* of \(problem.name) from \(point) is infinite or not known: the theorem says nothing there")
    }
    let conditions = ProblemConditions(problem: problem)
    // of a reward, and of a user's loss, nothing is said to be bounded
    let infimum = problem.sense == .minimize ? infimum(problem) : nil
    let silent = FiniteDepthReport.Theorem.silent(
      conditions.objection ?? "the supremum of the gain rate over the reachable states does not fall below c")
    return FiniteDepthReport(
      filtration: "the state of the diffusion", runningCost: c,
      hypotheses: [
        conditions.positiveCost,
        conditions.boundedBelow(
          infimum != nil,
          infimum.map { "inf g = \($0) over the domain" }
            ?? (problem.sense == .minimize ? "no lower bound of this loss is known" : "a reward without a known bound")),
        conditions.diminishing(
          false,
          "no envelope: -(L g) is unbounded over the reachable states (an unbounded state, or a kink that can be reached at any depth)"
        ),
      ], expectedStoppingDepth: Interval(value: tau.value, lower: tau.lower, upper: tau.upper),
      budget: conditions.theorem(
        infimum.map { (solution.values[0].stoppingLoss - $0) / c }, tau.value, "(g - inf g)/c"),
      horizon: silent, gainSum: silent,
      truncation: infimum.flatMap { truncation(problem, $0, point, solution.values[0], tau.value) })
  }

  /// V^T about E tau*, where a method for a horizon has an answer; K(c) does not exist, so exactness is not claimed.
  private static func truncation(
    _ problem: StoppingProblem, _ infimum: Double, _ point: [Double], _ value: StoppingSolution.Value, _ depth: Double
  ) -> Truncation? {
    guard problem.horizon == nil, problem.discount.constantValue == 0, depth > 0 else { return nil }
    let largest = supremum(problem)
    let points = [0.25, 0.5, 1, 2, 4].compactMap { share -> Truncation.Point? in
      let horizon = share * depth
      guard let cut = try? problem.withHorizon(horizon),
        let choice = try? MethodCatalogue.choose("auto", for: cut, blockSize: nil, certifies: false),
        let found = try? choice.method.solve(cut, at: [point]).values.first
      else { return nil }
      let excess = found.value - value.value
      let doubt = found.errorBound + value.errorBound
      return .init(
        horizon: horizon, value: Interval(exactly: found.value),
        excess: Interval(value: excess, lower: excess - doubt, upper: excess + doubt),
        bound: largest.map { ($0 - infimum) / problem.runningCost * (value.stoppingLoss - infimum) / horizon })
    }
    return points.isEmpty ? nil : Truncation(points: points, horizonBound: nil)
  }

  /// sup g on a bounded domain, by a thousand states and the kinks; nil on an unbounded one.
  private static func supremum(_ problem: StoppingProblem) -> Double? {
    guard case .diffusion(let process, let loss) = problem.dynamics, process.lower.isFinite, process.upper.isFinite
    else { return nil }
    let states = (0...1000).map { process.lower + (process.upper - process.lower) * Double($0) / 1000 } + loss.kinks
    return states.map { loss.value(0, $0) }.max()
  }

  /// The catalogue's losses are at least 0; typed ones are not known to be bounded.
  private static func infimum(_ problem: StoppingProblem) -> Double? {
    ProblemCatalogue.entries.contains { $0.name == problem.name } ? 0 : nil
  }
}
