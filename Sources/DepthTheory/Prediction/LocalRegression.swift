import DepthNumerics
import Foundation

/// Local-linear regression with Gaussian weights of one variable on another, the data summed into narrow bins first.
///
/// Bandwidths are chosen by leave-one-out cross-validation, exact for a linear smoother: residual / (1 - leverage).
/// O(n + bins^2) an evaluation on all bins. Values beyond the data are those at their ends.
/// Source: Fan and Gijbels, "Local Polynomial Modelling and Its Applications" (1996).
struct LocalRegression {
  private let centers: [Double]
  private let counts: [Double]
  private let sums: [Double]
  private let squares: [Double]

  static let bins = 200

  /// What the fit says at one point.
  struct Fit {
    let value: Double
    /// Kish's effective number of samples.
    let effectiveCount: Double
    /// Weight of a sample at the point in its own fitted value.
    let leverage: Double
  }

  init(_ x: [Double], _ y: [Double]) {
    precondition(x.count == y.count && !x.isEmpty, "\(x.count) states, \(y.count) values")
    let (low, high) = (x.min()!, x.max()!)
    let width = max((high - low) / Double(Self.bins), .leastNormalMagnitude)
    var (counts, sums, squares) = (
      [Double](repeating: 0, count: Self.bins), [Double](repeating: 0, count: Self.bins),
      [Double](repeating: 0, count: Self.bins)
    )
    for (state, value) in zip(x, y) {
      let bin = min(Self.bins - 1, Int((state - low) / width))
      counts[bin] += 1
      sums[bin] += value
      squares[bin] += value * value
    }
    let filled = counts.indices.filter { counts[$0] > 0 }
    centers = filled.map { low + (Double($0) + 0.5) * width }
    self.counts = filled.map { counts[$0] }
    self.sums = filled.map { sums[$0] }
    self.squares = filled.map { squares[$0] }
  }

  /// The fit at a point; a local mean where `isPositive` must be kept or the data determine no slope.
  func fit(at point: Double, bandwidth: Double, keepsSign isPositive: Bool = false) -> Fit {
    let place = min(max(point, centers[0]), centers[centers.count - 1])
    // weights relative to the nearest bin's, so that they never all underflow
    let nearest = centers.reduce(Double.infinity) { min($0, abs($1 - place)) }
    let offset = 0.5 * (nearest / bandwidth) * (nearest / bandwidth)
    let reach = nearest + 6 * bandwidth
    var (s0, s1, s2, t0, t1, weightSquares) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for i in centers.indices {
      let d = centers[i] - place
      guard abs(d) <= reach else { continue }
      let w = exp(offset - 0.5 * (d / bandwidth) * (d / bandwidth))
      s0 += w * counts[i]
      s1 += w * counts[i] * d
      s2 += w * counts[i] * d * d
      t0 += w * sums[i]
      t1 += w * sums[i] * d
      weightSquares += w * w * counts[i]
    }
    let effective = s0 * s0 / weightSquares
    let determinant = s0 * s2 - s1 * s1
    guard !isPositive, determinant > 1e-6 * s0 * s0 * bandwidth * bandwidth else {
      return Fit(value: t0 / s0, effectiveCount: effective, leverage: 1 / s0)
    }
    return Fit(value: (s2 * t0 - s1 * t1) / determinant, effectiveCount: effective, leverage: s2 / determinant)
  }

  /// Sum of squared leave-one-out residuals.
  func crossValidation(bandwidth: Double, keepsSign: Bool) -> Double {
    centers.indices.reduce(0) { total, i in
      let fit = self.fit(at: centers[i], bandwidth: bandwidth, keepsSign: keepsSign)
      let residual = squares[i] - 2 * fit.value * sums[i] + counts[i] * fit.value * fit.value
      let share = max(0.05, 1 - fit.leverage)
      return total + max(0, residual) / (share * share)
    }
  }

  /// The bandwidth of least cross-validation error, summed over several regressions that share it, each scaled by the spread
  /// of its values.
  static func bestBandwidth(
    _ regressions: [LocalRegression], candidates: [Double], keepsSign: Bool, threads: Int
  ) -> Double {
    let scores = Parallel.map(candidates.count, threads: threads) { index in
      let width = candidates[index]
      return regressions.reduce(0) { total, regression in
        let n = regression.counts.reduce(0, +)
        let mean = regression.sums.reduce(0, +) / n
        let spread = regression.squares.reduce(0, +) - n * mean * mean
        guard spread > 0 else { return total }
        return total + regression.crossValidation(bandwidth: width, keepsSign: keepsSign) / spread
      }
    }
    return candidates[scores.indices.min { scores[$0] < scores[$1] }!]
  }
}
