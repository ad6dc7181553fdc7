import DepthNumerics
import Foundation
import Testing

@Suite struct ChebyshevDifferentiationTests {
  @Test func differentiatesSpectrally() {
    func errors(_ n: Int) -> (Double, Double, Double) {
      let rule = ChebyshevDifferentiation(degree: n)
      let values = rule.nodes.map { exp(sin(3 * $0)) }
      var (first, second) = (0.0, 0.0)
      for (i, x) in rule.nodes.enumerated() {
        let (s, c, f) = (sin(3 * x), cos(3 * x), exp(sin(3 * x)))
        let d = (0...n).reduce(0) { $0 + rule.first[i * (n + 1) + $1] * values[$1] }
        let dd = (0...n).reduce(0) { $0 + rule.second[i * (n + 1) + $1] * values[$1] }
        first = max(first, abs(d - 3 * c * f))
        second = max(second, abs(dd - 9 * (c * c - s) * f))
      }
      return (first, second, abs(rule.evaluate(values, at: 0.37) - exp(sin(1.11))))
    }
    let (coarse, fine) = (errors(8), errors(24))
    #expect(coarse.0 > 1e-3 && fine.0 < 1e-10 && fine.1 < 1e-6 && fine.2 < 1e-13, "\(coarse) \(fine)")
  }
}
