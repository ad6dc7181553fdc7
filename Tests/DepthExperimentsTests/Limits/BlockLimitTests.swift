import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthExperiments

@Suite struct BlockLimitTests {
  private static func limit(_ name: String, _ sizes: [Double], _ settings: [(String, Double)] = []) throws -> BlockLimit
  {
    try BlockLimit(BlockLimitExperiment.named(name, settings: settings), blockSizes: sizes)
  }

  /// Source of the ratios: an independent dense Nystrom solve (numpy).
  @Test func theContractionShiftsAsPublished() throws {
    let limit = try Self.limit("ou-contraction", [0.1, 0.05, 0.025, 0.0125, 0.003125, 0.001])
    let ratios = limit.rows.compactMap(\.ratio)
    for (found, expected) in zip(ratios, [0.60610, 0.60164, 0.59708, 0.59334]) { #expect(abs(found - expected) < 1e-5) }
    let shift = try #require(limit.orders.first { $0.quantity == "boundary shift" })
    #expect(abs(try #require(shift.limit) - 0.5826) < 2e-3)
    #expect(abs(shift.slope - 0.5) < 0.01)
    let value = try #require(limit.orders.first { $0.quantity == "value" })
    #expect(abs(value.slope - 1) < 0.05)
    #expect(limit.rows.allSatisfy { ($0.difference ?? 1) > 0 })
  }

  @Test func theTestsLogOddsShiftByTheConstantThroughout() throws {
    let limit = try Self.limit("sequential-test", [0.1, 0.05, 0.0125, 0.005])
    let odds = limit.rows.filter { $0.series.hasSuffix("log-odds") }
    #expect(odds.count == 4 && odds.allSatisfy { abs(($0.ratio ?? 0) - BlockLimitExperiment.correction) < 1e-3 })
    let states = limit.rows.filter { !$0.series.hasSuffix("log-odds") }.compactMap(\.ratio)
    #expect(abs(states[0] - 0.623) < 1e-3 && abs(states[3] - 0.591) < 1e-3)
  }

  @Test(arguments: [("flow-decay", [("a", 1.3), ("c", 0.2)]), ("anisotropic-decay", [])])
  func flowsHaveTheirOrdersAndConstants(name: String, settings: [(String, Double)]) throws {
    let limit = try Self.limit(name, [0.08, 0.04, 0.02, 0.01, 0.005], settings)
    for order in limit.orders {
      let isExact = order.series.hasSuffix("exact blocks")
      #expect(abs(order.slope - (isExact ? 2 : 1)) < 0.03, "\(order)")
      let predicted = try #require(order.predicted)
      #expect(abs(try #require(order.limit) / predicted - 1) < 0.01, "\(order)")
    }
    // Euler blocks decay faster than the flow: their value lies below V
    #expect(limit.rows.filter { $0.series.hasSuffix("euler blocks") }.allSatisfy { ($0.difference ?? 0) < 0 })
    #expect(limit.rows.filter { $0.series.hasSuffix("exact blocks") }.allSatisfy { ($0.difference ?? 0) > 0 })
  }

  /// One Euler network by exhaustion.
  @Test func eulerBlocksStopAtTheBestBlock() {
    let (a, size, c) = (1.1, 0.07, 0.15)
    for start in [0.1, 0.5, 1.0, 2.5] {
      let best = (0...400).map { k in
        let state = start * pow(1 - a * size, Double(k))
        return state * state / 2 + c * size * Double(k)
      }.min()
      #expect(abs(FlowBlocks.euler([start], [a], size, c) - (best ?? 0)) < 1e-12)
    }
  }

  @Test func extrapolationIsExactForCubics() {
    func cubic(_ x: Double) -> Double {
      let inner = 0.5 - x
      return 2 + x * (x * inner - 3)
    }
    let points = [0.8, 0.4, 0.2, 0.1].map { (x: $0, y: cubic($0)) }
    #expect(abs(BlockLimit.extrapolated(points).limit - 2) < 1e-12)
  }

  @Test func otherProblemsAndTooFewSizesAreRefused() throws {
    #expect(throws: InputError.self) { try BlockLimitExperiment.named("american-put") }
    let example = try BlockLimitExperiment.named("flow-decay")
    #expect(throws: InputError.self) { try BlockLimitExperiment([example], blockSizes: [0.1, 0.1]) }
    #expect(throws: InputError.self) { try BlockLimitExperiment([example], blockSizes: [0.1, 0.2, -1]) }
  }

  @Test func theExperimentLeavesTablesAndAFigure() throws {
    let cases = try ["ou-contraction", "flow-decay"].map { try BlockLimitExperiment.named($0) }
    let outcome = try BlockLimitExperiment(cases, blockSizes: [0.1, 0.05, 0.025, 0.0125], threads: 2).run()
    #expect(outcome.tables.map(\.name) == ["block-limit", "block-orders"])
    #expect(try outcome.figure().panels.count == 2)
    #expect(outcome.isConverged, "\(outcome.warnings)")
  }
}
