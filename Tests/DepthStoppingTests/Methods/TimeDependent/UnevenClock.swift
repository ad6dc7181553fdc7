import DepthDynamics
import DepthNumerics
import Foundation

@testable import DepthStopping

/// A problem at rest seen by a clock that runs unevenly: `V(t, x) = V_rest(F(t), x)`, `F' = 1 + sin(2t)/2`, so that a problem whose
/// coefficients change with depth has the truth of one whose do not.
enum UnevenClock {
  static func rate(_ t: Double) -> Double { 1 + 0.5 * sin(2 * t) }
  /// F.
  static func reading(_ t: Double) -> Double { t + 0.25 * (1 - cos(2 * t)) }

  /// The depth at which the clock shows `reading`.
  static func depth(of reading: Double) throws -> Double {
    try RootFinding.brent(lower: 0, upper: reading + 1) { Self.reading($0) - reading }
  }

  static func applied(to rest: StoppingProblem) throws -> StoppingProblem {
    guard case .diffusion(let process, let loss) = rest.dynamics, let horizon = rest.horizon else {
      throw StoppingError("no diffusion with a horizon")
    }
    func paced(_ f: ScalarFunction, _ power: Double) -> ScalarFunction {
      ScalarFunction(dependsOnDepth: true) { t, x in pow(rate(t), power) * f(reading(t), x) }
    }
    let moving = ScalarDiffusion(
      drift: paced(process.drift, 1), diffusion: paced(process.diffusion, 0.5), lower: process.lower,
      upper: process.upper, lowerEnd: process.lowerEnd, upperEnd: process.upperEnd, reduction: process.reduction)
    let cost = rest.cost.function
    return try StoppingProblem(
      name: rest.name, dynamics: .diffusion(moving, loss), sense: rest.sense,
      cost: .rate(paced(cost, 1), least: 0.5 * min(0, rest.cost.least)), discount: paced(rest.discount, 1),
      horizon: depth(of: horizon))
  }
}
