import DepthNumerics
import Foundation
import Testing

@Suite struct CalculusTests {
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
