import DepthNumerics
import Testing

@Suite struct BandMatrixTests {
  @Test func agreesWithTheDenseSolve() throws {
    var stream = RandomStream(seed: 71)
    for (n, lower, upper) in [(1, 0, 0), (6, 1, 2), (40, 7, 3), (25, 30, 30)] {
      var band = BandMatrix(size: n, lower: lower, upper: upper)
      var dense = [Double](repeating: 0, count: n * n)
      for i in 0..<n {
        for j in max(0, i - lower)...min(n - 1, i + upper) {
          let value = stream.uniforms(1)[0] - 0.5 + (i == j ? 2 : 0)
          band.add(value, i, j)
          dense[i * n + j] += value
        }
      }
      let sides = [stream.uniforms(n), stream.uniforms(n)]
      for (x, side) in zip(try band.solve(sides), sides) {
        for (a, b) in zip(x, try LinearSystems.solve(dense, side)) { #expect(abs(a - b) < 1e-12 * max(1, abs(b))) }
      }
    }
  }

  @Test func singularMatricesAreRefused() {
    #expect(throws: LinearAlgebraError.self) { try BandMatrix(size: 3, lower: 1, upper: 1).solve([[1, 1, 1]]) }
  }
}
