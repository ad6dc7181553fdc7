import DepthNumerics
import Foundation

/// Newton's method for the exercise boundary, from coarse to fine.
///
/// Each resolution starts from the one before; the last needs one or two steps. The start of all is
/// `y = l (1 - e^(2 sigma sqrt(tau) / l))`, l = ln(b/X) of the perpetual put. Steps are limited to factors of y, whose sign is known.
struct PutBoundarySolver {
  /// Degree and quadrature of each resolution.
  struct Resolution: Equatable, Sendable {
    let degree: Int
    let quadrature: Int
    let reach: Double
  }

  static let ladder = [
    Resolution(degree: 8, quadrature: 32, reach: 2.9), Resolution(degree: 16, quadrature: 48, reach: 3),
    Resolution(degree: 32, quadrature: 88, reach: 3.2), Resolution(degree: 44, quadrature: 116, reach: 3.3),
    Resolution(degree: 64, quadrature: 160, reach: 3.4), Resolution(degree: 88, quadrature: 208, reach: 3.5),
    Resolution(degree: 112, quadrature: 256, reach: 3.5),
  ]

  /// The curve of one resolution.
  struct Level {
    let boundary: PutBoundary
    /// y at the nodes, and the nodes.
    let values: [Double]
    let nodes: [Double]
    let iterations: Int
    let isConverged: Bool
  }

  let equation: PutEquation
  let scale: TimeToGoScale

  /// One resolution, from a coarser one or from scratch.
  ///
  /// - Throws: `LinearAlgebraError` on a singular step; `StoppingError` when the iterates leave the domain.
  func solve(_ resolution: Resolution, from start: Level?) throws -> Level {
    let rule = DoubleExponentialRule(count: resolution.quadrature, reach: resolution.reach)
    let collocation = BoundaryCollocation(equation, scale, degree: resolution.degree, rule: rule)
    var y = start.map { continued($0, collocation.nodes, collocation.tau) } ?? initial(collocation.tau)
    let n = resolution.degree
    var (iterations, step) = (0, Double.infinity)
    let most = 12
    while iterations < most {
      let (values, jacobian) = collocation.residual(y)
      let change = try LinearSystems.solve(jacobian, values)
      iterations += 1
      step = 0
      var relative = 0.0
      for i in 0..<n {
        let factor = -change[i] / y[i]
        guard factor.isFinite else {
          throw StoppingError("integral-equation: Newton's method left the domain at degree \(n)")
        }
        if abs(y[i]) > 1e-6 { relative = max(relative, abs(factor)) }
        let next = y[i] * (factor > 0 ? 1 + min(factor, 2) : exp(max(factor, -1.5)))
        step = max(step, abs(next - y[i]))
        y[i] = next
      }
      restrain(&y, collocation.tau)
      // quadratic from here: the error left is about the square of the step
      if relative < 0.5, step < 1e-8 { break }
    }
    return Level(
      boundary: PutBoundary(equation: equation, scale: scale, coefficients: collocation.coefficients(y)),
      values: y, nodes: collocation.nodes, iterations: iterations, isConverged: step < 1e-8)
  }

  private func initial(_ tau: [Double]) -> [Double] {
    let limit = log(equation.perpetualBoundary / equation.limit)
    return tau.map { limit * -expm1(2 * equation.volatility * $0.squareRoot() / limit) }
  }

  /// The coarse curve at finer nodes; below its second node, where it is within its own error, by y ~ sqrt(tau).
  private func continued(_ start: Level, _ nodes: [Double], _ tau: [Double]) -> [Double] {
    let (pivot, atPivot) = (start.nodes[1], start.values[1])
    let atPivotTau = scale.timeToGo(pivot)
    var y = nodes.indices.map { i in
      nodes[i] < pivot
        ? atPivot * (tau[i] / atPivotTau).squareRoot() : start.boundary.logRatio(share: nodes[i])
    }
    restrain(&y, tau)
    return y
  }

  /// |y| is at least 0.64 sigma sqrt(tau) near expiry, later |y|/sqrt(tau) falls slowly: an iterate far from that is drawn back.
  private func restrain(_ y: inout [Double], _ tau: [Double]) {
    for i in stride(from: y.count - 2, through: 0, by: -1) {
      let bound = y[i + 1] * (tau[i] / tau[i + 1]).squareRoot()
      y[i] = max(min(y[i], max(0.3 * bound, -0.3 * equation.volatility * tau[i].squareRoot())), 8 * bound)
    }
  }
}
