import DepthNumerics
import Foundation

/// A curve `B(tau) = X exp(min(0, p(s)))`, s of `TimeToGoScale`, p a Chebyshev series on [0, 1] with p(0) = 0: an exercise
/// boundary of the put of strike 1, computed or not, that never exceeds X = B(0+).
struct PutBoundary: Equatable, Sendable {
  let equation: PutEquation
  let scale: TimeToGoScale
  let coefficients: [Double]

  /// `ln(B/X)` at `2 s - 1` for many points.
  func logRatios(at points: UnsafePointer<Double>, into values: UnsafeMutablePointer<Double>, count: Int) {
    ChebyshevSeries.values(coefficients, coefficients.count, at: points, into: values, count: count)
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
