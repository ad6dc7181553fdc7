import DepthNumerics
import Foundation
import Testing

@Suite struct VectorMathTests {
  // against libm's erfc in 80-bit arithmetic, tails included; lengths that leave a remainder
  @Test func normalDistributionFunctionToSixUnits() {
    var stream = RandomStream(seed: 3)
    var x = stream.uniforms(20_003).map { 76 * $0 - 38 } + stream.uniforms(10_000).map { 4 * $0 - 2 }
    x += [0, -0.0, 5, -5, 1e-300, 36, -37.5, 40]
    var y = [Double](repeating: .nan, count: x.count)
    VectorMath.normalCDF(x, into: &y, count: x.count)
    for (x, y) in zip(x, y) {
      let exact = Double(0.5 * erfc(-Float80(x) * Float80(0.5).squareRoot()))
      guard exact > 1e-300 else { continue }
      #expect(abs(y - exact) <= 6 * exact.ulp, "Phi(\(x)) = \(y), exact \(exact)")
    }
    var edges = [Double.nan, .infinity, -.infinity, -39]
    VectorMath.normalCDF(edges, into: &edges, count: edges.count)
    #expect(edges[0].isNaN && edges[1] == 1 && edges[2] < 1e-300 && edges[3] < 1e-300)
  }

  @Test func oneArgumentAtATime() {
    for x in [-8, -1.5, 0, 0.3, 4] {
      #expect(abs(NormalLaw.cdf(x) + NormalLaw.cdf(-x) - 1) < 1e-15)
      let slope = (NormalLaw.cdf(x + 1e-4) - NormalLaw.cdf(x - 1e-4)) / 2e-4
      #expect(abs(slope - NormalLaw.density(x)) < 2e-9)
    }
  }
}
