import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct TaylorIntegratorTests {
  @Test func closedFormsToRounding() throws {
    let method = try TaylorIntegrator()
    let tangent = try method.integrate(
      InitialValueProblem(field: RiccatiField.tangent, initialState: [0], end: 1.5), saving: [0, 0.7, 1.5], until: nil)
    for (k, t) in [0, 0.7, 1.5].enumerated() { #expect(abs(tangent.state(k)[0] - tan(t)) < 3e-13) }
    let decay = try method.integrate(
      InitialValueProblem(field: LinearDecayField(rates: [1, 3]), initialState: [1, 2], end: 4))
    #expect(abs(decay.finalState[0] - exp(-4)) < 1e-14 && abs(decay.finalState[1] - 2 * exp(-12)) < 1e-14)
    let pole = try method.integrate(
      InitialValueProblem(field: DepthRiccatiField(), initialState: [1], end: 3), saving: [0.5, 3], until: nil)
    #expect(abs(pole.state(0)[0] - 0.8) < 1e-14 && abs(pole.state(1)[0] - 0.1) < 1e-14)
  }

  @Test func anIndependentMethodAgrees() throws {
    let reference = ERKStep(.fehlberg, tolerances: try Tolerances(relative: 3e-14, absolute: 1e-15))
    let fields: [(any TaylorField, [Double], Double)] = [
      (LorenzField(), [1, 1, 1], 5), (VanDerPolField(mu: 2), [2, 0], 10), (SpiralField(), [2, 0], 5),
      (TestNetworks.tanh(dimension: 3, width: 5, dependsOnDepth: true), [0.4, -0.3, 0.8], 3),
      (
        BlockwiseField(
          blocks: [0.5, 0.9, 0.7].map { TestNetworks.tanh(dimension: 2, width: 3, dependsOnDepth: false, size: $0) },
          blockSize: 0.25), [0.4, 0.2], 0.75
      ),
    ]
    for (field, x, end) in fields { try Self.compare(field, x, end, reference) }
  }

  private static func compare(
    _ field: some TaylorField, _ x: [Double], _ end: Double, _ reference: some Integrator
  ) throws {
    let problem = try InitialValueProblem(field: field, initialState: x, end: end)
    let (a, b) = (try TaylorIntegrator().integrate(problem), try reference.integrate(problem))
    #expect(distance(a.finalState, b.finalState) < 2e-10, "\(field) \(distance(a.finalState, b.finalState))")
    #expect(a.statistics.steps < b.statistics.steps)
  }

  @Test func theToleranceIsKept() throws {
    for tolerance in [1e-5, 1e-8, 1e-11] {
      let problem = try InitialValueProblem(field: RiccatiField.logistic, initialState: [0.01], end: 10)
      let exact = 1 / (1 + 99 * exp(-10.0))
      let error = abs(try TaylorIntegrator(tolerance: tolerance).integrate(problem).finalState[0] - exact)
      #expect(error < 20 * tolerance, "\(error) at \(tolerance)")
    }
  }

  @Test func whatItCannotDoItSays() throws {
    struct Plain: VectorField {
      var dimension: Int { 1 }
      func evaluate(depth: Double, state h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        result[0] = h[0]
      }
    }
    let method = try TaylorIntegrator()
    #expect(throws: InputError.self) {
      try method.integrate(InitialValueProblem(field: Plain(), initialState: [1], end: 1))
    }
    let square = try InitialValueProblem(field: RiccatiField.square, initialState: [1], end: 2)
    // 1/(1 - t) meets 3 at 2/3
    let event = try method.integrate(square, saving: [2], until: .component(0, equals: 3)).event
    #expect(abs(try #require(event).depth - 2.0 / 3) < 1e-14)
    // h' = h^2 from 1 does not exist beyond depth 1
    #expect(throws: IntegrationError.self) { try method.integrate(square) }
    #expect(throws: InputError.self) { try TaylorIntegrator(tolerance: 0) }
  }
}
