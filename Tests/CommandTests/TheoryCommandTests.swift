import DepthRuns
import Foundation
import Testing

/// `depth theory` and the limits of stopping problems as a user meets them.
@Suite struct TheoryCommandTests {
  private static func results(_ arguments: String..., code: Int32 = 0) throws -> [String: Any] {
    let output = try CommandTests.depth(arguments + ["--json", "--quiet"])
    #expect(output.code == code, "\(output.error)")
    return try #require(try output.json()["results"] as? [String: Any])
  }

  @Test func theGalleryNeverHasAHorizon() throws {
    let rows = try #require(try Self.results("theory", "--gallery")["gallery"] as? [[String: Any]])
    #expect(rows.count >= 8)
    #expect(rows.allSatisfy { $0["verdict_horizon"] as? String == "hypotheses-not-met" })
    #expect(rows.allSatisfy { $0["verdict_gain_sum"] as? String == "hypotheses-not-met" })
    #expect(try CommandTests.depth(["theory", "--gallery", "--problem", "flow-decay"]).code == 64)
  }

  @Test func aSweepFindsTheSlope() throws {
    let results = try Self.results(
      "theory", "--problem", "geometric-returns", "--set", "rho=0.5", "--running-costs", "0.0001:0.5:60")
    let laws = try #require(results["cost_laws"] as? [[String: Any]])
    let law = try #require(laws.first { $0["law"] as? String == "logarithmic" })
    #expect(abs(try #require(law["slope"] as? Double) * log(2) - 1) < 0.02)
    #expect((results["cost_sweep"] as? [[String: Any]])?.count == 60)
    #expect(
      try CommandTests.depth(["theory", "--problem", "geometric-returns", "--running-costs", "1:0.1:5"]).code == 64)
  }

  @Test func everyStatementHasAVerdict() throws {
    let results = try Self.results("theory", "--problem", "flow-decay", "--at", "2")
    let verdicts = try #require(results["statement_verdicts"] as? [String: String])
    #expect(
      verdicts == [
        "T1": "holds", "T2": "holds", "T3": "holds", "truncation": "holds", "monotone-case": "holds",
      ])
    #expect(try CommandTests.depth(["theory", "--problem", "flow-decay", "--beyond", "9"]).code == 64)
  }

  @Test func blocksTendToTheCorrection() throws {
    let results = try Self.results(
      "limit", "--experiment", "blocks", "--problem", "sequential-test", "--block-sizes", "0.1,0.05,0.025")
    #expect(abs(try #require(results["correction"] as? Double) - 0.5826) < 1e-4)
    let orders = try #require(results["orders"] as? [[String: Any]])
    #expect(orders.contains { abs(($0["limit"] as? Double ?? 0) - 0.5826) < 2e-3 })
    #expect(try CommandTests.depth(["limit", "--experiment", "blocks", "--problem", "spiral"]).code == 64)
    #expect(try CommandTests.depth(["limit", "--experiment", "solvable"]).code == 64)
  }
}
