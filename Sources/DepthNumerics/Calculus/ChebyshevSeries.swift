internal import CVectorMath
import Foundation

/// Chebyshev series `p(x) = sum_j c_j T_j(x)` on [-1, 1] at many points, vectorised; O(n count), no allocation.
public enum ChebyshevSeries {
  /// Most moments that one call gives.
  public static let mostMoments = Int(DEPTH_MOST_MOMENTS)

  /// `y_k = p(x_k)` by Clenshaw's recurrence; `n` >= 1 coefficients; y must not overlap x.
  public static func values(
    _ coefficients: UnsafePointer<Double>, _ n: Int, at x: UnsafePointer<Double>, into y: UnsafeMutablePointer<Double>,
    count: Int
  ) {
    precondition(n >= 1, "\(n) coefficients")
    depth_chebyshev_values(coefficients, n, x, y, count)
  }

  /// The transpose: `m_j = sum_k g_k T_j(x_k)`, j < `n` <= `mostMoments`.
  public static func moments(
    _ g: UnsafePointer<Double>, at x: UnsafePointer<Double>, count: Int, into m: UnsafeMutablePointer<Double>, _ n: Int
  ) {
    precondition((1...mostMoments).contains(n), "\(n) moments; 1 to \(mostMoments) are possible")
    depth_chebyshev_moments(g, x, count, m, n)
  }

  /// (n+1) x (n+1), row-major: coefficients from values at the Lobatto points `-cos(j pi / n)`, ascending.
  ///
  /// `c_i = (2 / n) sum''_j f_j T_i(x_j)`, halved for i = 0 and n; the ends of the sum count half.
  public static func coefficientMatrix(degree n: Int) -> [Double] {
    precondition(n >= 1, "degree \(n)")
    let cosines = (0..<(2 * n)).map { cos(.pi * Double($0) / Double(n)) }
    var rows = [Double](repeating: 0, count: (n + 1) * (n + 1))
    for i in 0...n {
      for j in 0...n {
        let ends = (i == 0 || i == n ? 0.5 : 1) * (j == 0 || j == n ? 0.5 : 1)
        rows[i * (n + 1) + j] = 2 / Double(n) * ends * cosines[i * (n - j) % (2 * n)]
      }
    }
    return rows
  }
}
