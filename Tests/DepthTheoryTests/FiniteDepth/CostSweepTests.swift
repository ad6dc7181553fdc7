import DepthNumerics
import DepthRuns
import DepthStopping
import DepthTheory
import Foundation
import Testing

@Suite struct CostSweepTests {
  private static func sweep(_ name: String, _ settings: [(String, Double)], _ costs: [Double]) throws -> CostSweep {
    let entry = try ProblemCatalogue.entry(name)
    return try CostSweep(costs: costs, at: []) { try entry.problem(entry.resolve(settings + [("c", $0)])) }
  }

  private static func law(_ sweep: CostSweep, _ kind: CostSweep.Law.Kind) throws -> CostSweep.Law {
    try #require(sweep.laws.first { $0.kind == kind })
  }

  /// c = 2^-j and rho = 1/2: tau* = j exactly, a line of slope 1/ln 2 without a residual.
  @Test func dyadicGeometricReturnsLieOnALine() throws {
    let sweep = try Self.sweep("geometric-returns", [("A", 1), ("rho", 0.5)], (1...20).map { pow(0.5, Double($0)) })
    let law = try Self.law(sweep, .logarithmic)
    #expect(abs(law.slope.value - 1 / log(2)) < 1e-12 && law.slope.upper - law.slope.lower < 1e-10)
    #expect(abs(try #require(law.predicted) - 1 / log(2)) < 1e-15 && law.deviation < 1e-10)
    #expect(sweep.points.allSatisfy { $0.horizonBound == $0.expectedStoppingDepth.value })
  }

  /// Whole blocks make a stair about the line: the slope is met within its interval, and the other law fits worse.
  @Test(arguments: [0.3, 0.7, 0.9])
  func geometricReturnsFollowTheLogarithm(rho: Double) throws {
    let costs = (0..<60).map { 1e-6 * pow(1e5, Double($0) / 59) }
    let sweep = try Self.sweep("geometric-returns", [("A", 1), ("rho", rho)], costs)
    let law = try Self.law(sweep, .logarithmic)
    let expected = 1 / log(1 / rho)
    #expect(law.slope.lower <= expected && expected <= law.slope.upper)
    #expect(abs(law.slope.value / expected - 1) < 0.02 && law.deviation < 0.35)
    #expect(law.deviation < (try Self.law(sweep, .power)).deviation)
  }

  @Test(arguments: [0.8, 1.5, 2.5])
  func powerReturnsFollowTheirPower(p: Double) throws {
    let costs = (0..<60).map { 1e-5 * pow(1e3, Double($0) / 59) }
    let sweep = try Self.sweep("power-returns", [("A", 1), ("p", p)], costs)
    let law = try Self.law(sweep, .power)
    #expect(abs(law.slope.value * p + 1) < 0.01)
    #expect(abs(try #require(law.predicted) + 1 / p) < 1e-15)
    #expect(law.deviation < (try Self.law(sweep, .logarithmic)).deviation)
  }

  /// Recorded deterministic gains: the same line, with an interval of no width; costs that the last block holds back drop out.
  @Test func recordedPathsFollowTheSameLine() throws {
    let gains = (0..<12).map { pow(0.5, Double($0)) }
    var losses = [2.0]
    for gain in gains { losses.append(losses.last! - gain) }
    let paths = StoppingPaths(
      sampleCount: 40, exitCount: 13, stoppingLoss: (0..<40).flatMap { _ in losses }, featureNames: ["z"],
      features: [Double](repeating: 1, count: 40 * 13))
    let sweep = try CostSweep(costs: (0...14).map { pow(0.5, Double($0)) }, paths, coordinate: "z")
    let law = try Self.law(sweep, .logarithmic)
    #expect(abs(law.slope.value - 1 / log(2)) < 1e-9 && abs(law.slope.upper - law.slope.lower) < 1e-9)
    #expect(abs(try #require(law.predicted) - 1 / log(2)) < 1e-9)
    #expect(sweep.points.filter(\.isCensored).count == 4 && law.points == 11)
    #expect(throws: InputError.self) { try CostSweep(costs: [0.1, -1], paths, coordinate: nil) }
  }

  @Test func tooFewCostsFitNothing() throws {
    #expect(try Self.sweep("geometric-returns", [], [0.1, 0.2]).laws.isEmpty)
  }
}
