import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

/// CVODES's adjoint and its forward sensitivities against closed forms, differences and each other.
@Suite struct SundialsGradientTests {
  private static func methods(_ relative: Double) throws -> [any AdjointMethod] {
    let tolerances = try Tolerances(relative: relative, absolute: relative / 100)
    return [CVODE.Formula.adams, .bdf].flatMap { formula -> [any AdjointMethod] in
      [CVODESAdjoint(formula, tolerances: tolerances), ForwardSensitivity(formula, tolerances: tolerances)]
    }
  }

  private static func label(_ method: any AdjointMethod) -> String {
    let formula = (method as? CVODESAdjoint)?.formula ?? (method as? ForwardSensitivity)?.formula
    return "\(method.name) \(formula.map { "\($0)" } ?? "")"
  }

  private static func tanh(_ d: Int, _ m: Int) -> TanhResidualField {
    let core = TanhResidualCore(dimension: d, width: m, dependsOnDepth: true)
    return TanhResidualField(core: core, parameters: (0..<core.parameterCount).map { 0.7 * sin(2.3 * Double($0)) })
  }

  /// Differences of fourth order of the loss, integrated to rounding.
  private static func difference<Field: DifferentiableField>(
    _ field: Field, _ state: [Double], _ end: Double, _ loss: TerminalLoss, along direction: [Double]
  ) throws -> Double {
    let p = field.parameterCount
    func value(_ step: Double) throws -> Double {
      let moved = field.replacing(parameters: zip(field.parameters, direction).map { $0 + step * $1 })
      let start = zip(state, direction[p...]).map { $0 + step * $1 }
      let method = ERKStep(.fehlberg, tolerances: try Tolerances(relative: 1e-13, absolute: 1e-15))
      let problem = try InitialValueProblem(field: moved, initialState: start, end: end)
      return loss.value(0, try method.integrate(problem).finalState)
    }
    let h = 1e-3
    return try (8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12 * h)
  }

  @Test func decayMatchesItsClosedForm() throws {
    // h_i(T) = h_0i e^(-a_i T): dl/dh_0i = (h_i - y_i) e^(-a_i T), dl/da_i = -(h_i - y_i) T h_i
    let (rates, start, target, end) = ([0.7, 1.9], [1.5, -0.8, 0.3, 2.0], [0.2, 0.1], 1.3)
    let batch = try InitialValueBatch(field: LinearDecayField(rates: rates), initialStates: start, end: end)
    let loss = try TerminalLoss.halfSquaredDistance(to: target, dimension: 2, count: 2)
    let finals = start.indices.map { start[$0] * exp(-rates[$0 % 2] * end) }
    let misses = finals.indices.map { finals[$0] - target[$0 % 2] }
    for method in try Self.methods(1e-10) {
      let found = try method.gradient(of: loss, batch)
      let exact = LossGradient(
        loss: misses.reduce(0) { $0 + $1 * $1 / 4 },
        parameters: (0..<2).map { i in [i, i + 2].reduce(0) { $0 - misses[$1] * end * finals[$1] / 2 } },
        initialStates: misses.indices.map { misses[$0] * exp(-rates[$0 % 2] * end) / 2 },
        statistics: .init())
      #expect(abs(found.loss - exact.loss) < 1e-10, "\(Self.label(method))")
      #expect(found.relativeDistance(to: exact) < 1e-8, "\(Self.label(method)) \(found.relativeDistance(to: exact))")
      #expect(found.statistics.steps > 0 && found.statistics.evaluations > 0)
    }
  }

