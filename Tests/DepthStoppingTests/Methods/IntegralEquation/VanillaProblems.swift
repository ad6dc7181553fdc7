import DepthRuns

@testable import DepthStopping

/// Options that are not in the catalogue, made by hand.
enum VanillaProblems {
  static func piecewise(kink: Double, _ value: @escaping @Sendable (Double) -> Double) -> ScalarLoss {
    ScalarLoss(
      value: ScalarFunction { _, x in value(x) },
      derivative: ScalarFunction { _, x in (value(x * (1 + 1e-7)) - value(x)) / (1e-7 * x) },
      curvature: ScalarFunction(constant: 0), kinks: [kink])
  }

  static func option(
    _ reward: ScalarLoss, rate: Double, dividend: Double, volatility: Double, maturity: Double
  ) throws -> StoppingProblem {
    let growth = rate - dividend
    let process = ScalarDiffusion(
      drift: ScalarFunction { _, x in growth * x }, diffusion: ScalarFunction { _, x in volatility * x }, lower: 0,
      upper: .infinity, law: .lognormal(growth: growth, volatility: volatility))
    return try StoppingProblem(
      name: "option", dynamics: .diffusion(process, reward), sense: .maximize, cost: .constant(0),
      discount: ScalarFunction(constant: rate), horizon: maturity)
  }

  static func call(
    strike: Double, rate: Double, dividend: Double, volatility: Double, maturity: Double
  ) throws -> StoppingProblem {
    try option(
      piecewise(kink: strike) { max($0 - strike, 0) }, rate: rate, dividend: dividend, volatility: volatility,
      maturity: maturity)
  }
}
