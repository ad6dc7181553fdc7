internal import CGSL
import Foundation

/// Spearman's rank correlation; ties share their mean rank. GSL's gsl_stats_spearman, O(n log n).
public enum RankCorrelation {
  /// rho with its approximate interval `tanh(artanh rho +- z 1.03 / sqrt(n - 3))` (Fieller, Hartley and Pearson 1957).
  ///
  /// - Returns: nil for fewer than 4 pairs, or where all values of a side are equal.
  public static func spearman(_ x: [Double], _ y: [Double], level: Double = 0.95) -> Interval? {
    precondition(x.count == y.count, "\(x.count) values against \(y.count)")
    let n = x.count
    guard n > 3, x.contains(where: { $0 != x[0] }), y.contains(where: { $0 != y[0] }) else { return nil }
    var work = [Double](repeating: 0, count: 2 * n)
    let rho = max(-1, min(1, gsl_stats_spearman(x, 1, y, 1, n, &work)))
    guard abs(rho) < 1 else { return Interval(value: rho, lower: rho, upper: rho) }
    let half = Statistics.normalQuantile(0.5 + level / 2) * 1.03 / Double(n - 3).squareRoot()
    return Interval(value: rho, lower: tanh(atanh(rho) - half), upper: tanh(atanh(rho) + half))
  }
}
