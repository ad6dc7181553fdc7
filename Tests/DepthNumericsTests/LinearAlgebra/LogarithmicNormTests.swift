import DepthNumerics
import Foundation
import Testing

@Suite struct LogarithmicNormTests {
  private static func random(_ count: Int, seed: UInt64) -> [Double] {
    var stream = RandomStream(seed: seed)
    return stream.normals(count)
  }

  /// `A^T A`.
  private static func gram(_ a: [Double], _ n: Int) -> [Double] {
    (0..<(n * n)).map { index in
      (0..<n).reduce(0.0) { $0 + a[index / n * n + $1] * a[index % n * n + $1] }
    }
  }

  @Test func eigenvaluesOfTheDiscreteLaplacian() throws {
    // 2 - 2 cos(pi k / (n + 1))
    let n = 12
    var matrix = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      matrix[i * n + i] = 2
      if i + 1 < n {
        matrix[i * n + i + 1] = -1
        matrix[(i + 1) * n + i] = -1
      }
    }
    let values = try SymmetricEigenvalues.ascending(matrix, count: n)
    for k in 1...n { #expect(abs(values[k - 1] - (2 - 2 * cos(Double.pi * Double(k) / Double(n + 1)))) < 1e-13) }
    #expect(abs(SymmetricEigenvalues.largest(destroying: &matrix, count: n) - values[n - 1]) < 1e-13)
    #expect(throws: LinearAlgebraError.self) { try SymmetricEigenvalues.ascending([1, .nan, 0, 1], count: 2) }
    var bad = [Double](repeating: .nan, count: 9)
    #expect(SymmetricEigenvalues.largest(destroying: &bad, count: 3).isNaN)
  }

  @Test func smallMatricesTakeTheSameValuesAsLAPACK() throws {
    for seed in 0..<20 as Range<UInt64> {
      let a = Self.random(3, seed: seed)
      var matrix = [a[0], a[1], a[1], a[2]]
      let expected = try SymmetricEigenvalues.ascending(matrix, count: 2)[1]
      #expect(abs(SymmetricEigenvalues.largest(destroying: &matrix, count: 2) - expected) < 1e-14)
    }
  }

  @Test(arguments: LogarithmicNorm.allCases)
  func theDefinitionIsTheDerivativeOfTheOperatorNorm(norm: LogarithmicNorm) throws {
    let n = 5
    for seed in 0..<5 as Range<UInt64> {
      let a = Self.random(n * n, seed: seed)
      let step = 1e-7
      // I + s A, column-major
      let moved = (0..<(n * n)).map { step * a[$0] + ($0 / n == $0 % n ? 1 : 0) }
      let operatorNorm: Double =
        switch norm {
        case .one: (0..<n).map { j in (0..<n).reduce(0) { $0 + abs(moved[j * n + $1]) } }.max()!
        case .infinity: (0..<n).map { i in (0..<n).reduce(0) { $0 + abs(moved[$1 * n + i]) } }.max()!
        case .two: try SymmetricEigenvalues.ascending(Self.gram(moved, n), count: n)[n - 1].squareRoot()
        }
      let difference = (operatorNorm - 1) / step
      #expect(abs(norm.value(a, count: n) - difference) < 2e-5, "\(norm), seed \(seed)")
    }
  }

  @Test func theIdentityHasOneAndASkewMatrixZero() {
    let identity = (0..<16).map { $0 / 4 == $0 % 4 ? 1.0 : 0 }
    for norm in LogarithmicNorm.allCases { #expect(norm.value(identity, count: 4) == 1) }
    #expect(abs(LogarithmicNorm.two.value([0, 3, -3, 0], count: 2)) < 1e-15)
    #expect(LogarithmicNorm.one.value([-1, 2, 0, -4], count: 2) == 1)
    #expect(LogarithmicNorm.infinity.value([-1, 2, 0, -4], count: 2) == -1)
    #expect(LogarithmicNorm.two.value([Double](repeating: .nan, count: 9), count: 3).isNaN)
    #expect(LogarithmicNorm.one.norm([1, -2], count: 2) == 3 && LogarithmicNorm.infinity.norm([1, -2], count: 2) == 2)
  }

  @Test func orthonormalColumnsAndTheDiagonalKeepTheDeterminant() {
    let n = 6
    var columns = Self.random(n * n, seed: 9)
    // two nearly dependent columns: one pass alone would lose orthogonality
    for i in 0..<n { columns[n + i] = columns[i] + 1e-9 * columns[n + i] }
    let original = columns
    var diagonal = [Double](repeating: 0, count: n)
    let share = GramSchmidt.orthonormalize(&columns, rows: n, count: n, diagonal: &diagonal)
    #expect(share < 1e-8 && share > 1e-11)
    for i in 0..<n {
      for j in 0..<n {
        let dot = (0..<n).reduce(0.0) { $0 + columns[i * n + $1] * columns[j * n + $1] }
        #expect(abs(dot - (i == j ? 1 : 0)) < 1e-14)
      }
      // A's columns lie in the span of the first ones: R_ii = q_i . a_i
      let entry = (0..<n).reduce(0.0) { $0 + columns[i * n + $1] * original[i * n + $1] }
      #expect(abs(entry - diagonal[i]) < 1e-14 * 10)
    }
    var zero = [1.0, 0, 0, 0]
    #expect(GramSchmidt.orthonormalize(&zero, rows: 2, count: 2, diagonal: &diagonal) == 0 && diagonal[1] == 0)
  }
}
