import DepthNumerics
import Foundation
import Testing

@Suite struct ChebyshevSeriesTests {
  @Test(arguments: [1, 2, 9, 40], [1, 15, 16, 37])
  func valuesAndTheirTranspose(degree: Int, count: Int) {
    var stream = RandomStream(seed: UInt64(degree * 100 + count))
    let x = stream.uniforms(count).map { 2 * $0 - 1 }
    let c = stream.uniforms(degree).map { $0 - 0.5 }
    let g = stream.uniforms(count).map { $0 - 0.5 }
    var values = [Double](repeating: .nan, count: count)
    ChebyshevSeries.values(c, degree, at: x, into: &values, count: count)
    for k in 0..<count {
      let exact = c.indices.reduce(0.0) { $0 + c[$1] * cos(Double($1) * acos(x[k])) }
      #expect(abs(values[k] - exact) < 1e-13)
    }
    var moments = [Double](repeating: .nan, count: degree)
    ChebyshevSeries.moments(g, at: x, count: count, into: &moments, degree)
    for j in 0..<degree {
      let exact = g.indices.reduce(0.0) { $0 + g[$1] * cos(Double(j) * acos(x[$1])) }
      #expect(abs(moments[j] - exact) < 1e-13)
    }
  }

  @Test func coefficientsInterpolate() {
    let n = 24
    let nodes = (0...n).map { -cos(.pi * Double($0) / Double(n)) }
    let matrix = ChebyshevSeries.coefficientMatrix(degree: n)
    let c = (0...n).map { i in (0...n).reduce(0.0) { $0 + matrix[i * (n + 1) + $1] * exp(nodes[$1]) } }
    let x = [-1, -0.3, 0.2, 0.9, 1]
    var values = [Double](repeating: 0, count: x.count)
    ChebyshevSeries.values(c, n + 1, at: x, into: &values, count: x.count)
    for (x, value) in zip(x, values) { #expect(abs(value - exp(x)) < 1e-14) }
  }

  // int_0^1 z^-1/2 = 2, int_0^1 ln z = -1, and the end at 1 by complements
  @Test func doubleExponentialRuleTakesSingularEnds() {
    let rule = DoubleExponentialRule(count: 101, reach: 3.6)
    func integral(_ f: (Double, Double) -> Double) -> Double {
      rule.nodes.indices.reduce(0.0) { $0 + rule.weights[$1] * f(rule.nodes[$1], rule.complements[$1]) }
    }
    #expect(abs(integral { _, _ in 1 } - 1) < 1e-15)
    #expect(abs(integral { z, _ in log(z) } + 1) < 1e-14)
    #expect(abs(integral { _, c in log(c) } + 1) < 1e-14)
    #expect(abs(integral { z, c in sqrt(z) * sqrt(c) } - .pi / 8) < 1e-15)
    #expect(abs(integral { z, _ in exp(-3 * z) } + expm1(-3) / 3) < 1e-15)
    let coarse = DoubleExponentialRule(count: 21, reach: 3)
    #expect(abs(zip(coarse.weights, coarse.nodes).reduce(0) { $0 + $1.0 * $1.1 } - 0.5) < 1e-10)
  }
}
