import Foundation

/// Chebyshev collocation by integration: a function is represented by its second derivative at N nodes of the first kind.
///
/// Nodes `t_j = -cos((2 j + 1) pi / (2 N))` never touch the ends, where coefficients may be singular. Integrating instead of
/// differentiating keeps second-order equations well conditioned for every N. All matrices are N x N, row-major, and act on
/// values at the nodes. Source: Greengard, "Spectral integration and two-point boundary value problems", SIAM J. Numer.
/// Anal. 28 (1991).
public struct SpectralIntegration: Sendable {
  /// N.
  public let count: Int
  /// Nodes on (-1, 1), ascending.
  public let nodes: [Double]
  /// Values at the nodes -> Chebyshev coefficients 0 ..< N of the interpolant.
  public let coefficients: [Double]
  /// First and second integral at the nodes, both zero at -1.
  public let first: [Double]
  public let second: [Double]
  /// The second integral that vanishes at -1 and at 1, and its derivative.
  public let clampedSecond: [Double]
  public let clampedFirst: [Double]

  /// The table that solvers share: 24 nodes.
  public static let standard = SpectralIntegration(count: 24)

  public init(count n: Int) {
    precondition(n >= 4, "\(n) nodes: at least 4 are needed")
    count = n
    let nodes = (0..<n).map { -cos(.pi * Double(2 * $0 + 1) / Double(2 * n)) }
    self.nodes = nodes
    var transform = [Double](repeating: 0, count: n * n)
    for k in 0..<n {
      for j in 0..<n {
        // T_k(t_j) = (-1)^k cos(k (2 j + 1) pi / (2 N)); the angle is reduced in whole numbers
        let angle = .pi * Double(k * (2 * j + 1) % (4 * n)) / Double(2 * n)
        transform[k * n + j] = (k % 2 == 0 ? 1 : -1) * cos(angle) * (k == 0 ? 1 : 2) / Double(n)
      }
    }
    coefficients = transform
    var matrices = [[Double]](repeating: [Double](repeating: 0, count: n * n), count: 4)
    for column in 0..<n {
      let series = (0..<n).map { transform[$0 * n + column] }
      let once = Self.integral(series)
      let twice = Self.integral(once)
      let rise = twice.reduce(0, +)
      for row in 0..<n {
        let (t, place) = (nodes[row], row * n + column)
        matrices[0][place] = Self.evaluate(once, at: t)
        matrices[1][place] = Self.evaluate(twice, at: t)
        matrices[2][place] = matrices[1][place] - rise * (1 + t) / 2
        matrices[3][place] = matrices[0][place] - rise / 2
      }
    }
    (first, second, clampedSecond, clampedFirst) = (matrices[0], matrices[1], matrices[2], matrices[3])
  }

  /// The Chebyshev series of `int_-1^t`, one term longer.
  public static func integral(_ series: [Double]) -> [Double] {
    [Double](unsafeUninitializedCapacity: series.count + 1) { buffer, count in
      series.withUnsafeBufferPointer { integrate($0.baseAddress!, count: $0.count, into: buffer.baseAddress!) }
      count = series.count + 1
    }
  }

  /// Writes the `count + 1` coefficients of the integral from -1 into `integral`, which must not alias `series`.
  @inlinable
  public static func integrate(
    _ series: UnsafePointer<Double>, count: Int, into integral: UnsafeMutablePointer<Double>
  ) {
    var (atLeft, sign) = (0.0, -1.0)
    for k in 1...count {
      let before = k == 1 ? 2 * series[0] : series[k - 1]
      let after = k + 1 < count ? series[k + 1] : 0
      integral[k] = (before - after) / Double(2 * k)
      atLeft += sign * integral[k]
      sign = -sign
    }
    integral[0] = -atLeft
  }

  /// `sum a_k T_k(t)` by Clenshaw's recurrence.
  public static func evaluate(_ series: [Double], at t: Double) -> Double {
    series.withUnsafeBufferPointer { evaluate($0.baseAddress!, count: $0.count, at: t) }
  }

  @inlinable
  public static func evaluate(_ series: UnsafePointer<Double>, count: Int, at t: Double) -> Double {
    var (last, beforeLast) = (0.0, 0.0)
    var k = count - 1
    while k > 0 {
      (last, beforeLast) = (series[k] + 2 * t * last - beforeLast, last)
      k -= 1
    }
    return series[0] + t * last - beforeLast
  }
}
