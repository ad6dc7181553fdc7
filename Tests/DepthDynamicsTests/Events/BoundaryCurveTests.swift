import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct BoundaryCurveTests {
  @Test(arguments: BoundaryCurve.Interpolation.allCases)
  func theTableIsMetAndTheEndsAreConstant(interpolation: BoundaryCurve.Interpolation) throws {
    let (depths, values) = ([0, 1, 3, 4.0], [2, 1, 0.5, 0.5])
    let curve = try BoundaryCurve(depths: depths, values: values, interpolation: interpolation)
    for (depth, value) in zip(depths, values) { #expect(abs(curve.value(at: depth) - value) < 1e-15) }
    #expect(curve.value(at: -1) == 2 && curve.value(at: 9) == 0.5 && curve.slope(at: 9) == 0)
    // falls wherever the table falls, and the slope is the value's derivative
    var last = 2.0
    for depth in stride(from: 0.013, to: 4, by: 0.05) {
      let value = curve.value(at: depth)
      #expect(value <= last + 1e-15)
      last = value
      let difference = (curve.value(at: depth + 1e-6) - curve.value(at: depth - 1e-6)) / 2e-6
      #expect(abs(curve.slope(at: depth) - difference) < 1e-8)
    }
  }

  @Test func interpolationHasItsOrder() throws {
    func error(_ count: Int, _ interpolation: BoundaryCurve.Interpolation) throws -> Double {
      let depths = (0...count).map { Double($0) / Double(count) }
      let curve = try BoundaryCurve(depths: depths, values: depths.map { exp(-2 * $0) }, interpolation: interpolation)
      return (0..<500).map { abs(curve.value(at: Double($0) / 500) - exp(-Double($0) / 250)) }.max()!
    }
    #expect(abs(log2(try error(40, .linear) / error(80, .linear)) - 2) < 0.1)
    #expect(log2(try error(40, .monotoneCubic) / error(80, .monotoneCubic)) > 2.9)
  }

  @Test func statesMeetTheirBoundary() throws {
    // e^-t comes down to b = 0.2 + t/2
    let problem = try InitialValueProblem(field: LinearDecayField(rates: [1]), initialState: [1], end: 1.5)
    let curve = try BoundaryCurve(depths: [0, 1], values: [0.2, 0.7])
    let method = CVODE(.adams, tolerances: try Tolerances(relative: 1e-11, absolute: 1e-13))
    for coordinate in [Event.Coordinate.component(0), .stateNorm] {
      let event = Event.haltingBoundary(coordinate, meets: curve, dimension: 1, direction: .falling)
      let found = try #require(try method.integrate(problem, saving: [], events: [event]).event)
      #expect(abs(exp(-found.depth) - (0.2 + 0.5 * found.depth)) < 1e-10)
      var gradient = [0.0]
      let differential = try #require(event.differential)
      let rate = differential(0.4, [0.9], &gradient)
      #expect(abs(rate + 0.5) < 1e-15 && gradient == [1])
    }
  }

  @Test func nonsenseIsRefused() {
    #expect(throws: InputError.self) { try BoundaryCurve(depths: [], values: []) }
    #expect(throws: InputError.self) { try BoundaryCurve(depths: [0, 0], values: [1, 1]) }
    #expect(throws: InputError.self) { try BoundaryCurve(depths: [0, 1], values: [1, .nan]) }
    #expect(throws: InputError.self) { try BoundaryCurve(depths: [0, 1], values: [1]) }
  }
}
