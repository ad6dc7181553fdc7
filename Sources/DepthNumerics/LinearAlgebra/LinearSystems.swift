internal import COpenBLAS

/// A dense system had no usable solution.
public struct LinearAlgebraError: Error, CustomStringConvertible, Equatable, Sendable {
  public let description: String
}

/// Dense systems and least squares by LAPACK, for sizes where O(n^3) is nothing.
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

  /// The minimum-norm solution of `min ||A x - b||`, A m x n row-major; singular values below `tolerance` of the largest
  /// count as zero.
  ///
  /// - Throws: `LinearAlgebraError` when the singular values do not converge.
  public static func leastSquares(_ a: [Double], rows m: Int, _ b: [Double], tolerance: Double = 1e-12) throws
    -> [Double]
  {
    precondition(b.count == m && m > 0 && a.count % m == 0, "\(a.count) entries and \(b.count) values for \(m) rows")
    let n = a.count / m
    var columnMajor = transposed(a, rows: m, columns: n)
    var solution = b + [Double](repeating: 0, count: max(0, n - m))
    var singularValues = [Double](repeating: 0, count: min(m, n))
    var (rows, columns, one, leading) = (Int32(m), Int32(n), Int32(1), Int32(max(m, n)))
    var (rank, info, condition) = (Int32(0), Int32(0), tolerance)
    var query = Int32(-1)
    var workSize = [0.0]
    var integerSize = [Int32(0)]
    dgelsd_(
      &rows, &columns, &one, &columnMajor, &rows, &solution, &leading, &singularValues, &condition, &rank, &workSize,
      &query, &integerSize, &info)
    var length = Int32(workSize[0])
    var work = [Double](repeating: 0, count: Int(length))
    var integerWork = [Int32](repeating: 0, count: Int(max(1, integerSize[0])))
    dgelsd_(
      &rows, &columns, &one, &columnMajor, &rows, &solution, &leading, &singularValues, &condition, &rank, &work,
      &length, &integerWork, &info)
    guard info == 0 else {
      throw LinearAlgebraError(description: "dgelsd: singular values of a \(m) x \(n) matrix did not converge")
    }
    return Array(solution.prefix(n))
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
