/// Gaussian elimination of a small augmented matrix in the caller's memory: no allocation, no library call.
///
/// For a few dozen unknowns the overhead of LAPACK costs more than the arithmetic.
public enum AugmentedElimination {
  /// Solves `A X = B`: `rows` holds `[A | B]`, `size` rows of `width` numbers, row-major; afterwards the columns beyond
  /// `size` hold X. Partial pivoting, O(size^2 width).
  ///
  /// - Returns: false where A is singular to working precision; the memory then holds nothing of use.
  @inlinable
  public static func solve(_ rows: UnsafeMutablePointer<Double>, size n: Int, width w: Int) -> Bool {
    for k in 0..<n {
      var (pivot, largest) = (k, abs(rows[k * w + k]))
      for i in (k + 1)..<max(n, k + 1) where abs(rows[i * w + k]) > largest {
        (pivot, largest) = (i, abs(rows[i * w + k]))
      }
      guard largest > 1e-300, largest.isFinite else { return false }
      let top = rows + k * w
      if pivot != k {
        let other = rows + pivot * w
        for j in k..<w { (top[j], other[j]) = (other[j], top[j]) }
      }
      let inverse = 1 / top[k]
      var i = k + 1
      while i < n {
        let row = rows + i * w
        let factor = row[k] * inverse
        if factor != 0 { for j in (k + 1)..<w { row[j] -= factor * top[j] } }
        i += 1
      }
    }
    var k = n - 1
    while k >= 0 {
      let row = rows + k * w
      let inverse = 1 / row[k]
      for q in n..<w {
        var sum = row[q]
        for j in (k + 1)..<max(n, k + 1) { sum -= row[j] * rows[j * w + q] }
        row[q] = sum * inverse
      }
      k -= 1
    }
    return true
  }
}
