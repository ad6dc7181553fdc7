import DepthNumerics
import Foundation

/// The equation of the exercise boundary at one resolution: n collocation nodes in s (`TimeToGoScale`), m quadrature nodes each.
///
/// Smooth fit of the premium's representation, with the European call in place of the put, leaves positive terms alone:
/// `L(tau) = e^(-q tau) Phi(d_1(tau, B)) + int_0^tau q e^(-qt) Phi(d_1(t, B/B_u)) dt`
/// `R(tau) = int_0^tau e^(-rt) phi(d_2(t, B/B_u)) (r - q B_u) / (B sigma sqrt t) dt`, u = tau - t, B = B(tau), B_u = B(u),
/// and the boundary solves `ln L = ln R`. (The usual forms `B = N/D` cancel near expiry, where Newton's method then cycles.)
/// The unknowns are `y_i = ln(B(tau_i)/X)`, X = B(0+); y is a Chebyshev series in s, with y(0) = 0. With
/// `t = tau z^2` the square root goes, and tanh-sinh in z takes the ends.
///
/// Sources: Kim, Rev. Financial Studies 3 (1990) 547 (representation); Andersen, Lake and Offengenden, J. Comput. Finance
/// 20 (2016) 39 (collocation; their equation A is smooth fit). O(n m) exponentials and O(n^2 m) multiplications a step.
struct BoundaryCollocation: ~Copyable {
  let equation: PutEquation
  let scale: TimeToGoScale
  /// n.
  let degree: Int
  /// tau_1 < ... < tau_n = T; node 0 is expiry, where y = 0.
  let tau: [Double]
  /// s_i of the same nodes.
  let nodes: [Double]
  private let quadrature: Int
  /// (n+1) x n: coefficients from y_1...y_n.
  private let series: [Double]
  private let roots: [Double]
  private let inverseDeviations: [Double]
  private let storage: UnsafeMutablePointer<Double>

  init(_ equation: PutEquation, _ scale: TimeToGoScale, degree n: Int, rule: DoubleExponentialRule) {
    precondition(n >= 4 && n < ChebyshevSeries.mostMoments, "degree \(n)")
    let m = rule.nodes.count
    (self.equation, self.scale, degree, quadrature) = (equation, scale, n, m)
    let nodes = (1...n).map { j in
      let sine = sin(.pi * Double(j) / Double(2 * n))
      return sine * sine
    }
    let tau = nodes.map { scale.timeToGo($0) }
    (self.nodes, self.tau) = (nodes, tau)
    let matrix = ChebyshevSeries.coefficientMatrix(degree: n)
    series = (0...n).flatMap { i in matrix[(i * (n + 1) + 1)..<((i + 1) * (n + 1))] }
    // u = tau (1 - z)(1 + z) = tau v
    let shares = (0..<m).map { rule.complements[$0] * (1 + rule.nodes[$0]) }
    roots = shares.map { $0.squareRoot() }
    inverseDeviations = rule.nodes.map { 1 / (equation.volatility * $0) }
    storage = .allocate(capacity: 3 * n * m + 8 * m)
    let (points, premiums, dividends) = (storage, storage + n * m, storage + 2 * n * m)
    let powers = shares.map { scale.power($0) }
    for i in 0..<n {
      let root = tau[i].squareRoot()
      scale.shares(nodes[i], powers, into: points + i * m, count: m)
      for k in 0..<m {
        let t = tau[i] * rule.nodes[k] * rule.nodes[k]
        let at = i * m + k
        points[at] = 2 * points[at] - 1
        premiums[at] = -equation.rate * t
        dividends[at] = -equation.dividend * t
      }
      VectorMath.exp(premiums + i * m, into: premiums + i * m, count: m)
      VectorMath.exp(dividends + i * m, into: dividends + i * m, count: m)
      for k in 0..<m {
        premiums[i * m + k] *= 2 * root * rule.weights[k] / equation.volatility * 0.3989422804014326779
        dividends[i * m + k] *= 2 * tau[i] * rule.nodes[k] * rule.weights[k] * equation.dividend
      }
    }
  }

  deinit { storage.deallocate() }

