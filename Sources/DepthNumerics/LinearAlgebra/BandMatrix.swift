internal import COpenBLAS

/// A square band matrix and its solution by LU with partial pivoting: O(n (lower + upper) lower) work.
///
/// LAPACK's band storage, column-major with room for the fill of pivoting: (2 lower + upper + 1) n doubles.
public struct BandMatrix: Sendable {
  public let size: Int
  /// Diagonals below and above the main one.
  public let lower: Int
  public let upper: Int
  private var storage: [Double]

  public init(size: Int, lower: Int, upper: Int) {
    precondition(size > 0 && lower >= 0 && upper >= 0, "a \(size) x \(size) band of \(lower) + \(upper) diagonals")
    self.size = size
    self.lower = min(lower, size - 1)
    self.upper = min(upper, size - 1)
    storage = [Double](repeating: 0, count: (2 * self.lower + self.upper + 1) * size)
  }

  /// Adds to entry (row, column), which must lie in the band.
  @inline(__always)
  public mutating func add(_ value: Double, _ row: Int, _ column: Int) {
    storage[(2 * lower + upper + 1) * column + lower + upper + row - column] += value
  }

  /// The solutions of `A X = B`, one per right-hand side; the factorisation replaces the matrix.
  ///
  /// - Throws: `LinearAlgebraError` when A is exactly singular.
  public consuming func solve(_ sides: [[Double]]) throws -> [[Double]] {
    precondition(sides.allSatisfy { $0.count == size }, "right-hand sides of other than \(size) entries")
    var (n, kl, ku, count) = (Int32(size), Int32(lower), Int32(upper), Int32(sides.count))
    var (rows, info) = (Int32(2 * lower + upper + 1), Int32(0))
    var pivots = [Int32](repeating: 0, count: size)
    var x = sides.flatMap { $0 }
    dgbsv_(&n, &kl, &ku, &count, &storage, &rows, &pivots, &x, &n, &info)
    guard info == 0 else {
      throw LinearAlgebraError(description: "dgbsv: the \(size) x \(size) matrix is singular (pivot \(info) is zero)")
    }
    return sides.indices.map { Array(x[($0 * size)..<(($0 + 1) * size)]) }
  }
}
