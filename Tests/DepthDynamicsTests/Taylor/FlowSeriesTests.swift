import Foundation
import Testing

@testable import DepthDynamics

@Suite struct FlowSeriesTests {
  private static func coefficients(_ series: FlowSeries) -> [Double] {
    (0...series.order).map { series.scaled[0][$0] / pow(series.scale, Double($0)) }
  }

  @Test func theTangentHasItsSeries() throws {
    let series = try FlowSeries(of: RiccatiField.tangent, state: [0], order: 9)
    let known = [0, 1, 0, 1.0 / 3, 0, 2.0 / 15, 0, 17.0 / 315, 0, 62.0 / 2835]
    #expect(distance(Self.coefficients(series), known) < 1e-15)
    // Lie derivatives: D x = 1 + x^2, D^3 x = 2 at 0
    #expect(distance([series.derivative(1)[0], series.derivative(3)[0]], [1, 2]) < 1e-14)
  }

  @Test func theSquareIsGeometricAtEveryOrder() throws {
    // 1/(1/h0 - t): c_n = h0^(n+1)
    let series = try FlowSeries(of: RiccatiField.square, state: [-3], order: 60)
    let ratios = Self.coefficients(series).enumerated().map { $1 / pow(-3, Double($0 + 1)) }
    #expect(ratios.allSatisfy { abs($0 - 1) < 1e-13 }, "\(ratios)")
  }

  @Test func theLogisticSeriesSumsToItsFlow() throws {
    let series = try FlowSeries(of: RiccatiField.logistic, state: [0.2], order: 60)
    for t in [-1.0, 0.4, 1.5] {
      let exact = 1 / (1 + (1 / 0.2 - 1) * exp(-t))
      #expect(abs(series.state(after: t)[0] - exact) < 1e-13)
    }
  }

  @Test func aDepthDependentFieldExpandsAboutItsStart() throws {
    // h = h0'/(1 + h0' t^2) continued from p = 0.5
    let exact = { (t: Double) in 1 / (1 + t * t) }
    let series = try FlowSeries(of: DepthRiccatiField(), depth: 0.5, state: [exact(0.5)], order: 50)
    for s in [-0.5, 0.2, 0.5] { #expect(abs(series.state(after: s)[0] - exact(0.5 + s)) < 1e-13) }
  }

  @Test func stiffRatesNeitherOverflowNorUnderflow() throws {
    let series = try FlowSeries(of: RobertsonField(), state: [1, 0, 0], order: 60)
    #expect(series.scaled.allSatisfy { $0.allSatisfy(\.isFinite) })
    let norms = series.scaledNorms
    #expect(norms.max()! <= 1 && norms.min()! > 1e-100)
    // mass is conserved by every coefficient
    for n in 1...60 {
      #expect(abs(series.scaled[0][n] + series.scaled[1][n] + series.scaled[2][n]) < 1e-14 * norms[n])
    }
  }

  @Test func aFieldThatIsNotFiniteThrows() {
    #expect(throws: IntegrationError.self) { try FlowSeries(of: RiccatiField.square, state: [1e200], order: 5) }
  }
}
