import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct DepthLimitTests {
  private var reference: CVODE {
    get throws { CVODE(.adams, tolerances: try Tolerances(relative: 1e-12, absolute: 1e-14)) }
  }

  @Test func residualNetworksConvergeToTheFlowWithThePredictedConstant() throws {
    let problem = try InitialValueProblem(field: LinearDecayField(rates: [1]), initialState: [1], end: 1)
    let limit = try DepthLimit(problem, blocks: (3...10).map { 1 << $0 }, reference: reference)
    #expect(abs(limit.slope + 1) < 0.05)
    // (1 - 1/L)^L = e^-1 (1 - 1/(2L) + ...): the constant is 1/(2e)
    #expect(abs(limit.predictedConstant - exp(-1.0) / 2) < 1e-9)
    #expect(abs(limit.constant / limit.predictedConstant - 1) < 0.01)
  }

  @Test func aDepthDependentTanhFieldTooAndTheTermInFtMatters() throws {
    let core = TanhResidualCore(dimension: 2, width: 3, dependsOnDepth: true)
    let weights = (0..<core.parameterCount).map { 0.7 * sin(1.3 * Double($0) + 0.4) }
    let field = TanhResidualField(core: core, parameters: weights)
    let problem = try InitialValueProblem(field: field, initialState: [0.3, -0.8], end: 2)
    let limit = try DepthLimit(problem, blocks: [256, 512, 1024, 2048], reference: reference)
    #expect(abs(limit.slope + 1) < 0.01)
    #expect(abs(limit.constant / limit.predictedConstant - 1) < 0.005)
  }

  @Test func blockCountsMustAscend() throws {
    let problem = try InitialValueProblem(field: LinearDecayField(rates: [1]), initialState: [1], end: 1)
    #expect(throws: InputError.self) { try DepthLimit(problem, blocks: [8, 4], reference: reference) }
    #expect(throws: InputError.self) { try DepthLimit(problem, blocks: [8], reference: reference) }
  }
}
