import DepthRuns
import Testing

@testable import DepthStopping

/// Horizons of many orders of magnitude beyond the process's own scales.
@Suite struct LongHorizonTests {
  private static func contraction() throws -> StoppingProblem {
    try CustomProblem.problem(CustomStatement(drift: ["-x"], diffusion: ["1"], stoppingLoss: "x^2", runningCost: "1"))
  }

  /// `dX = -X dt + dW`, g = x^2, c = 1: V(0.8) = 0.540084 at every long horizon (the stationary problem's, by smooth fit).
  @Test(arguments: [1e3, 1e6, 1e8]) func theBoundContainsTheStationaryValue(horizon: Double) throws {
    let problem = try Self.contraction()
    let stationary = try SmoothFit().solve(problem, at: [[0.8]]).values[0]
    let found = try GradedFiniteDifferences().solve(problem.withHorizon(horizon), at: [[0.8]])
    #expect(abs(found.values[0].value - stationary.value) <= found.values[0].errorBound + stationary.errorBound)
    #expect(horizon < 1e4 || !found.warnings.isEmpty)
  }

  private static let settings: [(name: String, settings: [(String, Double)], point: [Double])] = [
    ("ou-contraction", [], [1]), ("ou-contraction", [("dimension", 3)], [0.5, 0, 0]), ("sequential-test", [], [0.5]),
    ("quickest-detection", [], [0.3]), ("brownian-radial", [], [0.3, 0]),
    ("brownian-radial", [("dimension", 1)], [0.2]),
  ]

  @Test(arguments: settings.indices, [1e5, 1e9]) func theAnswerIsTheStationaryOne(index: Int, horizon: Double) throws {
    let (name, settings, point) = Self.settings[index]
    let entry = try ProblemCatalogue.entry(name)
    let problem = try entry.problem(entry.resolve(settings))
    let stationary = try SmoothFit().solve(problem, at: [point])
    let long = try problem.withHorizon(horizon)
    let method = try MethodCatalogue.choose("finite-differences", for: long, blockSize: nil).method
    let found = try method.solve(long, StoppingQuery(points: [point], depths: [0, 0.5 * horizon, horizon]))
    #expect(abs(found.values[0].value - stationary.values[0].value) <= found.values[0].errorBound)
    #expect(found.values[0].errorBound < 1e-5 * max(1, abs(found.values[0].value)), "\(name): \(found.values[0])")
    #expect(found.values[1].value == found.values[0].value && found.values[1].depth == 0.5 * horizon)
    #expect(found.values[2].value == found.values[2].stoppingLoss && found.values[2].depth == horizon)
    let states = found.boundary.states(at: 0.25 * horizon)
    #expect(states == stationary.boundary.states(at: 0) && !states.isEmpty)
    let depth = try #require(found.expectedDepths.first)
    #expect(depth.lower <= depth.value && depth.value == stationary.expectedDepths[0].value)
    #expect(depth.lower > 0.9 * depth.value, "\(name): E tau* from \(depth.lower) to \(depth.upper)")
  }

  /// At a horizon that both treat, the bracket agrees with the march, near the end too.
  @Test func itAgreesWithTheMarchWhereThatIsAccurate() throws {
    let problem = try Self.contraction().withHorizon(60)
    let query = StoppingQuery(points: [[0.8], [-1.5]], depths: [0, 30, 55, 59, 59.9])
    let wrapped = try LongHorizon(GradedFiniteDifferences()).solve(problem, query)
    let plain = try GradedFiniteDifferences.reference.solve(problem, query)
    for (a, b) in zip(wrapped.values, plain.values) {
      #expect(a.depth == b.depth && a.at == b.at)
      #expect(abs(a.value - b.value) <= a.errorBound + b.errorBound, "\(a), \(b)")
    }
    for depth in [1.0, 40, 59, 59.9] {
      let (own, other) = (wrapped.boundary.states(at: depth), plain.boundary.states(at: depth))
      #expect(own.count == other.count && !own.isEmpty)
      for (x, y) in zip(own, other) {
        #expect(abs(x - y) <= wrapped.boundary.errorBound + plain.boundary.errorBound, "b(\(depth)): \(x), \(y)")
      }
    }
  }

  @Test func shortHorizonsAndOtherProblemsAreLeftAlone() throws {
    let short = try Self.contraction().withHorizon(1)
    #expect(
      try LongHorizon(GradedFiniteDifferences()).solve(short, at: [[0.8]]).values
        == GradedFiniteDifferences().solve(short, at: [[0.8]]).values)
    // no cost and no discount: nothing is stationary
    let free = try CustomProblem.problem(
      CustomStatement(drift: ["-x"], diffusion: ["1"], stoppingLoss: "x^2", horizon: 100))
    #expect(
      try LongHorizon(GradedFiniteDifferences()).solve(free, at: [[0.8]]).values
        == GradedFiniteDifferences().solve(free, at: [[0.8]]).values)
  }

  @Test func blockwiseStoppingToo() throws {
    let stationary = try BlockwiseBellman(blockSize: 0.1).solve(Self.contraction(), at: [[0.8]])
    let long = try Self.contraction().withHorizon(1e6)
    let found = try MethodCatalogue.choose("auto", for: long, blockSize: 0.1).method.solve(long, at: [[0.8]])
    #expect(abs(found.values[0].value - stationary.values[0].value) <= found.values[0].errorBound)
    #expect(
      found.values[0].errorBound < 1e-10, "\(found.values) \(found.boundary.points.prefix(6)) \(stationary.values)")
    #expect(throws: InputError.self) {
      try LongHorizon(BlockwiseBellman(blockSize: 0.3)).solve(long.replacing(horizon: 1e6 + 0.05), at: [[0.8]])
    }
  }
}
