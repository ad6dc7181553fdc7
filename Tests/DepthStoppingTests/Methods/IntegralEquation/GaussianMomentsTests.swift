import DepthNumerics
import Foundation
import Testing

@testable import DepthStopping

/// Polynomial pieces and what a Gaussian step makes of them.
@Suite struct GaussianMomentsTests {
  private static func cubic(_ x: Double) -> Double { 0.3 - 1.7 * x + 0.25 * x * x * x }

  @Test func piecesAreRecognised() throws {
    let piece = try #require(PolynomialPiece(Self.cubic, from: -.infinity, to: .infinity, reach: 2))
    for x in [-40.0, -1, 0, 0.3, 17] {
      #expect(abs(piece.value(x) - Self.cubic(x)) <= 1e-13 * (0.3 + 1.7 * abs(x) + 0.25 * abs(x * x * x)))
    }
    #expect(PolynomialPiece({ exp($0) }, from: -1, to: 1, reach: 1) == nil)
    #expect(PolynomialPiece({ abs($0) }, from: -1, to: 1, reach: 1) == nil)
    #expect(PolynomialPiece({ pow($0, 6) }, from: -1, to: 1, reach: 1) == nil)
    #expect(PolynomialPiece({ 1 / $0 }, from: 0, to: .infinity, reach: 1) == nil)
  }

  /// (x - 1)(x + 2)(x - 0.3)(x^2 + 1), and a double root, which is no change of sign.
  @Test func signChangesAreTheRootsOfOddOrder() throws {
    func product(_ x: Double) -> Double {
      let linear: Double = (x - 1) * (x + 2) * (x - 0.3)
      return linear * (x * x + 1)
    }
    let quintic = try #require(PolynomialPiece(product, from: -.infinity, to: .infinity, reach: 3))
    let roots = quintic.signChanges
    #expect(roots.count == 3)
    for (found, exact) in zip(roots, [-2, 0.3, 1]) { #expect(abs(found - exact) < 1e-12) }
    let square = try #require(PolynomialPiece({ $0 * $0 + 1e-9 }, from: -1, to: 1, reach: 1))
    #expect(square.signChanges.isEmpty)
  }

  /// The integral against quadrature of 60 nodes, its derivatives against differences.
  @Test(arguments: [(-1.0, 0.7), (-Double.infinity, 0.2), (0.1, .infinity), (2.5, 3)])
  func integralsAndDerivatives(lower: Double, upper: Double) throws {
    let piece = try #require(PolynomialPiece(Self.cubic, from: -.infinity, to: .infinity, reach: 2))
    let (decay, deviation) = (0.8, 0.35)
    func jet(_ x: Double) -> GaussianJet {
      GaussianStep(mean: 0.1 + decay * x, decay: decay, deviation: deviation).integral(piece, from: lower, to: upper)
    }
    let x = 0.4
    let mean = 0.1 + decay * x
    let rule = GaussLegendreRule(count: 60)
    let exact = rule.integrate(from: max(lower, mean - 5), to: min(upper, mean + 5)) { y in
      Self.cubic(y) * NormalLaw.density((y - mean) / deviation) / deviation
    }
    let found = jet(x)
    #expect(abs(found.value - exact) < 1e-13)
    let h = 1e-4
    let (low, high) = (jet(x - h), jet(x + h))
    #expect(abs((high.value - low.value) / (2 * h) - found.slope) < 1e-6)
    #expect(abs((high.slope - low.slope) / (2 * h) - found.bend) < 1e-6)
  }
}
