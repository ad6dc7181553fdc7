internal import COpenBLAS

/// A dense system had no usable solution.
public struct LinearAlgebraError: Error, CustomStringConvertible, Equatable, Sendable {
  public let description: String
}

/// Dense systems by LAPACK, for sizes where O(n^3) is nothing.
public enum LinearSystems {
  /// Solves `A X = B` by LU with partial pivoting: A n x n row-major, B one right-hand side of length n.
  ///
  /// - Throws: `LinearAlgebraError` when A is exactly singular.
  public static func solve(_ a: [Double], _ b: [Double]) throws -> [Double] {
    let n = b.count
    precondition(a.count == n * n, "a \(n) x \(n) system needs \(n * n) entries, got \(a.count)")
    guard n > 0 else { return [] }
    var columnMajor = transposed(a, rows: n, columns: n)
    var x = b
    var (size, one, info) = (Int32(n), Int32(1), Int32(0))
    var pivots = [Int32](repeating: 0, count: n)
    dgesv_(&size, &one, &columnMajor, &size, &pivots, &x, &size, &info)
    guard info == 0 else {
      throw LinearAlgebraError(description: "dgesv: the \(n) x \(n) matrix is singular (pivot \(info) is zero)")
    }
    return x
  }

  /// Solves `A X = B` in the caller's memory: A n x n and B n x `sides`, both column-major; A is destroyed, B becomes X.
  ///
  /// - Returns: false when A is exactly singular; B then holds nothing of use.
  public static func solve(
    columnMajor a: UnsafeMutablePointer<Double>, size n: Int, sides: Int, _ b: UnsafeMutablePointer<Double>
  ) -> Bool {
    guard n > 0, sides > 0 else { return true }
    BLAS.prepare()
    var (size, count, info) = (Int32(n), Int32(sides), Int32(0))
    return withUnsafeTemporaryAllocation(of: Int32.self, capacity: n) { pivots in
      dgesv_(&size, &count, a, &size, pivots.baseAddress!, b, &size, &info)
      return info == 0
    }
  }

  /// The largest singular value of A (rows x columns, row-major) by power iteration on A^T A from a fixed start.
  public static func spectralNorm(_ a: [Double], rows: Int, columns: Int, iterations: Int = 200) -> Double {
    precondition(a.count == rows * columns, "\(a.count) entries for \(rows) x \(columns)")
    var x = (0..<columns).map { 1 + 0.01 * Double($0 % 7) }
    var y = [Double](repeating: 0, count: rows)
    var norm = 0.0
    for _ in 0..<iterations {
      let length = BLAS.norm(columns, x)
      guard length > 0 else { return 0 }
      for i in x.indices { x[i] /= length }
      BLAS.multiply(rows: rows, columns: columns, a, vector: x, into: &y)
      norm = BLAS.norm(rows, y)
      BLAS.multiply(rows: rows, columns: columns, a, .transposed, vector: y, into: &x)
    }
    return norm
  }

  static func transposed(_ a: [Double], rows: Int, columns: Int) -> [Double] {
    var result = [Double](repeating: 0, count: a.count)
    for i in 0..<rows {
      for j in 0..<columns { result[j * rows + i] = a[i * columns + j] }
    }
    return result
  }
}