  @Test func methodsAgreeWithDifferences() throws {
    let (field, start) = (Self.tanh(3, 5), [0.4, -0.7, 0.2])
    let loss = try TerminalLoss.halfSquaredDistance(to: [0.1, 0.5, -0.3], dimension: 3, count: 1)
    let batch = try InitialValueBatch(field: field, initialStates: start, end: 1.5)
    let gradients = try Self.methods(1e-10).map { (Self.label($0), try $0.gradient(of: loss, batch)) }
    for (name, gradient) in gradients {
      let distance = gradient.relativeDistance(to: gradients[1].1)
      #expect(distance < 2e-8, "\(name) \(distance)")
      let flat = gradient.parameters + gradient.initialStates
      for k in 0..<3 {
        let direction = flat.indices.map { cos(1.3 * Double($0) + Double(k)) }
        let expected = try Self.difference(field, start, 1.5, loss, along: direction)
        let product = zip(flat, direction).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(product - expected) < 2e-8 * max(1, abs(expected)), "\(name) \(product - expected)")
      }
    }
  }

  @Test func stiffGradientsAgree() throws {
    let loss = try TerminalLoss.halfSquaredDistance(to: [0, 0], dimension: 2, count: 1)
    let batch = try InitialValueBatch(field: VanDerPolField(mu: 50), initialStates: [2, 0], end: 5)
    let tolerances = try Tolerances(relative: 1e-9, absolute: 1e-11)
    let adjoint = try CVODESAdjoint(.bdf, tolerances: tolerances).gradient(of: loss, batch)
    let forward = try ForwardSensitivity(.bdf, tolerances: tolerances).gradient(of: loss, batch)
    #expect(adjoint.relativeDistance(to: forward) < 1e-6, "\(adjoint.relativeDistance(to: forward))")
    let expected = try Self.difference(VanDerPolField(mu: 50), [2, 0], 5, loss, along: [1, 0, 0])
    #expect(abs(adjoint.parameters[0] / expected - 1) < 1e-6, "\(adjoint.parameters[0] / expected - 1)")
    #expect(abs(forward.parameters[0] / expected - 1) < 1e-6, "\(forward.parameters[0] / expected - 1)")
  }

  @Test func discontinuousWeightsKeepTheirGradients() throws {
    // rates 1, 3, 2 on blocks of 0.4: h(T) = e^(-0.4 (1 + 3 + 2)); each rate has the same derivative
    let field = BlockwiseField(blocks: [1.0, 3, 2].map { LinearDecayField(rates: [$0]) }, blockSize: 0.4)
    let batch = try InitialValueBatch(field: field, initialStates: [2], end: field.horizon)
    let loss = try TerminalLoss.halfSquaredDistance(to: [0], dimension: 1, count: 1)
    let final = 2 * exp(-2.4)
    for method in try Self.methods(1e-10) {
      let found = try method.gradient(of: loss, batch)
      let expected = [Double](repeating: -final * final * 0.4, count: 3) + [final * exp(-2.4)]
      for (a, b) in zip(found.parameters + found.initialStates, expected) {
        #expect(abs(a / b - 1) < 1e-8, "\(Self.label(method)) \(a / b - 1)")
      }
    }
  }

  @Test func checkpointsAndThreadsDoNotChangeTheGradient() throws {
    let field = Self.tanh(2, 4)
    let starts = (0..<10).map { cos(Double($0)) }
    let loss = try TerminalLoss.halfSquaredDistance(to: [0.1, 0.5], dimension: 2, count: 5)
    let batch = try InitialValueBatch(field: field, initialStates: starts, end: 3)
    let tolerances = try Tolerances(relative: 1e-9, absolute: 1e-11)
    let one = try CVODESAdjoint(.adams, tolerances: tolerances).gradient(of: loss, batch)
    let two = try CVODESAdjoint(.adams, tolerances: tolerances, threads: 2).gradient(of: loss, batch)
    #expect(one == two)
    // more steps than a checkpoint holds
    let long = try InitialValueBatch(field: field, initialStates: [1, 0.3], end: 40)
    let single = try TerminalLoss.halfSquaredDistance(to: [0.1, 0.5], dimension: 2, count: 1)
    for formula in [CVODE.Formula.adams, .bdf] {
      let all = try CVODESAdjoint(formula, tolerances: tolerances).gradient(of: single, long)
      let few = try CVODESAdjoint(formula, tolerances: tolerances, largestCheckpoint: 100).gradient(of: single, long)
      #expect(few != all && few.relativeDistance(to: all) < 2e-8, "\(few.relativeDistance(to: all))")
    }
    let forward = try ForwardSensitivity(.adams, tolerances: tolerances, threads: 2).gradient(of: loss, batch)
    #expect(forward.relativeDistance(to: one) < 1e-7, "\(forward.relativeDistance(to: one))")
  }

  @Test func tooManySensitivitiesAreRefused() throws {
    let field = Self.tanh(20, 40)
    let batch = try InitialValueBatch(field: field, initialStates: [Double](repeating: 0.1, count: 20), end: 1)
    let loss = try TerminalLoss.halfSquaredDistance(to: [Double](repeating: 0, count: 20), dimension: 20, count: 1)
    let error = #expect(throws: InputError.self) {
      try ForwardSensitivity(tolerances: try Tolerances()).gradient(of: loss, batch)
    }
    #expect(error?.description.contains("\(field.parameterCount) parameters") == true)
  }

  @Test func failuresAreTyped() throws {
    // h' = p h^2 blows up at 1/p
    struct Blowup: DifferentiableField {
      var parameters: [Double]
      var dimension: Int { 1 }
      func replacing(parameters: [Double]) -> Blowup { Blowup(parameters: parameters) }
      func evaluate(depth: Double, state h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        result[0] = parameters[0] * h[0] * h[0]
      }
      func pullback(
        depth: Double, state h: UnsafePointer<Double>, cotangent w: UnsafePointer<Double>,
        stateGradient: UnsafeMutablePointer<Double>, parameterGradient: UnsafeMutablePointer<Double>?
      ) {
        stateGradient[0] = 2 * parameters[0] * h[0] * w[0]
        parameterGradient?[0] += h[0] * h[0] * w[0]
      }
    }
    let batch = try InitialValueBatch(field: Blowup(parameters: [1]), initialStates: [1], end: 2)
    let loss = try TerminalLoss.halfSquaredDistance(to: [0], dimension: 1, count: 1)
    for method in try Self.methods(1e-8) {
      #expect(throws: IntegrationError.self, "\(Self.label(method))") { try method.gradient(of: loss, batch) }
    }
  }
}
