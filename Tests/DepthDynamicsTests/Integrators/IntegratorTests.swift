import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct IntegratorTests {
  private static func adaptive(_ relative: Double) throws -> [any Integrator] {
    let tolerances = try Tolerances(relative: relative, absolute: relative / 100)
    return [
      CVODE(.adams, tolerances: tolerances), CVODE(.bdf, tolerances: tolerances), ERKStep(tolerances: tolerances),
    ]
  }

  @Test(arguments: [1e-4, 1e-6, 1e-8, 1e-10, 1e-12])
  func flowDecayMeetsItsTolerance(tolerance: Double) throws {
    let problem = try InitialValueProblem(field: LinearDecayField(rates: [1]), initialState: [1], end: 1)
    for method in try Self.adaptive(tolerance) {
      let trajectory = try method.integrate(problem, saving: [0.25, 0.5, 1], until: nil)
      for index in 0..<3 {
        let exact = exp(-trajectory.depths[index])
        #expect(abs(trajectory.state(index)[0] - exact) < 2 * tolerance * exact, "\(method.name)")
      }
      #expect(trajectory.statistics.steps > 0 && trajectory.statistics.evaluations > 0)
    }
  }

  @Test func eulerIsTheResidualNetwork() throws {
    let problem = try InitialValueProblem(field: LinearDecayField(rates: [1]), initialState: [1], end: 1)
    let trajectory = try Euler(blocks: 8).integrate(problem, saving: (0...8).map { Double($0) / 8 }, until: nil)
    for k in 0...8 { #expect(abs(trajectory.state(k)[0] - pow(1 - 1.0 / 8, Double(k))) < 1e-15) }
  }

  @Test func stiffFieldsNeedFewStepsWithBDF() throws {
    let problem = try InitialValueProblem(field: RobertsonField(), initialState: [1, 0, 0], end: 1e5)
    let bdf = CVODE(.bdf, tolerances: try Tolerances(relative: 1e-8, absolute: 1e-14))
    let trajectory = try bdf.integrate(problem)
    let h = trajectory.finalState
    #expect(abs(h[0] + h[1] + h[2] - 1) < 1e-8)  // the sum is conserved
    #expect(trajectory.statistics.steps < 5000 && trajectory.statistics.jacobianEvaluations > 0)
  }

  @Test func eventsAreLocatedToTolerance() throws {
    // |h| = e^-t meets 1/3 at t = ln 3
    let problem = try InitialValueProblem(field: LinearDecayField(rates: [1]), initialState: [1], end: 5)
    for method in try Self.adaptive(1e-10) {
      let event = try #require(
        try method.integrate(problem, saving: [0.5, 3], until: .stateNorm(1.0 / 3, dimension: 1)).event)
      #expect(abs(event.depth - log(3.0)) < 1e-9, "\(method.name)")
      #expect(abs(event.state[0] - 1.0 / 3) < 1e-9)
    }
    let halted = try CVODE(.adams, tolerances: Tolerances(relative: 1e-10, absolute: 1e-12)).integrate(
      problem, saving: [], until: .fieldNorm(0.5, of: problem.field))
    #expect(abs(try #require(halted.event).depth - log(2.0)) < 1e-8)
  }

  @Test func missedEventsAreNil() throws {
    let problem = try InitialValueProblem(field: LinearDecayField(rates: [1]), initialState: [1], end: 1)
    for method in try Self.adaptive(1e-8) + [Euler(blocks: 10)] {
      #expect(try method.integrate(problem, saving: [1], until: .stateNorm(0.1, dimension: 1)).event == nil)
    }
  }

  @Test func discontinuousWeightsKeepTheTolerance() throws {
    // rates 1, 3, 2 on three blocks: h(T) = e^-(1+3+2) Delta
    let field = BlockwiseField(
      blocks: [1.0, 3, 2].map { LinearDecayField(rates: [$0]) }, blockSize: 0.1)
    let problem = try InitialValueProblem(field: field, initialState: [1], end: field.horizon)
    for method in try Self.adaptive(1e-10) {
      #expect(abs(try method.integrate(problem).finalState[0] - exp(-0.6)) < 1e-9, "\(method.name)")
    }
    // a block of higher order uses its own weights to its end: ten steps with each rate multiply by 1 - z + z^2/2 - ...
    for (scheme, terms) in [(FixedStepRungeKutta.Scheme.heun, 2), (.rk4, 4)] {
      let expected = [1.0, 3, 2].reduce(1.0) { product, rate in
        var (term, growth) = (1.0, 1.0)
        for k in 1...terms {
          term *= -0.01 * rate / Double(k)
          growth += term
        }
        return product * pow(growth, 10)
      }
      let found = try FixedStepRungeKutta(scheme, blocks: 30).integrate(problem).finalState[0]
      #expect(abs(found - expected) < 1e-14, "\(scheme)")
    }
    // Euler with one step a block is the network, whatever the rounding of k Delta
    for count in [1, 3, 7, 10, 49, 1000] {
      let blocks = (0..<count).map { LinearDecayField(rates: [Double($0 + 1) / Double(count)]) }
      let network = BlockwiseField(blocks: blocks, blockSize: 1.0 / Double(count))
      let ends = try InitialValueProblem(field: network, initialState: [1], end: network.horizon)
      let expected = blocks.reduce(1.0) { $0 - $0 * $1.rates[0] / Double(count) }
      #expect(abs(try Euler(blocks: count).integrate(ends).finalState[0] - expected) < 1e-12, "\(count) blocks")
    }
  }

  @Test func nonFiniteFieldsAreNamed() throws {
    struct Pole: VectorField {
      var dimension: Int { 1 }
      func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        result[0] = depth < 0.5 ? 1 : .nan
      }
    }
    let problem = try InitialValueProblem(field: Pole(), initialState: [0], end: 1)
    for method in try Self.adaptive(1e-6) + [Euler(blocks: 10)] {
      let error = #expect(throws: IntegrationError.self) { try method.integrate(problem) }
      #expect(error?.reason == .nonFiniteField(component: 0), "\(method.name)")
      #expect((error?.depth ?? 9) <= 0.5)
    }
  }

  @Test func nonsenseIsRefused() throws {
    let field = LinearDecayField(rates: [1])
    #expect(throws: InputError.self) { try InitialValueProblem(field: field, initialState: [1, 2], end: 1) }
    #expect(throws: InputError.self) { try InitialValueProblem(field: field, initialState: [.nan], end: 1) }
    #expect(throws: InputError.self) { try InitialValueProblem(field: field, initialState: [1], end: 0) }
    #expect(throws: InputError.self) { try Tolerances(relative: 1e-16) }
    #expect(throws: InputError.self) { try Tolerances(absolute: 0) }
    #expect(throws: InputError.self) { try Euler(blocks: 0) }
    let problem = try InitialValueProblem(field: field, initialState: [1], end: 1)
    #expect(throws: InputError.self) { try Euler(blocks: 4).integrate(problem, saving: [2], until: nil) }
  }

  @Test func anOverflowingStepIsNoAnswer() throws {
    let problem = try InitialValueProblem(field: LinearDecayField(rates: [1e300]), initialState: [1], end: 1e10)
    #expect(throws: IntegrationError.self) { try Euler(blocks: 1).integrate(problem) }
  }
}
