import DepthNumerics
import Foundation

/// The equations of all boundaries at one resolution: n collocation nodes in s for each curve, m quadrature nodes each.
///
/// Smooth fit, `U'(tau, b_i(tau)) = 0`. For a curve that starts at a kink, where `U'` is a difference of terms that both vanish quickly,
/// its own kink's part L and the rest R are compared: `ln L = ln(-R)`. U with U' = 0 at all edges of the stopping region solves the
/// homogeneous equation there with a vanishing flux, so that U = 0 follows.
/// O(n m) normal distribution functions and O(n^2 m) multiplications a step; memory 3 (C n)^2 numbers for C curves.
struct GaussianCollocation {
  let problem: GaussianStopping
  let degree: Int
  /// s_1 < ... < s_n = 1.
  let nodes: [Double]
  let tau: [Double]
  private let rule: DoubleExponentialRule
  private let shares: [Double]
  /// (n+1) x n: coefficients from y_1...y_n; y_0 = 0.
  private let series: [Double]
  private let unit: Double

  init(_ problem: GaussianStopping, degree n: Int, rule: DoubleExponentialRule) {
    precondition(n >= 4 && n < ChebyshevSeries.mostMoments, "degree \(n)")
    (self.problem, degree, self.rule) = (problem, n, rule)
    let power = GaussianCurves.power(problem)
    unit = GaussianCurves.unit(problem)
    nodes = (1...n).map { j in
      let sine = sin(.pi * Double(j) / Double(2 * n))
      return sine * sine
    }
    tau = nodes.map { problem.horizon * pow($0, 1 / power) }
    let matrix = ChebyshevSeries.coefficientMatrix(degree: n)
    series = (0...n).flatMap { i in matrix[(i * (n + 1) + 1)..<((i + 1) * (n + 1))] }
    shares = rule.nodes.indices.map { pow(rule.complements[$0] * (1 + rule.nodes[$0]), power) }
  }

  /// The curves through y, curve by curve.
  func curves(_ y: [Double]) -> GaussianCurves {
    let n = degree
    var coefficients: [Double] = []
    for j in problem.starts.indices {
      var row = [Double](repeating: 0, count: n + 1)
      BLAS.multiply(rows: n + 1, columns: n, series, vector: Array(y[(j * n)..<((j + 1) * n)]), into: &row)
      coefficients += row
    }
    return GaussianCurves(problem, degree: n, coefficients: coefficients)
  }

  /// The residuals and their Jacobian with respect to y, row-major.
  ///
  /// - Throws: `StoppingError` where a curve is so far off that its two sides cannot be compared.
  func residual(_ y: [Double]) throws -> (values: [Double], jacobian: [Double]) {
    let (n, count) = (degree, problem.starts.count)
    let curves = curves(y)
    var values = [Double](repeating: 0, count: count * n)
    var diagonal = values
    // a row of n + 1 moments for each equation and curve
    var moments = [Double](repeating: 0, count: count * n * count * (n + 1))
    try moments.withUnsafeMutableBufferPointer { moments in
      for i in 0..<count {
        for l in 0..<n {
          let row = i * n + l
          (values[row], diagonal[row]) = try self.row(
            i, l, problem.starts[i].state + unit * y[row], curves, moments.baseAddress! + row * count * (n + 1))
        }
      }
    }
    var jacobian = [Double](repeating: 0, count: count * n * count * n)
    BLAS.multiply(rows: count * n * count, columns: n, inner: n + 1, moments, .normal, series, into: &jacobian)
    for row in 0..<(count * n) { jacobian[row * count * n + row] += diagonal[row] }
    return (values, jacobian)
  }

  /// One equation: its residual, its derivative in the state where it holds, and the moments of its derivative in each curve.
  private func row(
    _ i: Int, _ l: Int, _ state: Double, _ curves: GaussianCurves, _ moments: UnsafeMutablePointer<Double>
  ) throws -> (value: Double, diagonal: Double) {
    let (m, count, tau) = (rule.nodes.count, problem.starts.count, tau[l])
    let own = problem.starts[i].kink
    return try withUnsafeTemporaryAllocation(of: Double.self, capacity: (2 * count + 1) * m + count) { buffer in
      let base = buffer.baseAddress!
      let (points, table, slopes, edges) = (base, base + m, base + (count + 1) * m, base + (2 * count + 1) * m)
      for k in 0..<m { points[k] = 2 * nodes[l] * shares[k] - 1 }
      curves.states(at: points, m, into: table)
      var (rest, kink) = (GaussianJet(), GaussianJet())
      for k in 0..<m {
        for j in 0..<count { edges[j] = table[j * m + k] }
        let u = tau * rule.nodes[k] * rule.nodes[k]
        let step = problem.step(state, problem.growth(after: u), problem.law.deviation(after: u))
        let weight = 2 * tau * rule.nodes[k] * rule.weights[k] * exp(-problem.discount * u)
        rest += weight * problem.sourceJet(step, edges)
        for (index, place) in problem.kinks.enumerated() {
          let jet = weight * place.mass * problem.density(step, place.state)
          if index == own { kink += jet } else { rest += jet }
        }
        for j in 0..<count {
          let side = problem.starts[j].direction
          slopes[j * m + k] =
            side * weight * problem.source(j, at: edges[j]) * problem.density(step, edges[j]).slope
        }
      }
      var (value, diagonal, factor) = (rest.slope, rest.bend, unit)
      if own != nil {
        guard kink.slope * problem.starts[i].direction > 0, rest.slope * problem.starts[i].direction < 0 else {
          throw StoppingError("integral-equation: a boundary left its side of the kink where it starts")
        }
        value = log(-kink.slope / rest.slope)
        diagonal = kink.bend / kink.slope - rest.bend / rest.slope
        factor = -unit / rest.slope
      }
      for j in 0..<count {
        for k in 0..<m { slopes[j * m + k] *= factor }
        ChebyshevSeries.moments(
          slopes + j * m, at: points, count: m, into: moments + j * (degree + 1), degree + 1)
      }
      return (value, unit * diagonal)
    }
  }
}
