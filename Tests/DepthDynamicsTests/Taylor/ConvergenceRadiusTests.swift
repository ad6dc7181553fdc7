import Foundation
import Testing

@testable import DepthDynamics

@Suite struct ConvergenceRadiusTests {
  private static func radius(_ field: some TaylorField, _ state: [Double], order: Int = 40) throws -> ConvergenceRadius
  {
    try #require(ConvergenceRadius(of: FlowSeries(of: field, state: state, order: order)))
  }

  @Test(arguments: [0.25, 3.0, -2.0])
  func theSquareBlowsUpAtItsReciprocal(h0: Double) throws {
    let found = try Self.radius(RiccatiField.square, [h0])
    #expect(abs(try #require(found.radius) * abs(h0) - 1) < 1e-6, "\(found)")
    #expect(found.angle == (h0 > 0 ? 0 : Double.pi))
  }

  @Test(arguments: [0.0, 0.4, 1.5, -0.8])
  func theTangentReachesToItsNearestPole(h0: Double) throws {
    let found = try Self.radius(RiccatiField.tangent, [h0])
    let exact = min(.pi / 2 - atan(h0), .pi / 2 + atan(h0))
    #expect(abs(try #require(found.radius) / exact - 1) < 1e-3, "\(found) \(exact)")
  }

  @Test func complexPairsAreSeenWithTheirAngle() throws {
    // 1 + (1/h0 - 1) e^-t = 0 at ln(1/h0 - 1) + i pi (2k + 1)
    let found = try Self.radius(RiccatiField.logistic, [0.2])
    let exact = hypot(log(4.0), .pi)
    #expect(abs(try #require(found.radius) / exact - 1) < 0.01, "\(found) \(exact)")
    #expect(abs(found.angle - atan2(.pi, log(4.0))) < 0.02)
  }

  @Test func squareRootSingularitiesToo() throws {
    // h' = h^3: h = h0 / sqrt(1 - 2 h0^2 t), singular at 1/(2 h0^2); the exponent needs the extrapolation
    struct Cube: TaylorField {
      var dimension: Int { 1 }
      var isAutonomous: Bool { true }
      func evaluate(depth: Double, state h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        result[0] = h[0] * h[0] * h[0]
      }
      func evaluate(depth: GradedSeries, state h: [GradedSeries]) -> [GradedSeries] { [h[0] * h[0] * h[0]] }
    }
    let found = try Self.radius(Cube(), [0.5])
    #expect(abs(try #require(found.radius) / 2 - 1) < 0.005, "\(found)")
  }

  @Test func entireFlowsHaveNone() throws {
    #expect(try Self.radius(LinearDecayField(rates: [3]), [2]).radius == nil)
    #expect(try Self.radius(LinearDecayField(rates: [1, 20]), [1, 1]).radius == nil)
    #expect(try Self.radius(AffineField.autonomous, [1, -1]).radius == nil)
    // at rest
    #expect(try Self.radius(RiccatiField.logistic, [1]).radius == nil)
  }

  @Test func imbeddedNetworksReachFurtherThanTheSeries() throws {
    // ahead 1; behind the root of ln y = 1 + 1/y
    let ahead = try Self.radius(RiccatiField.square, [1])
    #expect(ahead.imbeddedNetworkConverges(over: 0.99) && !ahead.imbeddedNetworkConverges(over: 1.02))
    let behind = try Self.radius(RiccatiField.square, [-1])
    #expect(behind.imbeddedNetworkConverges(over: 3.58) && !behind.imbeddedNetworkConverges(over: 3.60))
    let entire = try Self.radius(LinearDecayField(rates: [1]), [1])
    #expect(entire.imbeddedNetworkConverges(over: 1000))
  }

  @Test func shortSeriesAreRefused() throws {
    #expect(ConvergenceRadius(of: try FlowSeries(of: RiccatiField.square, state: [1], order: 10)) == nil)
  }
}
