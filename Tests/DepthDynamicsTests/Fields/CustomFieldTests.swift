import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct CustomFieldTests {
  /// The same fields typed and built in.
  private static func pairs() throws -> [(typed: CustomField, builtIn: any VectorField, initial: [Double])] {
    [
      (
        try CustomField(drift: ["y", "mu*(1 - x^2)*y - x"], parameters: [("mu", 3)]), VanDerPolField(mu: 3), [2, 0.5]
      ),
      (
        try CustomField(
          drift: ["sigma*(y - x)", "x*(rho - z) - y", "x*y - beta*z"],
          parameters: [("sigma", 10), ("rho", 28), ("beta", 8 / 3.0)]), LorenzField(), [1, 1, 1]
      ),
      (
        try CustomField(drift: ["-0.1*x1^3 - 2*x2^3", "2*x1^3 - 0.1*x2^3"]), SpiralField(), [2, 0]
      ),
    ]
  }

  @Test func typedFieldsEqualTheBuiltInOnes() throws {
    for (typed, builtIn, initial) in try Self.pairs() {
      var (exact, own) = (initial, initial)
      let vector = initial.indices.map { 0.3 - Double($0) }
      let (f, g) = (typed(depth: 0, state: initial), builtIn(depth: 0, state: initial))
      typed.applyJacobian(depth: 0, state: initial, vector: vector, into: &own)
      builtIn.applyJacobian(depth: 0, state: initial, vector: vector, into: &exact)
      for i in initial.indices {
        #expect(abs(f[i] - g[i]) <= 4 * g[i].ulp)
        #expect(abs(own[i] - exact[i]) <= 8 * max(1, abs(exact[i])).ulp)
      }
    }
  }

  @Test func typedFieldsIntegrateToTheSameStates() throws {
    let tolerances = try Tolerances(relative: 1e-10, absolute: 1e-12)
    for (typed, builtIn, initial) in try Self.pairs() {
      func final(_ field: some VectorField, _ integrator: some Integrator) throws -> [Double] {
        try integrator.integrate(InitialValueProblem(field: field, initialState: initial, end: 2)).finalState
      }
      for (a, b) in zip(
        try final(typed, ERKStep(tolerances: tolerances)), try final(builtIn, ERKStep(tolerances: tolerances)))
      { #expect(abs(a - b) < 1e-8 * max(1, abs(b))) }
      for (a, b) in zip(
        try final(typed, CVODE(.bdf, tolerances: tolerances)), try final(builtIn, CVODE(.bdf, tolerances: tolerances)))
      { #expect(abs(a - b) < 1e-7 * max(1, abs(b))) }
    }
  }

  /// h' = t h from 1: exp(t^2 / 2); d/dt of the field is h.
  @Test func theDepthIsAVariable() throws {
    let field = try CustomField(drift: ["t*x"])
    var derivative = [0.0]
    field.depthDerivative(depth: 0.3, state: [2], into: &derivative)
    #expect(derivative == [2])
    let problem = try InitialValueProblem(field: field, initialState: [1], end: 2)
    let end = try ERKStep(tolerances: Tolerances(relative: 1e-11, absolute: 1e-13)).integrate(problem).finalState[0]
    #expect(abs(end / exp(2) - 1) < 1e-9)
    let constant = try CustomField(drift: ["x"])
    constant.depthDerivative(depth: 0.3, state: [2], into: &derivative)
    #expect(derivative == [0])
  }

  @Test func pullbackAndLanesAgreeWithTheTangent() throws {
    let field = try CustomField(
      drift: ["a*tanh(x - b*y) + t", "sin(x*z) - b*y^3", "exp(-z^2)/(1 + a^2)"], parameters: [("a", 0.7), ("b", -1.2)])
    var stream = RandomStream(seed: 3)
    let (states, depths, cotangents) = (stream.normals(24), stream.normals(8), stream.normals(24))
    var (values, gradients, total) = ([Double](repeating: 0, count: 24), [Double](repeating: 9, count: 24), [1.0, 1])
    field.evaluateLanes(depths: depths, states: states, into: &values)
    field.pullbackLanes(
      depths: depths, states: states, activations: [0], cotangents: cotangents, stateGradients: &gradients,
      parameterGradient: &total)
    var sum = [1.0, 1]
    for lane in 0..<8 {
      let own = (0..<3).map { states[8 * $0 + lane] }
      let cotangent = (0..<3).map { cotangents[8 * $0 + lane] }
      let value = field(depth: depths[lane], state: own)
      var (gradient, tangent) = ([0.0, 0, 0], [0.0, 0, 0])
      field.pullback(
        depth: depths[lane], state: own, cotangent: cotangent, stateGradient: &gradient, parameterGradient: &sum)
      for i in 0..<3 {
        #expect(abs(values[8 * i + lane] - value[i]) <= 8 * max(1, abs(value[i])).ulp)
        #expect(abs(gradients[8 * i + lane] - gradient[i]) <= 1e-14 * max(1, abs(gradient[i])))
        let unit = (0..<3).map { $0 == i ? 1.0 : 0 }
        field.applyJacobian(depth: depths[lane], state: own, vector: unit, into: &tangent)
        let transposed = zip(cotangent, tangent).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(transposed - gradient[i]) < 1e-14 * max(1, abs(gradient[i])) * 4)
      }
    }
    // df/dp by differences of the field with other parameters
    let step = 1e-5
    for p in 0..<2 {
      #expect(abs(total[p] - sum[p]) < 1e-13 * max(1, abs(sum[p])))
      var difference = 0.0
      for (sign, shift) in [(1.0, step), (-1.0, -step)] {
        var parameters = field.parameters
        parameters[p] += shift
        let shifted = field.replacing(parameters: parameters)
        for lane in 0..<8 {
          let value = shifted(depth: depths[lane], state: (0..<3).map { states[8 * $0 + lane] })
          for i in 0..<3 { difference += sign * cotangents[8 * i + lane] * value[i] / (2 * step) }
        }
      }
      #expect(abs(total[p] - 1 - difference) < 1e-8)
    }
    #expect(field.parameterNames == ["a", "b"])
  }

  /// Columns are tangents of unit vectors; the rows of the parameters' Jacobian are pullbacks of unit vectors.
  @Test func jacobiansByStateAndByParameters() throws {
    let field = try CustomField(drift: ["a*x*y + b^2", "sin(b*t)*x"], parameters: [("a", 2), ("b", 3)])
    var columns = [0.0, 0, 0, 0]
    field.jacobian(depth: 0.5, state: [0.3, 0.7], into: &columns)
    #expect(columns == [2 * 0.7, sin(1.5), 2 * 0.3, 0])
    let rows = [[1.0, 0], [0, 1]].map { unit -> [Double] in
      var (unused, row) = ([0.0, 0], [0.0, 0])
      field.pullback(depth: 0.5, state: [0.3, 0.7], cotangent: unit, stateGradient: &unused, parameterGradient: &row)
      return row
    }
    #expect(abs(rows[0][0] - 0.21) < 1e-15 && abs(rows[0][1] - 6) < 1e-15)
    #expect(rows[1][0] == 0 && abs(rows[1][1] - 0.5 * cos(1.5) * 0.3) < 1e-15)
  }

  @Test func leavingTheDomainNamesTheComponent() throws {
    let field = try CustomField(drift: ["-1", "sqrt(x)"])
    let problem = try InitialValueProblem(field: field, initialState: [1, 0], end: 2)
    let tolerances = try Tolerances(relative: 1e-8, absolute: 1e-10)
    for integrator in [ERKStep(tolerances: tolerances), try Euler(blocks: 100)] as [any Integrator] {
      let error = #expect(throws: IntegrationError.self) { try integrator.integrate(problem) }
      #expect(error?.reason == .nonFiniteField(component: 1))
    }
  }

  @Test func refusalsNameTheDriftAndTheColumn() throws {
    func message(_ drift: [String], _ parameters: [(String, Double)] = []) -> String {
      let error = #expect(throws: InputError.self) { try CustomField(drift: drift, parameters: parameters) }
      return error?.description ?? ""
    }
    #expect(message([]) == "there is no drift; allowed: one expression per dimension")
    #expect(
      message(["y", "x + yy"]).hasPrefix("drift 2, column 5: unknown name 'yy' (did you mean y?); allowed: x, y"))
    #expect(message(["x +"]).hasPrefix("the drift, column 4: "))
    #expect(message(["x"], [("a", 1)]).hasPrefix("no drift uses the parameter a"))
    #expect(message(["a*x"], [("a", .nan)]).hasPrefix("parameter a is nan"))
    #expect(message(["x"], [("x", 1)]).contains("'x' is taken by a component of the state"))
  }
}
