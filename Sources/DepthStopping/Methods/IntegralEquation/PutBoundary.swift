import DepthNumerics
import Foundation

/// A curve `B(tau) = X exp(min(0, p(s)))`, s of `TimeToGoScale`, p a Chebyshev series on [0, 1] with p(0) = 0 or s^4 times a
/// series: an exercise boundary of the put of strike 1, computed or not, that never exceeds X = B(0+).
struct PutBoundary: Equatable, Sendable {
  let equation: PutEquation
  let scale: TimeToGoScale
  let coefficients: [Double]
  /// Whether p is `sqrt(tau/T) = s^4` times the series.
  let hasRootFactor: Bool

  init(equation: PutEquation, scale: TimeToGoScale, coefficients: [Double], hasRootFactor: Bool = false) {
    self.equation = equation
    self.scale = scale
    self.coefficients = coefficients
    self.hasRootFactor = hasRootFactor
  }

  /// The same curve as s^4 times a series, precise relative to sqrt(tau) down to expiry.
  ///
  /// Interpolated at the Lobatto points of degree n + 4 but the four next to 0, which are near those of the Jacobi polynomials of
  /// weight s^8: errors of p stay small uniformly. O(n^3).
  /// - Throws: `LinearAlgebraError`.
  func withRootFactor() throws -> PutBoundary {
    guard scale.turn == nil, !hasRootFactor else { return self }
    let n = coefficients.count - 1
    let angles = (4...(n + 4)).map { .pi * Double($0) / Double(n + 4) }
    var matrix = [Double](repeating: 0, count: (n + 1) * (n + 1))
    var values = [Double](repeating: 0, count: n + 1)
    for (i, angle) in angles.enumerated() {
      let share = sin(0.5 * angle) * sin(0.5 * angle)
      let square = share * share
      var point = 2 * share - 1
      series(at: &point, into: &values[i], count: 1)
      values[i] /= square * square
      // T_k(2 s - 1) = T_k(-cos) = (-1)^k cos(k angle)
      for k in 0...n { matrix[i * (n + 1) + k] = (k % 2 == 0 ? 1 : -1) * cos(Double(k) * angle) }
    }
    return PutBoundary(
      equation: equation, scale: scale, coefficients: try LinearSystems.solve(matrix, values), hasRootFactor: true)
  }

  /// The series at `2 s - 1` for many points; the two buffers must not overlap.
  func series(at points: UnsafePointer<Double>, into values: UnsafeMutablePointer<Double>, count: Int) {
    ChebyshevSeries.values(coefficients, coefficients.count, at: points, into: values, count: count)
  }

  /// `ln(B/X)` at `2 s - 1` for many points; the two buffers must not overlap.
  func logRatios(at points: UnsafePointer<Double>, into values: UnsafeMutablePointer<Double>, count: Int) {
    series(at: points, into: values, count: count)
    if hasRootFactor {
      for k in 0..<count {
        let share = 0.5 * (1 + points[k])
        let square = share * share
        values[k] *= square * square
      }
    }
    for k in 0..<count { values[k] = values[k] < 0 ? values[k] : 0 }
  }

  /// `ln(B/X)` at s.
  func logRatio(share: Double) -> Double {
    var (point, value) = (2 * share - 1, 0.0)
    logRatios(at: &point, into: &value, count: 1)
    return value
  }

  /// B(tau).
  func state(_ tau: Double) -> Double { equation.limit * exp(logRatio(share: scale.share(tau))) }
}
