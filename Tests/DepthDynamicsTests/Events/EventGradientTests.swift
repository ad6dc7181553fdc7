import Foundation
import Testing

@testable import DepthDynamics

@Suite struct EventGradientTests {
  private static var method: ERKStep {
    get throws { ERKStep(.verner, tolerances: try Tolerances(relative: 1e-12, absolute: 1e-14)) }
  }

  private static func depth(_ field: some VectorField, _ state: [Double], _ event: Event) throws
    -> Trajectory.Occurrence
  {
    let problem = try InitialValueProblem(field: field, initialState: state, end: 20)
    return try #require(try method.integrate(problem, saving: [], until: event).event)
  }

  @Test func decayMatchesItsClosedForm() throws {
    // t* = ln(h0/v)/a, so dt*/dh0 = 1/(a h0)
    let field = LinearDecayField(rates: [1.7])
    let event = Event.stateNorm(0.3, dimension: 1)
    let problem = try InitialValueProblem(field: field, initialState: [2], end: 20)
    let gradient = try EventGradient.depthGradient(
      of: event, at: Self.depth(field, [2], event), problem: problem, integrator: Self.method)
    #expect(abs(try #require(gradient)[0] - 1 / (1.7 * 2)) < 1e-8)
  }

  @Test func nonlinearFieldsMatchDifferences() throws {
    let core = TanhResidualCore(dimension: 3, width: 4, dependsOnDepth: true)
    let field = TanhResidualField(
      core: core, parameters: (0..<core.parameterCount).map { 0.6 * sin(2.1 * Double($0)) })
    let start = [0.4, -0.7, 0.2]
    let event = Event.component(0, equals: field(depth: 0, state: start)[0] > 0 ? 0.9 : -0.1)
    let problem = try InitialValueProblem(field: field, initialState: start, end: 20)
    let gradient = try #require(
      try EventGradient.depthGradient(
        of: event, at: Self.depth(field, start, event), problem: problem, integrator: Self.method))
    let step = 1e-4
    for i in 0..<3 {
      var (up, down) = (start, start)
      up[i] += step
      down[i] -= step
      let difference = try (Self.depth(field, up, event).depth - Self.depth(field, down, event).depth) / (2 * step)
      #expect(abs(gradient[i] - difference) < 1e-6 * max(1, abs(difference)))
    }
  }
}
