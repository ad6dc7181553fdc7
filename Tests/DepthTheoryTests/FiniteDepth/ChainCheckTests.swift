import DepthNumerics
import DepthRuns
import DepthStopping
import Foundation
import Testing

@testable import DepthTheory

@Suite struct ChainCheckTests {
  private static func problem(_ rows: [[Double]], _ loss: [Double], _ cost: Double, horizon: Double? = nil) throws
    -> StoppingProblem
  {
    let chain = try MarkovChain(
      transition: NumericArray(shape: [rows.count, rows.count], values: rows.flatMap { $0 }))
    return try StoppingProblem(name: "chain", dynamics: .chain(chain, loss: loss), runningCost: cost, horizon: horizon)
  }

  /// Chains that only move to higher states have an envelope that ends at 0; every theorem must hold on all of them.
  @Test func theoremsHoldOnRandomAscendingChains() throws {
    var stream = RandomStream(seed: 31)
    var tight = 0
    for _ in 0..<150 {
      let n = 6
      let rows = (0..<n).map { state -> [Double] in
        guard state < n - 1 else { return (0..<n).map { $0 == n - 1 ? 1 : 0 } }
        let weights = stream.uniforms(n).enumerated().map { $0.offset > state ? $0.element : 0 }
        let total = weights.reduce(0, +)
        return weights.map { $0 / total }
      }
      let (loss, c) = (stream.uniforms(n), 0.01 + 0.3 * stream.uniforms(1)[0])
      let problem = try Self.problem(rows, loss, c)
      let report = try FiniteDepthReport.checking(problem, at: [0])
      #expect(report.theorems.allSatisfy { $0.theorem.verdict == .holds }, "\(report)")
      #expect(report.truncation?.theorem.verdict == .holds)
      if report.horizon.slack == 0 { tight += 1 }
      // one-step look-ahead costs what a direct recursion says it does
      let direct = Self.lookAheadCost(rows, loss, c)
      let value = try BellmanRecursion().solve(problem, at: [[0]]).values[0].value
      #expect(abs(try #require(report.monotone?.regret.value) - max(0, direct - value)) < 1e-10)
      if report.monotone?.isAbsorbing == true { #expect(report.monotone?.theorem.verdict == .holds) }
    }
    #expect(tight > 0)
  }

  /// Backwards over ascending states.
  private static func lookAheadCost(_ rows: [[Double]], _ loss: [Double], _ c: Double) -> Double {
    var cost = loss
    for state in stride(from: loss.count - 1, through: 0, by: -1) {
      let next = zip(rows[state], loss).reduce(0) { $0 + $1.0 * $1.1 }
      if loss[state] - next > c { cost[state] = c + zip(rows[state], cost).reduce(0) { $0 + $1.0 * $1.1 } }
    }
    return cost[0]
  }

  /// Any chain: no theorem may be violated, and where T2 speaks tau* must end by K(c), path by path.
  @Test func nothingIsViolatedOnRandomChains() throws {
    var stream = RandomStream(seed: 32)
    var silent = 0
    for _ in 0..<150 {
      let n = 5
      let rows = (0..<n).map { _ -> [Double] in
        let weights = stream.uniforms(n).map { $0 < 0.6 ? 0 : $0 }
        let total = weights.reduce(0, +)
        return total > 0 ? weights.map { $0 / total } : (0..<n).map { $0 == 0 ? 1 : 0 }
      }
      let problem = try Self.problem(rows, stream.uniforms(n), 0.02 + 0.3 * stream.uniforms(1)[0])
      let report = try FiniteDepthReport.checking(problem, at: [0])
      #expect(report.statements.allSatisfy { $0.theorem.verdict != .violated }, "\(report)")
      #expect(report.budget.verdict == .holds)
      guard let bound = report.horizon.bound else {
        silent += 1
        continue
      }
      #expect(try Self.latestStop(problem, rows) <= Int(bound))
    }
    #expect(silent > 10)
  }

  /// The last block at which some path still continues, plus one.
  private static func latestStop(_ problem: StoppingProblem, _ rows: [[Double]]) throws -> Int {
    let values = try BellmanRecursion().solve(problem, at: rows.indices.map { [Double($0)] }).values
    var alive = Set([0].filter { values[$0].value < values[$0].stoppingLoss })
    var block = 0
    while !alive.isEmpty, block < 200 {
      block += 1
      alive = Set(
        alive.flatMap { state in rows.indices.filter { rows[state][$0] > 0 } }.filter {
          values[$0].value < values[$0].stoppingLoss
        })
    }
    return block
  }

  @Test func aDiscountOrNoCostSilencesEverything() throws {
    let chain = try MarkovChain(transition: NumericArray(shape: [2, 2], values: [0.75, 0.25, 0, 1]))
    for (cost, discount) in [(0.0, 0.5), (0.1, 0.5)] {
      let problem = try StoppingProblem(
        name: "chain", dynamics: .chain(chain, loss: [1, 0]), cost: .constant(cost),
        discount: ScalarFunction(constant: discount))
      let report = try FiniteDepthReport.checking(problem, at: [0])
      #expect(report.theorems.allSatisfy { $0.theorem.verdict == .hypothesesNotMet })
    }
  }

  @Test func aStateThatTheChainHasNotIsRefused() throws {
    let problem = try Self.problem([[0, 1], [0, 1]], [1, 0], 0.1)
    #expect(throws: InputError.self) { try FiniteDepthReport.checking(problem, at: [2]) }
    #expect(throws: InputError.self) { try FiniteDepthReport.checking(problem, at: [0.5]) }
  }
}
