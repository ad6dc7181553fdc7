/// A norm on R^n and the logarithmic norm (matrix measure) that belongs to it:
/// `mu(A) = lim_{s -> 0+} (||I + s A|| - 1) / s`.
///
/// `one`: `max_j (a_jj + sum_{i != j} |a_ij|)`; `two`: the largest eigenvalue of `(A + A^T) / 2`; `infinity`:
/// `max_i (a_ii + sum_{j != i} |a_ij|)`. It is convex and may be negative: `||e^(tA)|| <= e^(t mu(A))`.
/// Source: Dahlquist (1958); Söderlind, "The logarithmic norm: history and modern theory", BIT 46 (2006).
public enum LogarithmicNorm: String, CaseIterable, Sendable {
  case one, two, infinity

  /// `mu(A)` of an n x n matrix, column-major. O(n^2); O(n^3) for `two`. NaN when an entry is.
  public func value(_ columns: UnsafePointer<Double>, count n: Int) -> Double {
    switch self {
    case .one: Self.largest(n) { i, j in columns[j * n + i] }
    case .infinity: Self.largest(n) { i, j in columns[i * n + j] }
    case .two:
      withUnsafeTemporaryAllocation(of: Double.self, capacity: n * n) { symmetric in
        for j in 0..<n {
          for i in 0..<n { symmetric[j * n + i] = 0.5 * (columns[j * n + i] + columns[i * n + j]) }
        }
        return SymmetricEigenvalues.largest(destroying: symmetric.baseAddress!, count: n)
      }
    }
  }

  /// The norm of a vector.
  public func norm(_ vector: UnsafePointer<Double>, count n: Int) -> Double {
    switch self {
    case .one: (0..<n).reduce(0) { $0 + abs(vector[$1]) }
    case .two: BLAS.norm(n, vector)
    case .infinity: (0..<n).reduce(0) { max($0, abs(vector[$1])) }
    }
  }

  /// `max_j (a_jj + sum_{i != j} |a_ij|)`.
  @inline(__always)
  private static func largest(_ n: Int, _ entry: (Int, Int) -> Double) -> Double {
    var result = -Double.infinity
    for j in 0..<n {
      var sum = entry(j, j)
      for i in 0..<n where i != j { sum += abs(entry(i, j)) }
      if sum.isNaN { return .nan }
      result = max(result, sum)
    }
    return result
  }
}
