import DepthNumerics
import Foundation

/// Coefficients of one element over the panel's square, and what rounding its derivatives' values may carry.
struct SpaceTimeJets {
  let n: Int
  let p: Int
  let d: [Double]
  let first: [Double]
  let second: [Double]
  let depth: [Double]
  /// Rounding of the values of D and its derivatives: 40 units times the sum of the terms.
  var sizes = SIMD4<Double>()
  /// Last two coefficients in state times n^4, in depth times p^2.
  var tails = SIMD2<Double>()

  init(_ coefficients: [Double], _ rule: SpaceTimeRule, _ duration: Double) {
    let (n, p) = (rule.n + 1, rule.p + 1)
    (self.n, self.p) = (n, p)
    // series in t = 2 eta - 1
    func byState(_ c: [Double]) -> [Double] {
      var out = [Double](repeating: 0, count: c.count)
      for l in 0..<p {
        for k in stride(from: n - 2, through: 0, by: -1) {
          let above = k + 2 < n ? out[(k + 2) * p + l] : 0
          out[k * p + l] = above + 2 * Double(k + 1) * c[(k + 1) * p + l]
        }
        out[l] *= 0.5
      }
      return out.map { 2 * $0 }
    }
    func byDepth(_ c: [Double]) -> [Double] {
      var out = [Double](repeating: 0, count: c.count)
      for k in 0..<n {
        for l in stride(from: p - 2, through: 0, by: -1) {
          let above = l + 2 < p ? out[k * p + l + 2] : 0
          out[k * p + l] = above + 2 * Double(l + 1) * c[k * p + l + 1]
        }
        out[k * p] *= 0.5
      }
      return out.map { 2 / duration * $0 }
    }
    let slopes = byState(coefficients)
    (d, first, second, depth) = (coefficients, slopes, byState(slopes), byDepth(coefficients))
    for k in 0..<n {
      for l in 0..<p {
        let (c, x, t) = (abs(d[k * p + l]), Double(k * k), Double(l * l))
        sizes += c * SIMD4(1, 2 * x, 1.4 * x * x, 2 * t / duration)
      }
    }
    for k in 0..<n {
      for l in 0..<p {
        let c = abs(d[k * p + l])
        if k >= n - 2 { tails[0] = max(tails[0], 0.2 * c * Double(n * n * n * n)) }
        if l >= p - 2 { tails[1] = max(tails[1], 2 * c * Double(p * p)) }
      }
    }
    sizes *= 40 * 0x1p-53
  }
}

/// Chebyshev series at many points.
enum ChebyshevTable {
  /// Chebyshev polynomials at points: rows by point.
  static func vandermonde(_ points: [Double], _ n: Int) -> [Double] {
    var rows = [Double](repeating: 1, count: points.count * n)
    for (i, t) in points.enumerated() {
      if n > 1 { rows[i * n + 1] = t }
      for k in stride(from: 2, to: n, by: 1) { rows[i * n + k] = 2 * t * rows[i * n + k - 1] - rows[i * n + k - 2] }
    }
    return rows
  }

  static func points(_ count: Int) -> [Double] {
    (0..<count).map { -cos(.pi * (Double($0) + 0.5) / Double(count)) }
  }

  static func values(
    _ rows: [Double], _ m: Int, _ c: [Double], _ n: Int, _ p: Int, _ columns: [Double], _ q: Int
  ) -> [Double] {
    var half = [Double](repeating: 0, count: m * p)
    var result = [Double](repeating: 0, count: m * q)
    BLAS.multiply(rows: m, columns: p, inner: n, rows, .normal, c, .normal, into: &half)
    BLAS.multiply(rows: m, columns: q, inner: p, half, .normal, columns, .transposed, into: &result)
    return result
  }

  static func derivative(_ c: [Double], _ duration: Double) -> [Double] {
    var out = [Double](repeating: 0, count: c.count)
    for l in stride(from: c.count - 2, through: 0, by: -1) {
      out[l] = (l + 2 < c.count ? out[l + 2] : 0) + 2 * Double(l + 1) * c[l + 1]
    }
    out[0] *= 0.5
    return out.map { 2 / duration * $0 }
  }
}
