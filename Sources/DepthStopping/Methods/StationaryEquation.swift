import DepthNumerics
import DepthRuns
import Foundation

extension StoppingProblem {
  /// A scalar diffusion, minimised, the same at every depth, constant cost, no discount.
  var isUndiscountedStationaryMinimum: Bool {
    guard let inequality = VariationalInequality(self), inequality.isStationary, sense == .minimize else {
      return false
    }
    return discount.constantValue == 0 && inequality.cost.constantValue != nil
  }
}

/// `u' = -p u - q` with `p = 2 f / sigma^2`, `q = 2 c / sigma^2`, and where stopping is forbidden.
struct StationaryEquation: Sendable {
  let diffusion: ScalarDiffusion
  let loss: ScalarLoss
  let runningCost: Double

  func p(_ x: Double) -> Double {
    let sigma = diffusion.diffusion(0, x)
    return 2 * diffusion.drift(0, x) / (sigma * sigma)
  }

  func q(_ x: Double) -> Double {
    let sigma = diffusion.diffusion(0, x)
    return 2 * runningCost / (sigma * sigma)
  }

  /// `L g + c`: negative where one must continue (away from kinks).
  func lookAhead(_ x: Double) -> Double {
    let sigma = diffusion.diffusion(0, x)
    return diffusion.drift(0, x) * loss.derivative(0, x) + 0.5 * sigma * sigma * loss.curvature(0, x) + runningCost
  }
}

extension StationaryEquation {
  /// How far beyond `x` a disturbance of V' at the upper end has been damped by `e^-exponent`: `int |p|` reaches `exponent`.
  ///
  /// - Throws: `StoppingError` when the drift does not contract there.
  func dampingDistance(from x: Double, exponent: Double) throws -> Double {
    let lower = diffusion.lower
    var distance = max(1e-3, x - (lower.isFinite ? lower : 0)) / 64
    for _ in 0..<200 {
      // composite midpoint values suffice: only the order of magnitude matters
      let damping = (0..<64).reduce(0.0) { $0 - p(x + distance * (Double($1) + 0.5) / 64) * distance / 64 }
      if damping > exponent && p(x + distance) < 0 { return distance }
      distance *= 1.25
      guard (x + distance).isFinite, distance < 1e12 else { break }
    }
    throw StoppingError("the drift does not contract at the upper end: no solution of least growth, V may be infinite")
  }
}

extension ScalarDiffusion {
  /// The scalar state of a user's point at a depth.
  ///
  /// - Throws: `InputError.usage` outside the domain.
  func scalarState(_ point: [Double], depth: Double = 0) throws -> Double {
    switch reduction {
    case .radial:
      let radius = BLAS.norm(point.count, point)
      guard radius < upper else {
        throw InputError.value(radius, of: "the distance of at from the origin", allowed: "numbers below \(upper)")
      }
      return radius
    case .selfSimilar(let offset): return point[0] / (offset + depth).squareRoot()
    case .none:
      guard point[0] > lower, point[0] < upper else {
        throw InputError.value(point[0], of: "at", allowed: "numbers strictly between \(lower) and \(upper)")
      }
      return point[0]
    }
  }
}
