import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct ExtendedFieldTests {
  /// The Jacobian against plain central differences, Richardson-extrapolated, of the field as a whole.
  private static func worstDeviation(_ field: some ExtendedField, _ state: [Double], depth: Double = 0.3) -> Double {
    let n = field.dimension
    var columns = [Double](repeating: .nan, count: n * n)
    field.jacobian(depth: depth, state: state, into: &columns)
    var worst = 0.0
    for j in 0..<n {
      func central(_ step: Double) -> [Double] {
        var (left, right) = (state, state)
        left[j] -= step
        right[j] += step
        let (a, b) = (field(depth: depth, state: left), field(depth: depth, state: right))
        return zip(a, b).map { ($1 - $0) / (2 * step) }
      }
      let (coarse, fine) = (central(2e-3), central(1e-3))
      for i in 0..<n { worst = max(worst, abs(columns[j * n + i] - (4 * fine[i] - coarse[i]) / 3)) }
    }
    // products with it: those of the matrix
    let vector = (0..<n).map { sin(Double(3 * $0 + 1)) }
    var product = vector
    field.applyJacobian(depth: depth, state: state, vector: vector, into: &product)
    for i in 0..<n {
      let sum = (0..<n).reduce(0) { $0 + columns[$1 * n + i] * vector[$1] }
      worst = max(worst, abs(product[i] - sum))
    }
    return worst
  }

  @Test func jacobiansAreThoseOfTheWhole() throws {
    let field = try CustomField(drift: ["sin(y)*t - x", "x*y^2 + exp(-x)"])
    func state(_ count: Int) -> [Double] { (0..<count).map { 0.4 + 0.1 * cos(Double(2 * $0)) } }
    #expect(Self.worstDeviation(EulerErrorField(of: field, horizon: 2), state(4)) < 1e-8)
    #expect(Self.worstDeviation(EulerErrorBoundField(of: field, horizon: 2), state(3)) < 1e-8)
    #expect(Self.worstDeviation(PathLengthField(of: field), state(3)) < 1e-8)
    #expect(Self.worstDeviation(VariationalField(of: field), state(6)) < 1e-8)
    #expect(Self.worstDeviation(ImbeddingErrorField(of: field, horizon: 2), state(10)) < 1e-8)
    #expect(
      Self.worstDeviation(TangentFlowField(field: field, count: 2, latestDepth: .infinity), state(7)) < 1e-8)
    #expect(Self.worstDeviation(SeparationField(of: field), state(7)) < 1e-8)
  }

  /// BDF on the tangent flow of a stiff field: as many steps as the field alone takes, not more; and mass is conserved by the
  /// tangents too.
  @Test func tangentsOfAStiffFieldFollowBDF() throws {
    let tolerances = try Tolerances(relative: 1e-8, absolute: 1e-12)
    let bdf = CVODE(.bdf, tolerances: tolerances, maximumSteps: 20_000)
    let alone = try bdf.integrate(InitialValueProblem(field: RobertsonField(), initialState: [1, 0, 0], end: 1e4))
    let field = VariationalField(of: RobertsonField())
    let whole = try bdf.integrate(
      extended: InitialValueProblem(field: field, initialState: field.initialState([1, 0, 0]), end: 1e4))
    #expect(whole.statistics.steps < 3 * alone.statistics.steps, "\(whole.statistics) \(alone.statistics)")
    let state = whole.finalState
    for i in 0..<3 { #expect(abs(state[i] - alone.finalState[i]) < 1e-6) }
    for j in 0..<3 { #expect(abs(state[3 + 3 * j] + state[4 + 3 * j] + state[5 + 3 * j] - 1) < 1e-6) }
    // against differences of the flow itself, along the conserved direction scaled: h(k x0) for the first column
    let step = 1e-3
    let moved = try [1 - step, 1 + step].map {
      try bdf.integrate(InitialValueProblem(field: RobertsonField(), initialState: [$0, 0, 0], end: 1e4)).finalState
    }
    for i in 0..<3 {
      #expect(abs((moved[1][i] - moved[0][i]) / (2 * step) - state[3 + i]) < 1e-4, "component \(i)")
    }
  }

  @Test func failuresNameWhatTheyBelongTo() throws {
    // x = 1/(1 - t) carries its own error away
    let field = try CustomField(drift: ["x^2"])
    let extended = EulerErrorField(of: field, horizon: 2)
    let error = try #require(throws: IntegrationError.self) {
      try ERKStep(tolerances: Tolerances(), maximumSteps: 2000).integrate(
        extended: InitialValueProblem(field: extended, initialState: [1, 0], end: 2))
    }
    #expect(error.state.count == 1 && abs(error.depth - 1) < 0.01)
    #expect(!error.description.contains("component 1 "), "\(error)")
    let parts = TangentFlowField(field: RobertsonField(), count: 2, latestDepth: 1).parts
    func message(_ component: Int) -> String {
      IntegrationError(reason: .nonFiniteField(component: component), depth: 0, state: [1], parts: parts).description
    }
    #expect(message(1).contains("not finite in component 1 at"))
    #expect(message(4).contains("not finite in component 1 of tangent vector 0 at"))
    #expect(message(8).contains("not finite in component 2 of tangent vector 1 at"))
    #expect(message(9).contains("not finite in the integral of the divergence at"))
  }
}
