internal import COpenBLAS

/// Eigenvalues of real symmetric matrices (LAPACK's dsyev): O(n^3), backward stable.
public enum SymmetricEigenvalues {
  /// All eigenvalues, ascending, of an n x n matrix of which the lower triangle (column-major) is read.
  ///
  /// - Throws: `LinearAlgebraError` when an entry is not finite or the iteration fails.
  public static func ascending(_ matrix: [Double], count n: Int) throws -> [Double] {
    try solved(matrix, n, "N").values
  }

  /// Eigenvalues, ascending, and orthonormal eigenvectors: the i-th in `vectors[i * n ..< (i + 1) * n]`.
  ///
  /// - Throws: as `ascending`.
  public static func decomposition(
    _ matrix: [Double], count n: Int
  ) throws -> (values: [Double], vectors: [Double]) {
    try solved(matrix, n, "V")
  }

  private static func solved(
    _ matrix: [Double], _ n: Int, _ job: String
  ) throws -> (values: [Double], vectors: [Double]) {
    precondition(n > 0 && matrix.count == n * n, "\(matrix.count) entries for \(n) x \(n)")
    guard matrix.allSatisfy(\.isFinite) else {
      throw LinearAlgebraError(description: "dsyev: the \(n) x \(n) matrix has an entry that is not finite")
    }
    var (copy, values) = (matrix, [Double](repeating: 0, count: n))
    let info = decompose(&copy, n, &values, job)
    guard info == 0 else {
      throw LinearAlgebraError(description: "dsyev: \(info) off-diagonal elements did not converge to zero")
    }
    return (values, copy)
  }

  /// The largest eigenvalue; destroys the matrix. NaN when an entry is not finite: for loops that check later.
  public static func largest(destroying matrix: UnsafeMutablePointer<Double>, count n: Int) -> Double {
    if n == 1 { return matrix[0] }
    if n == 2 {
      let (middle, half) = (0.5 * (matrix[0] + matrix[3]), 0.5 * (matrix[0] - matrix[3]))
      return middle + (half * half + matrix[1] * matrix[1]).squareRoot()
    }
    for i in 0..<(n * n) where !matrix[i].isFinite { return .nan }
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: n) { values in
      decompose(matrix, n, values.baseAddress!, "N") == 0 ? values[n - 1] : .nan
    }
  }

  private static func decompose(
    _ matrix: UnsafeMutablePointer<Double>, _ n: Int, _ values: UnsafeMutablePointer<Double>, _ job: String
  ) -> Int32 {
    let length = 34 * n  // (block size 32 + 2) n: LAPACK's optimum
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: length) { work in
      var (size, workLength, info) = (Int32(n), Int32(length), Int32(0))
      dsyev_(job, "L", &size, matrix, &size, values, work.baseAddress!, &workLength, &info, 1, 1)
      return info
    }
  }
}
