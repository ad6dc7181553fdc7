import DepthNumerics
import Foundation
import Testing

@Suite struct LinearAlgebraTests {
  @Test func productsMatchTheDefinition() {
    var stream = RandomStream(seed: 5)
    let (m, n, k) = (5, 7, 3)
    let (a, b) = (stream.normals(m * k), stream.normals(k * n))
    var c = [Double](repeating: 1, count: m * n)
    BLAS.multiply(rows: m, columns: n, inner: k, alpha: 2, a, .normal, b, .normal, beta: 3, into: &c)
    for i in 0..<m {
      for j in 0..<n {
        let sum = (0..<k).reduce(0.0) { $0 + a[i * k + $1] * b[$1 * n + j] }
        #expect(abs(c[i * n + j] - (2 * sum + 3)) < 1e-14)
      }
    }
    // the same product from transposed storage
    let at = (0..<(k * m)).map { a[$0 % m * k + $0 / m] }
    let bt = (0..<(n * k)).map { b[$0 % k * n + $0 / k] }
    var d = [Double](repeating: 1, count: m * n)
    BLAS.multiply(rows: m, columns: n, inner: k, alpha: 2, at, .transposed, bt, .transposed, beta: 3, into: &d)
    #expect(zip(c, d).allSatisfy { abs($0 - $1) < 1e-14 })
  }

  @Test func solvesAndRefusesSingularSystems() throws {
    let x = try LinearSystems.solve([2, 1, 1, 3], [3, 5])
    #expect(abs(x[0] - 0.8) < 1e-15 && abs(x[1] - 1.4) < 1e-15)
    #expect(throws: LinearAlgebraError.self) { try LinearSystems.solve([1, 2, 2, 4], [1, 1]) }
  }

  @Test func spectralNormOfADiagonal() {
    #expect(abs(LinearSystems.spectralNorm([3, 0, 0, 0, -5, 0], rows: 2, columns: 3) - 5) < 1e-12)
  }

  @Test func vectorTanhAndExpWithinThreeUlp() {
    var worst = (tanh: 0.0, exp: 0.0)
    let x = (-4000...4000).map { Double($0) * 0.0051 } + [1e-300, -1e-9, 1e-5, 19.99, 25, -700]
    var (t, e) = (x, x)
    VectorMath.tanh(x, into: &t, count: x.count)
    VectorMath.exp(x, into: &e, count: x.count)
    for i in x.indices {
      worst.tanh = max(worst.tanh, abs(t[i] - Foundation.tanh(x[i])) / Foundation.tanh(x[i]).ulp)
      worst.exp = max(worst.exp, abs(e[i] - Foundation.exp(x[i])) / Foundation.exp(x[i]).ulp)
    }
    #expect(worst.tanh <= 3 && worst.exp <= 3, "\(worst)")
    var nan = [Double.nan, .infinity, -.infinity]
    VectorMath.tanh(nan, into: &nan, count: 3)
    #expect(nan[0].isNaN && nan[1] == 1 && nan[2] == -1)
  }
}
