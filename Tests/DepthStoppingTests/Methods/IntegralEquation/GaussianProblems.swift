@testable import DepthStopping

/// Problems on Gaussian states with boundaries of every kind, stated as a user types them.
enum GaussianProblems {
  /// A put on a Brownian price (Bachelier): one boundary, which starts at the kink.
  static func put(drift: Double = 0.1, noise: Double = 0.4, rate: Double = 0.3, horizon: Double = 1) throws
    -> StoppingProblem
  {
    try CustomProblem.problem(
      CustomStatement(
        drift: ["\(drift)"], diffusion: ["\(noise)"], stoppingLoss: "max(1 - x, 0)", discount: "\(rate)",
        horizon: horizon, maximizes: true))
  }

  /// Off the centre of an Ornstein-Uhlenbeck process: two different boundaries, which start where the look-ahead changes sign.
  static func offCentre(horizon: Double = 1) throws -> StoppingProblem {
    try CustomProblem.problem(
      CustomStatement(
        drift: ["2*(3 - x)"], diffusion: ["0.7"], stoppingLoss: "(x - 2.5)^2", runningCost: "0.3", horizon: horizon))
  }

  /// Two symmetric boundaries that start at one kink: `brownian-radial` of dimension 1 on the whole line.
  static func wedge(cost: Double = 1, horizon: Double = 1) throws -> StoppingProblem {
    try CustomProblem.problem(
      CustomStatement(
        drift: ["0"], diffusion: ["1"], stoppingLoss: "abs(x)", runningCost: "\(cost)", horizon: horizon,
        maximizes: true))
  }

  /// Two wells: a concave kink between them with a boundary on both sides, and one beyond each well.
  static func wells(horizon: Double = 0.5) throws -> StoppingProblem {
    try CustomProblem.problem(
      CustomStatement(
        drift: ["-0.5*x"], diffusion: ["0.5"], stoppingLoss: "min((x + 1)^2, 1.2*(x - 1)^2)", runningCost: "0.4",
        horizon: horizon))
  }

  static func all() throws -> [StoppingProblem] { try [put(), offCentre(), wedge(), wells()] }

  static func interior(_ problem: StoppingProblem) -> StoppingQuery {
    let horizon = problem.horizon ?? 1
    return StoppingQuery(
      points: [-1.6, -0.9, -0.3, -0.05, 0.1, 0.4, 0.9, 1.3, 2.2, 3.1].map { [$0] },
      depths: [0, 0.3 * horizon, 0.9 * horizon, 0.999 * horizon])
  }
}
