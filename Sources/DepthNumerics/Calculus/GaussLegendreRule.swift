import Foundation

/// Gauss-Legendre quadrature and interpolation with any number of nodes on [-1, 1].
///
/// Integrates polynomials of degree 2n - 1 exactly; interpolation at the nodes by the barycentric formula is stable and, for
/// an analytic function, converges geometrically. Nodes by Newton's iteration on the Legendre recurrence, O(n^2).
/// Source: Davis and Rabinowitz, "Methods of Numerical Integration" (1984), section 2.7; Wang and Xiang, Math. Comp. 81
/// (2012), for the barycentric weights.
public struct GaussLegendreRule: Equatable, Sendable {
  /// Ascending.
  public let nodes: [Double]
  public let weights: [Double]
  private let barycentric: [Double]

  public init(count n: Int) {
    precondition(n >= 1, "\(n) nodes")
    var (nodes, weights) = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: n))
    for i in 0..<(n + 1) / 2 {
      var x = cos(.pi * (Double(i) + 0.75) / (Double(n) + 0.5))
      var slope = 1.0
      for _ in 0..<100 {
        let (value, derivative) = Self.legendre(n, x)
        slope = derivative
        let step = value / derivative
        x -= step
        if abs(step) <= 1e-16 { break }
      }
      slope = Self.legendre(n, x).derivative
      let isMiddle = 2 * i + 1 == n
      nodes[n - 1 - i] = isMiddle ? 0 : x
      nodes[i] = isMiddle ? 0 : -x
      weights[i] = 2 / ((1 - x * x) * slope * slope)
      weights[n - 1 - i] = weights[i]
    }
    self.nodes = nodes
    self.weights = weights
    barycentric = zip(nodes, weights).enumerated().map { index, pair -> Double in
      let size = ((1 - pair.0 * pair.0) * pair.1).squareRoot()
      return index % 2 == 0 ? size : -size
    }
  }

  public var count: Int { nodes.count }

  /// `int_a^b f`.
  public func integrate(from a: Double, to b: Double, _ f: (Double) -> Double) -> Double {
    let (middle, half) = ((a + b) / 2, (b - a) / 2)
    var sum = 0.0
    for i in 0..<count { sum += weights[i] * f(middle + half * nodes[i]) }
    return half * sum
  }

  /// The interpolant of `values` at the nodes, at x (beyond [-1, 1] it extrapolates).
  public func interpolate(_ values: UnsafePointer<Double>, at x: Double) -> Double {
    var (numerator, denominator) = (0.0, 0.0)
    for j in 0..<nodes.count {
      let distance = x - nodes[j]
      if distance == 0 { return values[j] }
      let weight = barycentric[j] / distance
      numerator += weight * values[j]
      denominator += weight
    }
    return numerator / denominator
  }

  /// The row that takes values at the nodes to the interpolant at x: `count` entries.
  public func interpolationRow(at x: Double, into row: UnsafeMutablePointer<Double>) {
    var denominator = 0.0
    for j in 0..<nodes.count {
      let distance = x - nodes[j]
      if distance == 0 {
        row.update(repeating: 0, count: nodes.count)
        row[j] = 1
        return
      }
      row[j] = barycentric[j] / distance
      denominator += row[j]
    }
    for j in 0..<nodes.count { row[j] /= denominator }
  }

  private static func legendre(_ n: Int, _ x: Double) -> (value: Double, derivative: Double) {
    var (last, value) = (1.0, x)
    guard n > 1 else { return (x, 1) }
    for k in 2...n { (last, value) = (value, (Double(2 * k - 1) * x * value - Double(k - 1) * last) / Double(k)) }
    return (value, Double(n) * (x * value - last) / (x * x - 1))
  }
}
