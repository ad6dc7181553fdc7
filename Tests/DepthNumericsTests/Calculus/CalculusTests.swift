import DepthNumerics
import Foundation
import Testing

@Suite struct CalculusTests {
  @Test func chebyshevIntegratesToRounding() {
    let rule = ChebyshevPanel(degree: 24)
    let values = rule.nodes.map { exp($0) * sin(3 * $0) }
    // primitive of e^x sin 3x is e^x (sin 3x - 3 cos 3x)/10
    func primitive(_ x: Double) -> Double { exp(x) * (sin(3 * x) - 3 * cos(3 * x)) / 10 }
    for (node, integral) in zip(rule.nodes, rule.integrals(values, length: 2)) {
      #expect(abs(integral - (primitive(node) - primitive(-1))) < 1e-14)
    }
    #expect(abs(rule.evaluate(values, at: 0.3) - exp(0.3) * sin(0.9)) < 1e-14)
    #expect(rule.tail(values) < 1e-14)
    #expect(rule.tail(rule.nodes.map { abs($0) }) > 1e-4)
  }

  @Test(arguments: [1.0, -1.0])
  func linearFlowMatchesItsClosedForm(direction: Double) throws {
    // u' = -p u - q with p = 2x, q = -2x: u = 1 + (u0 - 1) e^(x0^2 - x^2)
    var flow = LinearFlow(
      rule: ChebyshevPanel(degree: 24), start: direction * 0.5, value: 3, length: 0.2, p: { 2 * $0 }, q: { -2 * $0 })
    while flow.end != direction * 4 { try flow.advance(towards: direction * 4) }
    for x in [0.6, 1, 2, 3.9].map({ direction * $0 }) {
      let exact = 1 + 2 * exp(0.25 - x * x)
      #expect(abs(flow.value(at: x) - exact) < 1e-13)
      let integral =
        direction * (abs(x) - 0.5) + direction * exp(0.25) * Double.pi.squareRoot() * (erf(abs(x)) - erf(0.5))
      #expect(abs(flow.integral(at: x) - integral) < 1e-13)
    }
  }

  @Test func brentFindsRootsAndRefusesNonsense() throws {
    #expect(abs(try RootFinding.brent(lower: 0, upper: 2) { cos($0) } - Double.pi / 2) < 1e-15)
    #expect(throws: RootFindingError.self) { try RootFinding.brent(lower: 0, upper: 1) { $0 + 1 } }
    #expect(throws: RootFindingError.self) { try RootFinding.brent(lower: 0, upper: 1) { _ in .nan } }
  }

  // erfcx: Abramowitz and Stegun, table 7.1 and asymptotics; values by 30-digit arithmetic (mpmath.erfc * exp)
  @Test(arguments: [
    (0.0, 1.0), (0.5, 0.6156903441929258), (1.0, 0.427583576155807), (5.0, 0.11070463773306863),
    (30.0, 0.018795888861416751),
  ])
  func erfcx(x: Double, expected: Double) {
    #expect(abs(SpecialFunctions.erfcx(x) - expected) < 1e-14 * expected)
  }

  @Test func gaussLegendreIsOfOrderTwenty() {
    let exact = sin(3.0) / 3
    let errors = [1, 2].map { abs(Quadrature.gaussLegendre(from: 0, to: 1, panels: $0) { cos(3 * $0) } - exact) }
    #expect(errors[1] < 1e-15)
    let coarse = [1, 2].map { panels in
      abs(Quadrature.gaussLegendre(from: 0, to: 30, panels: panels) { cos($0) } - sin(30.0))
    }
    #expect(coarse[1] < coarse[0] / 1000)
  }
}
