/// Orthonormal columns by modified Gram-Schmidt, each column projected twice (Q orthogonal to rounding).
///
/// Source: Golub and Van Loan, "Matrix Computations", 5.2; Giraud et al., "twice is enough", Numer. Math. 101 (2005).
public enum GramSchmidt {
  /// Replaces `count` columns of `rows` entries by the Q of their QR factorisation, writes R's (positive) diagonal, and
  /// returns the least share of a column that was left after projection: near 1e-16 the columns were dependent.
  ///
  /// O(rows count^2). A column that vanishes gets a diagonal of 0 and stays zero.
  public static func orthonormalize(
    _ columns: UnsafeMutablePointer<Double>, rows: Int, count: Int, diagonal: UnsafeMutablePointer<Double>
  ) -> Double {
    var leastShare = 1.0
    for j in 0..<count {
      let column = columns + j * rows
      let before = BLAS.norm(rows, column)
      for _ in 0..<2 {
        for i in 0..<j {
          let other = columns + i * rows
          BLAS.add(rows, alpha: -BLAS.dot(rows, other, column), other, to: column)
        }
      }
      let after = BLAS.norm(rows, column)
      diagonal[j] = after
      leastShare = before > 0 ? min(leastShare, after / before) : 0
      guard after > 0 else { continue }
      for i in 0..<rows { column[i] /= after }
    }
    return leastShare
  }
}
