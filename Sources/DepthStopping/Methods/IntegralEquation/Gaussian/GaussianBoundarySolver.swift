import DepthNumerics
import Foundation

/// Newton's method for all boundaries of a Gaussian problem, from coarse to fine.
///
/// Where Newton begins is taken from a march on coarse grids, down to where its steps are too long, and from the start's asymptotics
/// below; what it converges to is the equations' own.
struct GaussianBoundarySolver {
  struct Resolution: Equatable, Sendable {
    let degree: Int
    let quadrature: Int
    let reach: Double
  }

  static let ladder = [
    Resolution(degree: 12, quadrature: 48, reach: 3), Resolution(degree: 20, quadrature: 64, reach: 3.1),
    Resolution(degree: 32, quadrature: 96, reach: 3.2), Resolution(degree: 48, quadrature: 136, reach: 3.3),
    Resolution(degree: 64, quadrature: 176, reach: 3.4), Resolution(degree: 88, quadrature: 224, reach: 3.5),
    Resolution(degree: 112, quadrature: 272, reach: 3.5),
  ]

  /// The curves of one resolution.
  struct Level {
    let curves: GaussianCurves
    let nodes: [Double]
    let iterations: Int
    let isConverged: Bool
  }

  let problem: GaussianStopping
  let begin: GaussianStart

  /// - Throws: `LinearAlgebraError` on a singular step; `StoppingError` when the iterates leave the domain.
  func solve(_ resolution: Resolution, from start: Level?) throws -> Level {
    let rule = DoubleExponentialRule(count: resolution.quadrature, reach: resolution.reach)
    let collocation = GaussianCollocation(problem, degree: resolution.degree, rule: rule)
    let n = resolution.degree
    let unit = GaussianCurves.unit(problem)
    var y = problem.starts.indices.flatMap { j in
      collocation.tau.map { tau in
        ((start.map { begin.continued($0, j, tau) } ?? begin(j, tau)) - problem.starts[j].state) / unit
      }
    }
    restrain(&y, collocation)
    var (iterations, step) = (0, Double.infinity)
    while iterations < 16 {
      let (values, jacobian) = try collocation.residual(y)
      let change = try LinearSystems.solve(jacobian, values)
      iterations += 1
      guard change.allSatisfy(\.isFinite) else {
        throw StoppingError("integral-equation: Newton's method left the domain at degree \(n)")
      }
      step = 0
      for row in y.indices {
        let next = advanced(y[row], -change[row], problem.starts[row / n], collocation.tau[row % n])
        step = max(step, abs(next - y[row]))
        y[row] = next
      }
      restrain(&y, collocation)
      // quadratic from here: the error left is about the square of the step
      if step < 1e-8 { break }
    }
    return Level(
      curves: collocation.curves(y), nodes: collocation.nodes, iterations: iterations, isConverged: step < 1e-8)
  }

  /// A step of Newton's: by a factor where the sign is known, else no longer than the noise moves the state.
  private func advanced(_ y: Double, _ change: Double, _ start: GaussianStopping.Start, _ tau: Double) -> Double {
    guard start.kink != nil, y != 0 else {
      let most = (tau / problem.horizon).squareRoot()
      return y + max(-most, min(most, change))
    }
    let ratio = change / y
    return y * (ratio > 0 ? 1 + min(ratio, 1) : exp(max(ratio, -1)))
  }

  /// A curve that starts at a kink stays on its side, and falls back to it no more quickly than sqrt(tau) does.
  private func restrain(_ y: inout [Double], _ collocation: GaussianCollocation) {
    let n = collocation.degree
    for (j, start) in problem.starts.enumerated() where start.kink != nil {
      for l in stride(from: n - 2, through: 0, by: -1) {
        let next = start.direction * y[j * n + l + 1]
        let least = 0.2 * max(next, 0) * (collocation.tau[l] / collocation.tau[l + 1]).squareRoot()
        y[j * n + l] = start.direction * max(start.direction * y[j * n + l], least)
      }
    }
  }
}
