import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct CustomFieldTaylorTests {
  private static func coefficients(_ field: some TaylorField, _ state: [Double], _ order: Int) throws -> [[Double]] {
    let series = try FlowSeries(of: field, state: state, order: order)
    return series.scaled.map { row in row.indices.map { row[$0] / pow(series.scale, Double($0)) } }
  }

  @Test func theSquareIsGeometric() throws {
    let row = try Self.coefficients(CustomField(drift: ["x^2"]), [-3], 60)[0]
    for (n, c) in row.enumerated() { #expect(abs(c / pow(-3, Double(n + 1)) - 1) < 1e-13, "order \(n)") }
  }

  @Test func theSineFlowIsKnown() throws {
    // tan(x/2) = e^t tan(x0/2)
    let series = try FlowSeries(of: CustomField(drift: ["sin(x)"]), state: [0.7], order: 70)
    for t in [-1.0, 0.5, 1.0] {
      let exact = 2 * atan(exp(t) * tan(0.35))
      #expect(abs(series.state(after: t)[0] - exact) < 2e-14, "\(t)")
    }
  }

  @Test func aTypedLorenzHasTheBuiltInOnesCoefficients() throws {
    let typed = try CustomField(
      drift: ["s*(y - x)", "x*(r - z) - y", "x*y - b*z"], parameters: [("s", 10), ("r", 28), ("b", 8.0 / 3)])
    let state = [1.0, -2, 21]
    let a = try FlowSeries(of: typed, state: state, order: 50)
    let b = try FlowSeries(of: LorenzField(), state: state, order: 50)
    #expect(a.scale == b.scale)
    for i in 0..<3 {
      for n in 0...50 { #expect(abs(a.scaled[i][n] - b.scaled[i][n]) < 1e-13, "component \(i), order \(n)") }
    }
  }

  /// Truncation at order n leaves an error of order n + 1 in the step; the reference is an independent integrator.
  @Test(arguments: [3, 5]) func truncationHasItsOrder(order: Int) throws {
    let field = try CustomField(drift: ["y + exp(-t)*cos(x)", "-sin(x)/(1 + y^2)"])
    let series = try FlowSeries(of: field, depth: 0.2, state: [0.8, -0.4], order: order)
    let reference = RungeKutta(.dop853, tolerances: try Tolerances(relative: 3e-14, absolute: 1e-16))
    let errors = try [0.2, 0.1, 0.05].map { step in
      let problem = try InitialValueProblem(field: field, initialState: [0.8, -0.4], start: 0.2, end: 0.2 + step)
      return distance(try reference.integrate(problem).finalState, series.state(after: step))
    }
    for (coarse, fine) in zip(errors, errors.dropFirst()) {
      #expect(abs(log2(coarse / fine) - Double(order + 1)) < 0.3, "\(errors)")
    }
  }

  /// Every analytic function of the language: the series against an integrator that only ever sees numbers.
  @Test(arguments: [
    "sin(x)", "cos(x)", "tan(x)", "asin(x/2)", "acos(x/2)", "atan(x)", "sinh(x)", "cosh(x)", "tanh(x)", "exp(-x)",
    "log(1 + x)", "log10(1 + x)", "log2(1 + x)", "sqrt(1 + x)", "erf(x)", "sigmoid(2*x)", "softplus(x)",
    "atan2(x, 1 + x^2)", "atan2(-1 - x, -2*x)", "x^2.5", "x^40", "(x - 1)^35", "2^x", "x^x", "x^t", "pow(1 + x, -3)",
    "1/(1 + x)", "(x + t)/(2 - x)", "x/k - k/(1 + x)", "-x^3", "if(k > 0, x, 2*x)", "x*step(k)", "e^-x",
  ]) func everyFunctionAgreesWithAnIntegrator(text: String) throws {
    let parameters: [(String, Double)] = text.contains("k") ? [("k", 1.5)] : []
    let field = try CustomField(drift: [text], parameters: parameters)
    #expect(field.seriesObstacle == nil)
    let series = try FlowSeries(of: field, depth: 0.3, state: [0.6], order: 40)
    let step = text.hasPrefix("(x - 1)") ? 0.05 : 0.1
    let reference = RungeKutta(.dop853, tolerances: try Tolerances(relative: 3e-14, absolute: 1e-16))
    let exact = try reference.integrate(
      InitialValueProblem(field: field, initialState: [0.6], start: 0.3, end: 0.3 + step)
    ).finalState
    #expect(abs(series.state(after: step)[0] - exact[0]) < 1e-14 * max(1, abs(exact[0])), "\(text)")
    let slope = field(depth: 0.3, state: [0.6])[0]
    #expect(abs(series.derivative(1)[0] - slope) < 4e-15 * max(1, abs(slope)), "\(text)")
  }

  @Test func wholePowersOfZeroArePolynomials() throws {
    // x = x0 + t: x^40 at 0
    let rows = try Self.coefficients(CustomField(drift: ["1", "x^40"]), [0, 2], 42)
    #expect(rows[1][0] == 2 && abs(rows[1][41] * 41 - 1) < 1e-12)
    #expect(rows[1].enumerated().allSatisfy { [0, 41].contains($0.offset) || $0.element == 0 })
  }

  @Test(arguments: [
    ("abs(x)", "abs"), ("max(x, 1)", "max"), ("relu(x)", "max"), ("min(x, t)", "min"), ("sign(x)", "sign"),
    ("x*step(t - 1)", "step"), ("floor(x)", "floor"), ("if(x > 0, x, 1)", "comparison"), ("x*(x < 2)", "comparison"),
    ("if(x, 1, 2)", "if"),
  ]) func kinksAreRefusedByName(text: String, name: String) throws {
    let field = try CustomField(drift: [text])
    let obstacle = try #require(field.seriesObstacle)
    #expect(obstacle.hasPrefix("the drift uses ") && obstacle.contains(name), "\(obstacle)")
    #expect(throws: InputError.self) { try FlowSeries(of: field, state: [0.5], order: 4) }
    #expect(throws: InputError.self) { try ImbeddedNetwork(field, horizon: 1, blocks: 8) }
    #expect(throws: InputError.self) {
      try TaylorIntegrator().integrate(InitialValueProblem(field: field, initialState: [0.5], end: 1))
    }
    #expect(try CustomField(drift: ["y", text + " + y"]).seriesObstacle?.hasPrefix("drift 2 ") == true)
  }

  @Test func aPointWithoutSeriesIsSaid() throws {
    let error = try #require(throws: IntegrationError.self) {
      try FlowSeries(of: CustomField(drift: ["sqrt(x)"]), state: [0], order: 6)
    }
    #expect(error.reason == .noPowerSeries(component: 0) && error.description.contains("no power series"))
  }

  @Test func theTaylorIntegratorTakesTypedFields() throws {
    let field = try CustomField(drift: ["-k*x*t"], parameters: [("k", 2)])
    let state = try TaylorIntegrator().integrate(InitialValueProblem(field: field, initialState: [1], end: 2))
      .finalState
    #expect(abs(state[0] - exp(-4)) < 1e-15)
  }

  @Test func imbeddedNetworksOfATypedAffineFieldAreItsResNets() throws {
    let field = try CustomField(drift: ["-x + 2*y", "1 - y"])
    for blocks in [4, 24] {
      let network = try ImbeddedNetwork(field, horizon: 1, blocks: blocks).output([1, -1]).state
      let resnet = try Euler(blocks: blocks).integrate(
        InitialValueProblem(field: field, initialState: [1, -1], end: 1)
      ).finalState
      #expect(distance(network, resnet) < 1e-13)
    }
  }
}
