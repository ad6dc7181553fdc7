import DepthNumerics
import DepthStopping
import Foundation
import Testing

@testable import DepthTheory

/// `geometric-returns` and `power-returns`: T1 to T3 with the slack in closed form.
@Suite struct GainsCheckTests {
  private static func report(_ name: String, _ settings: [(String, Double)]) throws -> FiniteDepthReport {
    let entry = try ProblemCatalogue.entry(name)
    return try FiniteDepthReport.checking(entry.problem(entry.resolve(settings)), at: [])
  }

  @Test func geometricSlacksAreThoseOfTheClosedForm() throws {
    var stream = RandomStream(seed: 11)
    for _ in 0..<300 {
      let u = stream.uniforms(3)
      let (a, rho, c) = (0.05 + 4 * u[0], 0.02 + 0.96 * u[1], 0.001 + 0.5 * u[2])
      let report = try Self.report("geometric-returns", [("A", a), ("rho", rho), ("c", c)])
      let k = max(0, ceil(log(a / c) / log(1 / rho)))
      #expect(report.theorems.allSatisfy { $0.theorem.verdict == .holds })
      #expect(report.horizon.bound == k && report.horizon.slack == 0)
      #expect(abs(try #require(report.budget.slack) - (a / (1 - rho) / c - k)) < 1e-8 * max(1, a / (1 - rho) / c))
      let sum = a * (1 - pow(rho, k)) / (1 - rho)
      #expect(abs(try #require(report.gainSum.slack) - (sum / c - k)) < 1e-8 * max(1, sum / c))
      #expect(report.truncation?.theorem.verdict == .holds)
      #expect(report.monotone?.theorem.verdict == .holds && report.monotone?.regret.value == 0)
    }
  }

  @Test func powerSlacksAreThoseOfTheClosedForm() throws {
    var stream = RandomStream(seed: 12)
    for _ in 0..<200 {
      let u = stream.uniforms(3)
      let (a, p, c) = (0.05 + 4 * u[0], 0.4 + 2.4 * u[1], 0.01 + 0.5 * u[2])
      let report = try Self.report("power-returns", [("A", a), ("p", p), ("c", c)])
      let k = max(0, ceil(pow(a / c, 1 / p)) - 1)
      #expect(report.horizon.bound == k && report.horizon.slack == 0 && report.horizon.verdict == .holds)
      // summed from the smallest term on: another order than the report's
      let sum = stride(from: k, to: 0, by: -1).reduce(0) { $0 + a * pow($1, -p) }
      #expect(abs(try #require(report.gainSum.slack) - (sum / c - k)) < 1e-8 * max(1, sum / c))
      #expect(report.gainSum.verdict == .holds)
      guard p > 1 else {
        #expect(report.budget.verdict == .hypothesesNotMet && report.budget.bound == nil)
        continue
      }
      let total = a * SpecialFunctions.zeta(p) / c
      #expect(report.budget.verdict == .holds)
      #expect(abs(try #require(report.budget.slack) - (total - k)) < 1e-8 * max(1, total))
    }
  }

  /// Dyadic A, rho and c: delta_K = c exactly, and a tie stops.
  @Test func exactTiesStop() throws {
    for exponent in 0...20 {
      let c = pow(0.5, Double(exponent))
      let report = try Self.report("geometric-returns", [("A", 4), ("rho", 0.5), ("c", c)])
      #expect(report.horizon.bound == Double(exponent + 2) && report.horizon.slack == 0)
      #expect(report.budget.slack == 8 / c - Double(exponent + 2))
      #expect(report.gainSum.slack == 8 * (1 - c / 4) / c - Double(exponent + 2))
    }
    // (k + 1)^-1 is exact at powers of two
    for exponent in 0...12 {
      let report = try Self.report("power-returns", [("A", 1), ("p", 1), ("c", pow(0.5, Double(exponent)))])
      #expect(report.horizon.bound == pow(2, Double(exponent)) - 1 && report.horizon.slack == 0)
    }
  }

  @Test func truncatedValuesAreBellmans() throws {
    let entry = try ProblemCatalogue.entry("power-returns")
    let problem = try entry.problem(entry.resolve([("A", 1.3), ("p", 1.4), ("c", 0.02)]))
    let report = try FiniteDepthReport.checking(problem, at: [])
    let (points, bound) = (try #require(report.truncation).points, try #require(report.horizon.bound))
    for point in points where point.horizon > 0 {
      let cut = try BellmanRecursion().solve(problem.withHorizon(point.horizon), at: [[0]]).values[0]
      #expect(abs(cut.value - point.value.value) < 1e-12)
      #expect(try point.excess.value <= #require(point.bound))
      #expect((point.excess.value == 0) == (point.horizon >= bound))
    }
    #expect(points.contains { $0.horizon == bound } && points.contains { $0.horizon < bound })
  }

  /// Costs that rise and fall again: gains 1, 1/2, 1/4, ... against 2, 1/8, 1/8, 1/8, ...
  @Test func costsOfTheirOwnForEachBlock() throws {
    let problem = try StoppingProblem(
      name: "gains", dynamics: .gains(GainSequence(.geometric(scale: 1, ratio: 0.5))), cost: .perBlock([1.5, 0.125]))
    let report = try FiniteDepthReport.checking(problem, at: [])
    // 1/2 of the first block's cost is lost, 3/8 + 1/8 of the next two won back: a tie stops at once
    #expect(report.horizon.bound == 3 && report.expectedStoppingDepth?.value == 0 && report.horizon.verdict == .holds)
    let cheaper = try StoppingProblem(
      name: "gains", dynamics: .gains(GainSequence(.geometric(scale: 1, ratio: 0.5))), cost: .perBlock([1.25, 0.125]))
    let other = try FiniteDepthReport.checking(cheaper, at: [])
    // one-step look-ahead stops at once, 1/4 too dear
    #expect(other.expectedStoppingDepth?.value == 3 && other.horizon.slack == 0)
    #expect(other.monotone?.isAbsorbing == false && other.monotone?.regret.value == 0.25)
    #expect(other.monotone?.theorem.verdict == .hypothesesNotMet)
  }
}
