import Foundation

/// How the value of continuing goes on beyond an end of the panels: affine in its value at the last node.
enum BlockFarField: Sendable {
  /// `V - g` stays as it is: what is left where the end is reached with a probability below rounding.
  case constantSurplus
  /// `V - particular` falls (or grows) like `e^(exponent y)`: the solution of least growth of a Gaussian walk, exact.
  case exponential(exponent: Double, particular: Double)
  /// `V` has a constant slope: a walk that drifts inwards at a cost, exact.
  case linear(slope: Double, depthSlope: Double)

  /// alpha and gamma in `V(z) = alpha + gamma V(end)`.
  func coefficients(_ z: Double, end: Double, lossAtZ: Double, lossAtEnd: Double) -> (alpha: Double, gamma: Double) {
    switch self {
    case .constantSurplus: return (lossAtZ - lossAtEnd, 1)
    case .exponential(let exponent, let particular):
      let gamma = exp(exponent * (z - end))
      return (particular * (1 - gamma), gamma)
    case .linear(let slope, _): return (slope * (z - end), 1)
    }
  }

  /// `E tau*(z) - E tau*(end)`.
  func depthDifference(_ z: Double, end: Double) -> Double {
    if case .linear(_, let slope) = self { return slope * (z - end) }
    return 0
  }

  /// The far fields below and above for an infinite horizon.
  static func leastGrowth(_ problem: BlockProblem) -> (lower: BlockFarField, upper: BlockFarField) {
    guard case .gaussian(let law) = problem.transition else { return (.constantSurplus, .constantSurplus) }
    let (drift, noise): (Double, Double)
    switch law {
    case .brownian(let f, let s): (drift, noise) = (f, s)
    case .lognormal(let growth, let s): (drift, noise) = (growth - 0.5 * s * s, s)
    case .ornsteinUhlenbeck: return (.constantSurplus, .constantSurplus)
    }
    let (r, c) = (problem.discount, problem.cost)
    guard r > 0 else {
      return (
        drift > 0 ? .linear(slope: -c / drift, depthSlope: -1 / drift) : .constantSurplus,
        drift < 0 ? .linear(slope: -c / drift, depthSlope: -1 / drift) : .constantSurplus
      )
    }
    // the two roots of s^2 l^2 / 2 + f l - r = 0, without cancellation
    let variance = noise * noise
    let far = abs(drift) + (drift * drift + 2 * r * variance).squareRoot()
    let (small, large) = (2 * r / far, far / variance)
    let (positive, negative) = drift >= 0 ? (small, -large) : (large, -small)
    return (
      .exponential(exponent: positive, particular: c / r), .exponential(exponent: negative, particular: c / r)
    )
  }
}
