import DepthNumerics
import Testing

@Suite struct AugmentedEliminationTests {
  @Test func randomSystemsAgainstLapack() throws {
    var stream = RandomStream(seed: 5)
    for n in [1, 2, 7, 24] {
      let a = stream.uniforms(n * n).map { $0 - 0.5 }
      let sides = (0..<3).map { _ in stream.uniforms(n) }
      var rows = [Double](repeating: 0, count: n * (n + 3))
      for i in 0..<n {
        for j in 0..<n { rows[i * (n + 3) + j] = a[i * n + j] }
        for q in 0..<3 { rows[i * (n + 3) + n + q] = sides[q][i] }
      }
      #expect(AugmentedElimination.solve(&rows, size: n, width: n + 3))
      for q in 0..<3 {
        let x = try LinearSystems.solve(a, sides[q])
        let size = x.reduce(1) { max($0, abs($1)) }
        for i in 0..<n { #expect(abs(rows[i * (n + 3) + n + q] - x[i]) < 1e-11 * size) }
      }
    }
  }

  @Test func singularSystemsAreRefused() {
    var rows = [1.0, 2, 1, 2, 4, 1]
    #expect(!AugmentedElimination.solve(&rows, size: 2, width: 3))
  }
}
