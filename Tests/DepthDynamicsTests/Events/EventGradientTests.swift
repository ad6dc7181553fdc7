import Foundation
import Testing

@testable import DepthDynamics

@Suite struct EventGradientTests {
  private static var precise: ERKStep {
    get throws { ERKStep(.verner, tolerances: try Tolerances(relative: 1e-12, absolute: 1e-14)) }
  }

  /// At tolerance 1e-8, both ways.
  private static var methods: [any AdjointMethod] {
    get throws {
      let tolerances = try Tolerances(relative: 1e-8, absolute: 1e-10)
      return [CVODESAdjoint(.adams, tolerances: tolerances), ForwardSensitivity(.adams, tolerances: tolerances)]
    }
  }

  private static func found(
    _ field: some VectorField, _ state: [Double], _ event: Event, by method: some Integrator
  ) throws -> Trajectory.Occurrence {
    let problem = try InitialValueProblem(field: field, initialState: state, end: 20)
    return try #require(try method.integrate(problem, saving: [], until: event).event)
  }

  @Test func decayMatchesItsClosedForm() throws {
    // ||h||: t* = ln(h0/v)/a; ||f||: t* = ln(a h0/c)/a
    let (a, start) = (1.7, 2.0)
    let field = LinearDecayField(rates: [a])
    let problem = try InitialValueProblem(field: field, initialState: [start], end: 20)
    let norm = log(start / 0.3) / a
    let slope = log(a * start / 0.3) / a
    let cases: [(Event, depth: Double, rate: Double)] = [
      (.stateNorm(0.3, dimension: 1), norm, -norm / a), (.component(0, equals: 0.3), norm, -norm / a),
      (.fieldNorm(0.3, of: field), slope, 1 / (a * a) - slope / a),
    ]
    let coarse = CVODE(.adams, tolerances: try Tolerances(relative: 1e-8, absolute: 1e-10))
    for (event, depth, rate) in cases {
      let occurrence = try Self.found(field, [start], event, by: coarse)
      #expect(abs(occurrence.depth - depth) < 1e-8)
      for method in try Self.methods {
        let gradient = try #require(
          try EventGradient.depthGradient(of: event, at: occurrence, problem: problem, by: method))
        #expect(abs(gradient.initialState[0] - 1 / (a * start)) < 1e-6, "\(event.name) \(method.name)")
        #expect(abs(gradient.parameters[0] - rate) < 1e-6, "\(event.name) \(method.name)")
      }
      let plain = try EventGradient.depthGradient(
        of: event, at: occurrence, problem: problem, integrator: Self.precise)
      #expect(abs(try #require(plain)[0] - 1 / (a * start)) < 1e-8)
    }
  }

  @Test func nonlinearFieldsMatchDifferences() throws {
    let core = TanhResidualCore(dimension: 3, width: 4, dependsOnDepth: true)
    let field = TanhResidualField(
      core: core, parameters: (0..<core.parameterCount).map { 0.6 * sin(2.1 * Double($0)) })
    let start = [0.4, -0.7, 0.2]
    let speed = field(depth: 0, state: start)
    let curve = try BoundaryCurve(
      depths: [0, 0.5, 2, 6], values: [0.6, 0.5, 0.55, 0.4].map { start[0] + (speed[0] > 0 ? $0 : -$0) },
      interpolation: .monotoneCubic)
    let size = speed.reduce(0) { $0 + $1 * $1 }.squareRoot()
    // made anew for each field, since the last depends on the parameters itself
    let events: [@Sendable (TanhResidualField) -> Event] = [
      { _ in .component(0, equals: start[0] + (speed[0] > 0 ? 0.5 : -0.5)) },
      { _ in .haltingBoundary(.component(0), meets: curve, dimension: 3) },
      { field in
        // rising here, where halting waits for it to fall
        let halting = Event.fieldNorm(size * 1.05, of: field)
        return Event(
          name: halting.name, differential: halting.differential, parameterDifferential: halting.parameterDifferential,
          function: halting.function)
      },
    ]
    for make in events {
      let event = make(field)
      let problem = try InitialValueProblem(field: field, initialState: start, end: 20)
      let coarse = CVODE(.adams, tolerances: try Tolerances(relative: 1e-8, absolute: 1e-10))
      let occurrence = try Self.found(field, start, event, by: coarse)
      let gradients = try Self.methods.map { method in
        try #require(try EventGradient.depthGradient(of: event, at: occurrence, problem: problem, by: method))
      }
      for k in 0..<3 {
        // along a direction in the parameters and one in the state, fourth order
        let p = field.parameters.indices.map { cos(0.9 * Double($0) + Double(k)) }
        let h = (0..<3).map { sin(1.1 * Double($0 + k)) }
        func depth(_ step: Double) throws -> Double {
          let moved = field.replacing(parameters: zip(field.parameters, p).map { $0 + step * $1 })
          return try Self.found(moved, zip(start, h).map { $0 + step * $1 }, make(moved), by: Self.precise).depth
        }
        let step = 1e-4
        let near = try depth(step) - depth(-step)
        let expected = try (8 * near - (depth(2 * step) - depth(-2 * step))) / (12 * step)
        for gradient in gradients {
          let product = zip(gradient.parameters + gradient.initialState, p + h).reduce(0) { $0 + $1.0 * $1.1 }
          #expect(abs(product - expected) < 1e-6 * max(1, abs(expected)), "\(event.name) \(product) \(expected)")
        }
      }
      // the same without vector-Jacobian products
      let plain = try #require(
        try EventGradient.depthGradient(of: event, at: occurrence, problem: problem, integrator: Self.precise))
      for (a, b) in zip(plain, gradients[0].initialState) { #expect(abs(a - b) < 1e-6 * max(1, abs(a))) }
    }
  }

  @Test func exactDifferentialsMatchDifferences() throws {
    let core = TanhResidualCore(dimension: 3, width: 4, dependsOnDepth: true)
    let field = TanhResidualField(
      core: core, parameters: (0..<core.parameterCount).map { 0.6 * sin(2.1 * Double($0)) })
    let curve = try BoundaryCurve(depths: [0, 1, 3], values: [0.2, 0.7, 0.1], interpolation: .monotoneCubic)
    let events: [Event] = [
      .stateNorm(0.5, dimension: 3), .component(1, equals: 0.1), .fieldNorm(0.3, of: field),
      .haltingBoundary(.stateNorm, meets: curve, dimension: 3),
      .haltingBoundary(.component(2), meets: curve, dimension: 3),
    ]
    let (depth, state, step) = (0.8, [0.4, -0.7, 0.2], 1e-5)
    for event in events {
      let differential = try #require(event.differential)
      var gradient = [0.0, 0, 0]
      let rate = differential(depth, state, &gradient)
      let difference = (event.function(depth + step, state) - event.function(depth - step, state)) / (2 * step)
      #expect(abs(rate - difference) < 1e-8, "\(event.name)")
      for i in 0..<3 {
        var (up, down) = (state, state)
        up[i] += step
        down[i] -= step
        let slope = (event.function(depth, up) - event.function(depth, down)) / (2 * step)
        #expect(abs(gradient[i] - slope) < 1e-8, "\(event.name) \(i)")
      }
    }
  }

  @Test func whatHasNoGradientSaysWhy() throws {
    let tolerances = try Tolerances(relative: 1e-8, absolute: 1e-10)
    let kernel = RungeKutta(tolerances: tolerances)
    let field = try CustomField(drift: ["y", "-x"])
    let problem = try InitialValueProblem(field: field, initialState: [0, 1], end: 10)
    // a double root: found some 1e-8 off, where the rate is not zero but means nothing
    let touch = Event(name: "touch") { _, h in h[0] - 1 }
    let found = try #require(try kernel.integrate(problem, saving: [], until: touch).event)
    #expect(found.isTouch)
    let adjoint = DiscreteAdjoint(kernel)
    for outcome in [
      EventGradient.outcome(of: touch, at: found, problem: problem, by: adjoint),
      EventGradient.outcome(of: touch, at: found, problem: problem, integrator: kernel),
    ] {
      #expect(outcome.initialState == nil && outcome.parameters == nil)
      #expect(outcome.note?.contains("touches") == true, "\(outcome.note ?? "")")
    }
    // at the start, and by a method that fails
    let start = Trajectory.Occurrence(name: "touch", depth: 0, state: [0, 1])
    #expect(EventGradient.outcome(of: touch, at: start, problem: problem, by: adjoint).note?.contains("start") == true)
    let crossing = try #require(try kernel.integrate(problem, saving: [], until: .component(0, equals: 0.5)).event)
    let event = Event.component(0, equals: 0.5)
    let failing = DiscreteAdjoint(RungeKutta(tolerances: tolerances, maximumSteps: 1))
    let failed = EventGradient.outcome(of: event, at: crossing, problem: problem, by: failing)
    #expect(failed.initialState == nil && failed.note?.contains("1 steps ended") == true, "\(failed.note ?? "")")
    // and one that has a gradient: sin t* = 1/2, dt*/dx0 = -cos t* / cos t*
    let fine = EventGradient.outcome(of: event, at: crossing, problem: problem, by: adjoint)
    let state = try #require(fine.initialState)
    #expect(fine.note == nil && abs(state[0] + 1) < 1e-7 && fine.parameters == [])
  }

  @Test func touchesHaveNoGradient() throws {
    // cos t touches 1 at 2 pi
    let problem = try InitialValueProblem(
      field: EventLocatorTests.Rotation(), initialState: [0, 1], end: 10)
    let event = Event(name: "touch") { _, h in h[1] - 1 }
    let touch = Trajectory.Occurrence(name: "touch", depth: 2 * .pi, state: [0, 1])
    #expect(try EventGradient.depthGradient(of: event, at: touch, problem: problem, integrator: Self.precise) == nil)
  }
}
