import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct GradedSeriesTests {
  /// One element of each algebra, value positive, other parts arbitrary.
  private static func samples() throws -> [GradedSeries] {
    let algebras = [
      GradedAlgebra.univariate(order: 9), try JetAlgebra(dimension: 2, order: 6).algebra, GradedAlgebra.nilpotent(5),
    ]
    return algebras.map { algebra in
      GradedSeries(
        coefficients: (0..<algebra.count).map { $0 == 0 ? 0.7 : 0.6 * sin(1.7 * Double($0) + 0.3) }, in: algebra)
    }
  }

  private static func gap(_ a: GradedSeries, _ b: GradedSeries) -> Double {
    let size = (a.coefficients + b.coefficients).map { abs($0) }.max()!
    return distance(a.coefficients, b.coefficients) / max(1, size)
  }

  @Test func functionsObeyTheirIdentitiesInEveryAlgebra() throws {
    for a in try Self.samples() {
      let one = GradedSeries(1, in: a.algebra)
      let (sine, cosine) = a.sineAndCosine
      let exponential = a.exponential
      #expect(Self.gap(sine * sine + cosine * cosine, one) < 1e-14)
      #expect(Self.gap(exponential.logarithm, a) < 1e-13)
      #expect(Self.gap(exponential * (-a).exponential, one) < 1e-13)
      #expect(Self.gap((a / exponential) * exponential, a) < 1e-13)
      #expect(Self.gap(a.power(0.5) * a.power(0.5), a) < 1e-13)
      #expect(Self.gap(a.power(3), a * a * a) < 1e-13)
      #expect(Self.gap(a.power(-1), one / a) < 1e-13)
      // tanh a = (e^2a - 1) / (e^2a + 1)
      let double = (2 * a).exponential
      #expect(Self.gap(a.hyperbolicTangent, (double - one) / (double + one)) < 1e-13)
    }
  }

  @Test func seriesInOneVariableAreTheKnownOnes() {
    let algebra = GradedAlgebra.univariate(order: 7)
    let x = GradedSeries(coefficients: [0, 1, 0, 0, 0, 0, 0, 0], in: algebra)
    #expect(distance(x.hyperbolicTangent.coefficients, [0, 1, 0, -1 / 3, 0, 2 / 15, 0, -17 / 315]) < 1e-16)
    let logarithm = (x + 1).logarithm.coefficients
    #expect(distance(logarithm, [0, 1, -1 / 2, 1 / 3, -1 / 4, 1 / 5, -1 / 6, 1 / 7]) < 1e-16)
    let geometric = GradedSeries(1, in: algebra) / (1 - x)
    #expect(geometric.coefficients == [Double](repeating: 1, count: 8))
  }

  @Test func jetsDifferentiate() throws {
    // phi = x^2 y about (2, 3): derivatives 2xy, x^2, 2y, 2x, 0, 2
    let jets = try JetAlgebra(dimension: 2, order: 4)
    let x = jets.coordinates(at: [2, 3])
    let phi = x[0] * x[0] * x[1]
    let (byX, byY) = (jets.derivative(of: phi, by: 0), jets.derivative(of: phi, by: 1))
    #expect([phi.value, byX.value, byY.value] == [12, 12, 4])
    #expect(jets.gradient(of: phi) == [12, 4])
    #expect(jets.derivative(of: byX, by: 0).value == 6 && jets.derivative(of: byX, by: 1).value == 4)
    #expect(jets.derivative(of: byY, by: 1).value == 0)
    #expect(jets.derivative(of: jets.derivative(of: byX, by: 0), by: 1).value == 2)
  }

  @Test func jetsAreLimitedByTheirTable() {
    #expect(JetAlgebra.largestOrder(dimension: 1, wanted: 40) == 40)
    #expect(JetAlgebra.largestOrder(dimension: 2, wanted: 24) == 24)
    #expect(JetAlgebra.largestOrder(dimension: 7, wanted: 24) == 6)
    #expect(throws: InputError.self) { try JetAlgebra(dimension: 16, order: 8) }
  }
}
