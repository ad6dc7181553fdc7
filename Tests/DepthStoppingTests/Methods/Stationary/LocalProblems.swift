import DepthRuns
import Foundation

@testable import DepthStopping

/// Stationary problems that are in no catalogue, as tests need them.
enum LocalProblems {
  static func loss(
    kinks: [Double] = [], _ value: @escaping @Sendable (Double) -> Double,
    _ slope: @escaping @Sendable (Double) -> Double,
    _ bend: @escaping @Sendable (Double) -> Double = { _ in 0 }
  ) -> ScalarLoss {
    ScalarLoss(
      value: ScalarFunction { _, x in value(x) }, derivative: ScalarFunction { _, x in slope(x) },
      curvature: ScalarFunction { _, x in bend(x) }, kinks: kinks)
  }

  static func problem(
    drift: @escaping @Sendable (Double) -> Double, noise: @escaping @Sendable (Double) -> Double = { _ in 1 },
    _ domain: (Double, Double) = (-.infinity, .infinity),
    _ ends: (ScalarDiffusion.End, ScalarDiffusion.End) = (
      .natural, .natural
    ), loss: ScalarLoss, sense: StoppingProblem.Sense = .minimize, cost: Double = 0, discount: Double = 0,
    reduction: ScalarDiffusion.Reduction = .none
  ) throws -> StoppingProblem {
    let diffusion = ScalarDiffusion(
      drift: ScalarFunction { _, x in drift(x) }, diffusion: ScalarFunction { _, x in noise(x) }, lower: domain.0,
      upper: domain.1, lowerEnd: ends.0, upperEnd: ends.1, reduction: reduction)
    return try StoppingProblem(
      name: "local", dynamics: .diffusion(diffusion, loss), sense: sense, cost: .constant(cost),
      discount: ScalarFunction(constant: discount))
  }

  /// Perpetual put: `dS = (r - q) S dt + s S dW`, maximise `e^(-r tau)(K - S)^+`.
  static func put(strike: Double, rate: Double, dividend: Double, volatility: Double) throws -> StoppingProblem {
    try problem(
      drift: { (rate - dividend) * $0 }, noise: { volatility * $0 }, (0, .infinity),
      loss: loss(kinks: [strike], { max(0, strike - $0) }, { $0 < strike ? -1 : 0 }), sense: .maximize, discount: rate)
  }

  /// Brownian motion in R^d seen as |x|.
  static func radial(
    _ d: Double, loss: ScalarLoss, discount: Double, cost: Double = 0, outer: Double = .infinity,
    _ outerEnd: ScalarDiffusion.End = .natural
  ) throws -> StoppingProblem {
    try problem(
      drift: { d == 1 ? 0 : (d - 1) / (2 * $0) }, (0, outer), (.reflecting, outerEnd), loss: loss, sense: .maximize,
      cost: cost, discount: discount, reduction: .radial(dimension: Int(d)))
  }

  /// Brownian motion on the line with wells of depth 0 at -2 and 2 and one at 0 raised by h: `min(|x+2|, |x|+h, |x-2|)`.
  static func wells(raised h: Double, cost: Double) throws -> StoppingProblem {
    let ridge = 1 - h / 2
    return try problem(
      drift: { _ in 0 },
      loss: loss(
        kinks: [-2, -ridge, 0, ridge, 2], { min(abs($0 + 2), abs($0) + h, abs($0 - 2)) },
        { x in
          let y = abs(x)
          let slope: Double = y < ridge ? 1 : y < 2 ? -1 : 1
          return x == 0 || x == ridge ? (x == 0 ? 1 : -1) : x < 0 ? -slope : slope
        }), cost: cost)
  }
}
