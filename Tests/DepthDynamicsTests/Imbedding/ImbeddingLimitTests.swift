import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct ImbeddingLimitTests {
  private static var reference: ERKStep {
    get throws { ERKStep(.verner, tolerances: try Tolerances(relative: 1e-12, absolute: 1e-14)) }
  }

  private static func limit(
    _ field: some TaylorField, _ x: [Double], start: Double = 0, end: Double, blocks: [Int], segments: Int = 1
  ) throws -> ImbeddingLimit {
    let problem = try InitialValueProblem(field: field, initialState: x, start: start, end: end)
    return try ImbeddingLimit(problem, blocks: blocks, segments: segments, order: 40, reference: reference)
  }

  private static func check(_ limit: ImbeddingLimit) throws {
    #expect(abs(try #require(limit.slope) + 1) < 0.01, "\(limit)")
    let last = try #require(limit.rows.last)
    let l = Double(last.blocks)
    #expect(abs(try #require(last.flowDistance) * l / #require(limit.predictedFlowConstant) - 1) < 0.005, "\(limit)")
    #expect(
      abs(try #require(last.resnetDistance) * l / #require(limit.predictedResnetConstant) - 1) < 0.01, "\(limit)")
  }

  @Test func autonomousNetworksHaveTheConstantOfTheClosedForm() throws {
    let field = TestNetworks.tanh(dimension: 3, width: 5, dependsOnDepth: false)
    let limit = try Self.limit(field, [0.4, -0.3, 0.8], end: 0.5, blocks: [256, 512, 1024, 2048])
    try Self.check(limit)
    // -(T^2/2) J f at the flow's end
    let slope = field(depth: 0, state: limit.flow)
    var product = slope
    field.applyJacobian(depth: 0, state: limit.flow, vector: slope, into: &product)
    let constant = 0.5 * 0.5 / 2 * BLAS.norm(3, product)
    #expect(abs(try #require(limit.predictedFlowConstant) / constant - 1) < 1e-9)
  }

  @Test func classicalFieldsToo() throws {
    try Self.check(Self.limit(SpiralField(), [0.8, 0.3], end: 0.5, blocks: [512, 1024, 2048]))
    try Self.check(Self.limit(VanDerPolField(mu: 1), [1, 0.5], end: 0.4, blocks: [512, 1024, 2048]))
    try Self.check(Self.limit(RiccatiField.tangent, [0.2], end: 0.6, blocks: [512, 1024, 2048]))
    try Self.check(
      Self.limit(TestNetworks.gradientFlow(dimension: 2, width: 3), [0.5, 1], end: 0.7, blocks: [512, 1024, 2048]))
  }

  @Test func orderedProductsHaveTheirConstants() throws {
    try Self.check(Self.limit(DepthRiccatiField(), [0.9], start: 0.3, end: 0.9, blocks: [256, 512, 1024]))
    let field = TestNetworks.tanh(dimension: 2, width: 4, dependsOnDepth: true)
    try Self.check(Self.limit(field, [0.4, -0.3], end: 0.8, blocks: [128, 256, 512]))
  }

  @Test func segmentsHaveTheirConstants() throws {
    let field = TestNetworks.tanh(dimension: 2, width: 4, dependsOnDepth: false)
    try Self.check(Self.limit(field, [0.4, -0.3], end: 3, blocks: [512, 1024, 2048], segments: 8))
  }

  @Test func affineFieldsPredictNoDistanceToTheResNet() throws {
    for field in [AffineField.autonomous, .depthDependent] {
      let limit = try Self.limit(field, [1.2, -0.7], end: 1, blocks: [64, 128, 256, 512])
      #expect(limit.predictedResnetConstant == 0)
      #expect(limit.rows.allSatisfy { $0.resnetDistance! < 1e-12 })
      let last = limit.rows.last!
      #expect(abs(last.flowDistance! * 512 / limit.predictedFlowConstant! - 1) < 0.01)
    }
  }

  @Test func largeDimensionsKeepTheClosedConstant() throws {
    let field = TestNetworks.tanh(dimension: 40, width: 4, dependsOnDepth: false, size: 0.3)
    let limit = try Self.limit(field, (0..<40).map { 0.2 * cos(Double($0)) }, end: 0.2, blocks: [256, 512, 1024])
    #expect(limit.predictedResnetConstant == nil)
    let last = limit.rows[2]
    #expect(abs(last.flowDistance! * 1024 / limit.predictedFlowConstant! - 1) < 0.005)
  }

  @Test func impossibleRowsSayWhy() throws {
    let wide = TestNetworks.tanh(dimension: 12, width: 3, dependsOnDepth: true)
    let limit = try Self.limit(wide, [Double](repeating: 0.1, count: 12), end: 1, blocks: [4, 8, 16])
    #expect(limit.rows.map { $0.failure == nil } == [true, true, false])
    #expect(limit.rows[2].failure?.contains("segments") == true)
    #expect(limit.table().rowCount == 3)
    #expect(throws: InputError.self) { try Self.limit(RiccatiField.square, [1], end: 0.1, blocks: [4, 4]) }
    #expect(throws: InputError.self) {
      try Self.limit(RiccatiField.square, [1], end: 0.1, blocks: [4], segments: -1)
    }
  }
}
