import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct ImbeddingReportTests {
  private static func report(
    _ field: some VectorField, _ x: [Double], horizon: Double, blocks: [Int] = [16, 32, 64, 128], segments: Int = 1
  ) throws -> ImbeddingReport {
    let tolerances = try Tolerances(relative: 1e-10, absolute: 1e-12)
    return try ImbeddingReport(
      field, input: x, horizon: horizon,
      request: ImbeddingRequest(blocks: blocks, segments: segments, horizon: horizon, dimension: x.count),
      by: ERKStep(.verner, tolerances: tolerances), tolerances: tolerances)
  }

  @Test func everythingIsThereAndAgrees() throws {
    let field = TestNetworks.tanh(dimension: 2, width: 4, dependsOnDepth: true)
    let report = try Self.report(field, [0.4, -0.3], horizon: 0.6)
    #expect(report.states.count == 11 && report.warnings.isEmpty, "\(report.warnings)")
    #expect(report.semigroupResiduals.max()! < 1e-9)
    #expect(report.marchingDistances.compactMap { $0 }.count == 11)
    #expect(report.marchingDistances.compactMap { $0 }.max()! < 1e-8)
    #expect(report.states.last?.output == [0.4, -0.3])
    #expect(report.tables.map(\.name) == ["imbedding", "imbedded-network"])
    #expect(report.tables[0].rowCount == 11 && report.tables[1].rowCount == 4)
    #expect(report.results["imbedding"]?.arrayValue?.count == 11)
    #expect(abs(try #require(report.results["slope"]?.doubleValue) + 1) < 0.05)
    // the loss's derivative in p is the slope of the losses
    let losses = report.states.map(\.loss)
    let step = 0.06
    let difference = (8 * (losses[6] - losses[4]) - (losses[7] - losses[3])) / (12 * step)
    #expect(abs(difference - report.states[5].depthDerivative) < 1e-4)
  }

  @Test func pastTheRadiusItWarnsAndNamesTheRemedy() throws {
    let report = try Self.report(RiccatiField.logistic, [0.2], horizon: 6)
    let segments = try #require(report.suggestedSegments)
    #expect(report.warnings.contains { $0.contains("radius of convergence") && $0.contains("\(segments) segments") })
    // marched as far as it reaches
    #expect(report.marchingDistances.first! == nil && report.marchingDistances.last! != nil)
    let remedied = try Self.report(
      RiccatiField.logistic, [0.2], horizon: 6, blocks: [256, 512, 1024], segments: segments)
    #expect(remedied.warnings.isEmpty, "\(remedied.warnings)")
    #expect(abs(try #require(remedied.limit?.slope) + 1) < 0.02)
  }

  @Test func aFieldWithoutSeriesStillHasItsCharacteristics() throws {
    struct Plain: VectorField {
      var dimension: Int { 1 }
      func evaluate(depth: Double, state h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        result[0] = sin(h[0])
      }
    }
    let report = try Self.report(Plain(), [0.5], horizon: 1)
    #expect(report.limit == nil && report.warnings.count == 1 && report.tables.count == 1)
    #expect(report.states[0].parameterDerivative == nil)
    #expect(report.results["convergence_radius"] == .null)
  }

  @Test func requestsAreChecked() throws {
    #expect(throws: InputError.self) { try ImbeddingRequest(depths: [0, 2], horizon: 1, dimension: 1) }
    #expect(throws: InputError.self) { try ImbeddingRequest(depths: [0.5, 0.1], horizon: 1, dimension: 1) }
    #expect(throws: InputError.self) { try ImbeddingRequest(target: [1, 2], horizon: 1, dimension: 1) }
  }
}
