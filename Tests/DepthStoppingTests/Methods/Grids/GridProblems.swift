import DepthDynamics
import Foundation

@testable import DepthStopping

/// Problems with a horizon that tests of the grid methods share.
enum GridProblems {
  /// Maximise `e^(-r tau)(K - S)^+`, `dS = (r - q) S dt + sigma S dW`.
  static func put(
    strike k: Double, rate r: Double, dividend q: Double, volatility sigma: Double, maturity: Double
  ) throws -> StoppingProblem {
    let diffusion = ScalarDiffusion(
      drift: ScalarFunction { _, s in (r - q) * s }, diffusion: ScalarFunction { _, s in sigma * s }, lower: 0,
      upper: .infinity, law: .lognormal(growth: r - q, volatility: sigma))
    let loss = ScalarLoss(
      value: ScalarFunction { _, s in max(k - s, 0) }, derivative: ScalarFunction { _, s in s < k ? -1 : 0 },
      curvature: ScalarFunction(constant: 0), kinks: [k])
    return try StoppingProblem(
      name: "put", dynamics: .diffusion(diffusion, loss), sense: .maximize, cost: .constant(0),
      discount: ScalarFunction(constant: r), horizon: maturity)
  }

  /// A catalogue problem with a horizon.
  static func limited(
    _ name: String, horizon: Double, _ settings: [(String, Double)] = []
  ) throws -> (problem: StoppingProblem, reference: ReferenceSolution) {
    let entry = try ProblemCatalogue.entry(name)
    let values = try entry.resolve(settings)
    let stationary = try entry.problem(values)
    let problem = try StoppingProblem(
      name: name, dynamics: stationary.dynamics, cost: stationary.cost, horizon: horizon)
    return (problem, try entry.reference(values))
  }

  /// Brownian motion of noise 1 under a loss given with its derivatives.
  static func brownian(
    drift: ScalarFunction = ScalarFunction(constant: 0), _ loss: ScalarLoss, cost: Double, horizon: Double,
    lower: Double = -.infinity, upper: Double = .infinity
  ) throws -> StoppingProblem {
    let diffusion = ScalarDiffusion(
      drift: drift, diffusion: ScalarFunction(constant: 1), lower: lower, upper: upper)
    return try StoppingProblem(
      name: "brownian", dynamics: .diffusion(diffusion, loss), cost: .constant(cost), horizon: horizon)
  }

  /// `g(x) = (x^2 - 4)^2 / (16 + x^4)`, minima at +-2, a hill at 0.
  static let twoWells = ScalarLoss(
    value: ScalarFunction { _, x in wells(x).0 }, derivative: ScalarFunction { _, x in wells(x).1 },
    curvature: ScalarFunction { _, x in wells(x).2 })

  /// p = (x^2 - 4)^2, q = 16 + x^4, p/q with two derivatives.
  private static func wells(_ x: Double) -> (Double, Double, Double) {
    let u = x * x - 4
    let (p, p1, p2) = (u * u, 4 * x * u, 4 * u + 8 * x * x)
    let (q, q1, q2) = (16 + x * x * x * x, 4 * x * x * x, 12 * x * x)
    let value = p / q
    let slope = (p1 - value * q1) / q
    return (value, slope, (p2 - 2 * slope * q1 - value * q2) / q)
  }
}
