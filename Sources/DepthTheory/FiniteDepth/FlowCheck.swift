import DepthDynamics
import DepthNumerics
import DepthStopping
import Foundation

/// T1 to T3 for a flow without noise.
///
/// Along one trajectory the gain rate `sum a_i h_i^2 e^(-2 a_i t)` of a linear decay is a known decreasing function of depth:
/// K(c) is where it falls to c, T3 its integral up to there; the stop itself comes from the solver. Of other flows no envelope is
/// known.
enum FlowCheck {
  static func report(
    _ problem: StoppingProblem, _ field: some VectorField, _ loss: StateLoss, at point: [Double]
  ) throws -> FiniteDepthReport {
    let c = problem.runningCost
    let solution = try Characteristics().solve(problem, at: [point])
    guard let tau = solution.expectedDepths.first else {
      throw StoppingError(
        "E tau* of \(problem.name) from \(point) is infinite or not known: the theorem says nothing there")
    }
    let conditions = ProblemConditions(problem: problem)
    let value = solution.values[0]
    let isLoss = problem.sense == .minimize
    let infimum = isLoss ? loss.infimum : -Double.infinity
    let decay = isLoss ? (field as? LinearDecayField).map { Decay(rates: $0.rates, start: point, cost: c) } : nil
    let bound = try decay?.horizon
    let silent = FiniteDepthReport.Theorem.silent("no decreasing envelope is known for this flow")
    return FiniteDepthReport(
      filtration: "everything (no noise: the state is known at every depth)", runningCost: c,
      hypotheses: [
        conditions.positiveCost, conditions.boundedBelow(infimum.isFinite, "inf g = \(infimum)"),
        conditions.diminishing(
          bound != nil,
          bound != nil
            ? "the gain rate sum a_i h_i^2 e^(-2 a_i t) decreases along the flow"
            : "no gain rate that decreases along the flow is known"),
      ], expectedStoppingDepth: Interval(value: tau.value, lower: tau.lower, upper: tau.upper),
      budget: conditions.theorem((value.stoppingLoss - infimum) / c, tau.value, "(g - inf g)/c"),
      horizon: bound.map {
        conditions.theorem($0, tau.value, "the depth at which the gain rate falls to c; tight here")
      } ?? silent,
      gainSum: zip(decay, bound).map {
        conditions.theorem($0.gained(until: $1) / c, tau.value, "integral of the gain rate up to K(c), over c")
      } ?? silent,
      truncation: try problem.horizon == nil
        ? zip(decay, bound).map { try truncation(problem, $0, $1, point, value) } : nil,
      monotone: monotone(problem, field, loss, at: point, value, decay != nil))
  }

  private static func zip<A, B>(_ a: A?, _ b: B?) -> (A, B)? {
    guard let a, let b else { return nil }
    return (a, b)
  }

  /// V^T by the solver for depths around K(c); a decay's loss only falls, so G = g_0.
  private static func truncation(
    _ problem: StoppingProblem, _ decay: Decay, _ bound: Double, _ point: [Double], _ value: StoppingSolution.Value
  ) throws -> Truncation {
    let unit = bound > 0 ? bound : 1
    let points = try [0.125, 0.25, 0.5, 0.75, 1, 1.25, 2].map { share -> Truncation.Point in
      let depth = share * unit
      let cut = try Characteristics().solve(problem.withHorizon(depth), at: [point]).values[0]
      let excess = cut.value - value.value
      let doubt = cut.errorBound + value.errorBound + 1e-12 * abs(value.value)
      return .init(
        horizon: depth, value: .init(exactly: cut.value),
        excess: Interval(value: excess, lower: excess - doubt, upper: excess + doubt),
        bound: decay.cost > 0 ? value.stoppingLoss / decay.cost * value.stoppingLoss / depth : nil)
    }
    return Truncation(points: points, horizonBound: bound)
  }

  /// The infinitesimal rule stops at the first depth with `-grad g . f <= c`.
  private static func monotone(
    _ problem: StoppingProblem, _ field: some VectorField, _ loss: StateLoss, at point: [Double],
    _ value: StoppingSolution.Value, _ isDecay: Bool
  ) -> MonotoneCase? {
    guard problem.sense == .minimize, problem.discount.constantValue == 0 else { return nil }
    if isDecay {
      return MonotoneCase(
        violationRate: Interval(exactly: 0), regret: Interval(exactly: 0), isAbsorbing: true,
        howChecked: "closed form: the gain rate falls along the flow")
    }
    var (velocity, gradient) = (point, point)
    field.evaluate(depth: 0, state: point, into: &velocity)
    loss.gradient(point, &gradient)
    let rate = -velocity.indices.reduce(0) { $0 + velocity[$1] * gradient[$1] }
    // where the rule goes on, its stop is not sought here
    guard rate <= problem.runningCost else { return nil }
    let regret = value.stoppingLoss - value.value
    let isEarly = regret > value.errorBound
    return MonotoneCase(
      violationRate: Interval(exactly: isEarly ? 1 : 0), regret: Interval(exactly: isEarly ? regret : 0),
      isAbsorbing: isEarly ? false : nil, howChecked: "the rule stops at once here: the gain rate is \(rate)")
  }

  /// `h_i' = -a_i h_i` from one state, `g = |h|^2/2`.
  private struct Decay {
    let rates: [Double]
    let start: [Double]
    let cost: Double

    private func sum(_ term: (_ rate: Double, _ state: Double) -> Double) -> Double {
      rates.indices.reduce(0) { $0 + term(rates[$1], start[$1]) }
    }

    /// The depth at which `sum a_i h_i^2 e^(-2 a_i t)` falls to c.
    var horizon: Double {
      get throws {
        func excess(_ t: Double) -> Double { sum { $0 * $1 * $1 * exp(-2 * $0 * t) } - cost }
        guard excess(0) > 0 else { return 0 }
        var upper = 1.0
        while excess(upper) > 0 { upper *= 2 }
        return try RootFinding.brent(lower: 0, upper: upper, excess)
      }
    }

    /// What the loss falls by until a depth.
    func gained(until depth: Double) -> Double { sum { -$1 * $1 / 2 * expm1(-2 * $0 * depth) } }
  }
}
