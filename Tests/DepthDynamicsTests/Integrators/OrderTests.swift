import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

/// The order of our own fixed-step schemes, by refinement on a nonlinear field that depends on depth.
@Suite struct OrderTests {
  /// `h' = -2 t h^2`, `h(0) = 1`: `h = 1/(1 + t^2)`; and `y' = 4 y cos 4t`: `y = e^(sin 4t)`.
  struct DepthDependent: VectorField {
    var dimension: Int { 2 }
    func evaluate(depth t: Double, state h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
      result[0] = -2 * t * h[0] * h[0]
      result[1] = 4 * h[1] * cos(4 * t)
    }
  }

  /// The root mean square of the errors at depths 1/2, 1, ..., 4, each the end of an integration of its own: one depth alone
  /// can be lucky.
  private static func error(_ method: (Double) throws -> some Integrator) throws -> Double {
    let ends = (1...8).map { 0.5 * Double($0) }
    let squares = try ends.map { end in
      let problem = try InitialValueProblem(field: DepthDependent(), initialState: [1, 1], end: end)
      let error = exactError(try method(end).integrate(problem).finalState, at: end)
      return error * error
    }
    return (squares.reduce(0, +) / Double(ends.count)).squareRoot()
  }

  static func exactError(_ h: [Double], at depth: Double) -> Double {
    max(abs(h[0] - 1 / (1 + depth * depth)), abs(h[1] - exp(sin(4 * depth))))
  }

  private static func slope(_ errors: [Double]) -> Double {
    log2(errors[0] / errors[errors.count - 1]) / Double(errors.count - 1)
  }

  @Test(arguments: [(FixedStepRungeKutta.Scheme.heun, 2.0), (.rk4, 4.0)])
  func fixedStepsHaveTheirOrderBetweenStepsToo(scheme: FixedStepRungeKutta.Scheme, order: Double) throws {
    let ends = try [40, 80, 160, 320].map { count in
      try Self.error { try FixedStepRungeKutta(scheme, blocks: Int(Double(count) * $0)) }
    }
    #expect(abs(Self.slope(ends) - order) < 0.1, "\(scheme): \(ends)")
    // between steps the interpolant may not lose the order
    let between = try [161, 321, 641, 1281].map { count in
      let problem = try InitialValueProblem(field: DepthDependent(), initialState: [1, 1], end: 2)
      let depths = [0.301, 0.777, 1.009, 1.555]
      let trajectory = try FixedStepRungeKutta(scheme, blocks: count).integrate(problem, saving: depths, until: nil)
      return depths.indices.map { Self.exactError(trajectory.state($0), at: depths[$0]) }.max()!
    }
    #expect(Self.slope(between) > order - 0.2, "\(scheme): \(between)")
  }

  @Test func fixedStepsLocateEvents() throws {
    let problem = try InitialValueProblem(field: LinearDecayField(rates: [1]), initialState: [1], end: 3)
    let event = try #require(
      try FixedStepRungeKutta(.rk4, blocks: 300).integrate(
        problem, saving: [1, 2.5], until: .stateNorm(0.25, dimension: 1)
      ).event)
    #expect(abs(event.depth - log(4.0)) < 1e-9 && abs(event.state[0] - 0.25) < 1e-12)
  }

  @Test func nonFiniteStatesAreNamed() throws {
    // h' = h^2 blows up at depth 1
    struct Blowup: VectorField {
      var dimension: Int { 1 }
      func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        result[0] = state[0] * state[0]
      }
    }
    let problem = try InitialValueProblem(field: Blowup(), initialState: [1], end: 4)
    #expect(throws: IntegrationError.self) { try FixedStepRungeKutta(.rk4, blocks: 50).integrate(problem) }
    #expect(throws: InputError.self) { try FixedStepRungeKutta(.heun, blocks: 0) }
  }
}
