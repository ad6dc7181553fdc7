/// Minima of functions of one variable.
public enum ScalarMinimum {
  /// A minimiser of f on [lower, upper]: the best of `scan` equally spaced points, then golden sections between its
  /// neighbours until the bracket is below 1e-10 of the interval.
  ///
  /// The scan keeps a function with several minima from deceiving the search; only the best one's basin is refined. The
  /// answer is good to about the square root of f's rounding.
  public static func golden(lower: Double, upper: Double, scan: Int = 41, _ f: (Double) -> Double) -> Double {
    precondition(lower < upper && scan >= 3, "[\(lower), \(upper)] scanned at \(scan) points")
    let step = (upper - lower) / Double(scan - 1)
    let values = (0..<scan).map { f(lower + Double($0) * step) }
    let best = values.indices.min { values[$0] < values[$1] } ?? 0
    var (a, b) = (lower + Double(max(0, best - 1)) * step, lower + Double(min(scan - 1, best + 1)) * step)
    let ratio = 0.5 * (5.0.squareRoot() - 1)
    var (x, y) = (b - ratio * (b - a), a + ratio * (b - a))
    var (atX, atY) = (f(x), f(y))
    while b - a > 1e-10 * (upper - lower) {
      if atX <= atY {
        (b, y, atY) = (y, x, atX)
        x = b - ratio * (b - a)
        atX = f(x)
      } else {
        (a, x, atX) = (x, y, atY)
        y = a + ratio * (b - a)
        atY = f(y)
      }
    }
    return atX <= atY ? x : y
  }
}