  /// Chebyshev coefficients of y from its values at the nodes.
  func coefficients(_ y: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: degree + 1)
    BLAS.multiply(rows: degree + 1, columns: degree, series, vector: y, into: &result)
    return result
  }

  /// `ln L - ln R` at the nodes, and its Jacobian with respect to y (n x n, row-major).
  func residual(_ y: [Double]) -> (values: [Double], jacobian: [Double]) {
    let n = degree
    let coefficients = coefficients(y)
    var values = [Double](repeating: 0, count: n)
    var diagonal = [Double](repeating: 0, count: n)
    var moments = [Double](repeating: 0, count: n * (n + 1))
    moments.withUnsafeMutableBufferPointer { moments in
      for i in 0..<n {
        (values[i], diagonal[i]) = row(i, y[i], coefficients, into: moments.baseAddress! + i * (n + 1))
      }
    }
    var jacobian = [Double](repeating: 0, count: n * n)
    BLAS.multiply(rows: n, columns: n, inner: n + 1, moments, .normal, series, into: &jacobian)
    for i in 0..<n { jacobian[i * n + i] += diagonal[i] }
    return (values, jacobian)
  }

  /// Row i: the residual, its derivative with respect to y_i where B(tau) enters, and the moments of its derivative with
  /// respect to the curve.
  private func row(
    _ i: Int, _ y: Double, _ coefficients: [Double], into moments: UnsafeMutablePointer<Double>
  ) -> (value: Double, diagonal: Double) {
    let (n, m) = (degree, quadrature)
    let points = storage + i * m
    let premiums = storage + (n + i) * m
    let dividends = storage + (2 * n + i) * m
    let scratch = storage + 3 * n * m
    let (curve, states, d2, density) = (scratch, scratch + m, scratch + 2 * m, scratch + 3 * m)
    let (first, gain, inverse, slope) = (scratch + 4 * m, scratch + 5 * m, scratch + 6 * m, scratch + 7 * m)
    let (dividend, sigma) = (equation.dividend, equation.volatility)
    let root = tau[i].squareRoot()
    let drift = equation.logDrift / (sigma * sigma)
    ChebyshevSeries.values(coefficients, n + 1, at: points, into: curve, count: m)
    // |y| is at least 0.64 sigma sqrt(tau) near expiry, and later |y|/sqrt(tau) falls: half of that bound keeps a rough iterate
    // below X, and rests at the solution
    let floor = -0.3 * sigma * root
    for k in 0..<m {
      let bound = max(0.5 * y, floor) * roots[k]
      curve[k] = curve[k] < bound ? curve[k] : bound
      inverse[k] = inverseDeviations[k] / root
      let deviation = 1 / inverse[k]
      d2[k] = (y - curve[k]) * inverse[k] + drift * deviation
      first[k] = d2[k] + deviation
      density[k] = -0.5 * d2[k] * d2[k]
    }
    VectorMath.exp(density, into: density, count: m)
    if dividend > 0 {
      VectorMath.exp(curve, into: states, count: m)
      VectorMath.normalCDF(first, into: first, count: m)
    } else {
      states.update(repeating: 0, count: m)
      first.update(repeating: 0, count: m)
    }
    let yieldScale = dividend * equation.limit
    let perState = exp(-y) / equation.limit
    var (right, left, weighted, paid) = (0.0, 0.0, 0.0, 0.0)
    for k in 0..<m {
      let paidHere = yieldScale * states[k]
      let mass = premiums[k] * density[k] * perState
      gain[k] = mass * equation.gain(curve[k], states[k])
      slope[k] = mass * paidHere
      right += gain[k]
      left += dividends[k] * first[k]
      weighted += gain[k] * d2[k] * inverse[k]
      paid += slope[k]
    }
    let call = equation.callSlope(y + log(equation.limit), tau[i])
    left += call.value
    var diagonal = (call.derivative + paid) / left + (weighted + right) / right
    let (perLeft, perRight) = (1 / left, 1 / right)
    for k in 0..<m {
      var sensitivity = slope[k] * (perRight - perLeft) - gain[k] * d2[k] * inverse[k] * perRight
      if curve[k] == max(0.5 * y, floor) * roots[k] {
        diagonal += 0.5 * y > floor ? sensitivity * 0.5 * roots[k] : 0
        sensitivity = 0
      }
      slope[k] = sensitivity
    }
    ChebyshevSeries.moments(slope, at: points, count: m, into: moments, n + 1)
    return (log(left / right), diagonal)
  }
}
