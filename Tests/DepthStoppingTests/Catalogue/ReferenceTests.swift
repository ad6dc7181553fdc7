import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

/// Methods against the closed forms of the catalogue, on random parameters.
@Suite struct ReferenceTests {
  private static func entry(_ name: String) throws -> ProblemCatalogue.Entry { try ProblemCatalogue.entry(name) }

  /// `count` log-uniform draws from [0.1, 10] for each of the names.
  private static func draws(_ names: [String], count: Int, seed: UInt64) -> [[(String, Double)]] {
    var stream = RandomStream(seed: seed)
    return (0..<count).map { _ in
      zip(names, stream.uniforms(names.count)).map { ($0, 0.1 * pow(100, $1)) }
    }
  }

  /// Boundary and values within 1e-10 relative and within the error bound that the solution states.
  private static func check(
    _ name: String, _ settings: [(String, Double)], method: some BoundaryMethod,
    points: (ReferenceSolution) -> [[Double]]
  ) throws {
    let entry = try entry(name)
    let values = try entry.resolve(settings)
    let reference = try entry.reference(values)
    let states = points(reference)
    let solution = try method.solve(entry.problem(values), at: states)
    let found = solution.boundary.radius.map { [$0] } ?? solution.boundary.points.map { $0.at[0] }
    #expect(found.count == reference.boundary.count)
    for (b, exact) in zip(found, reference.boundary) {
      #expect(abs(b - exact) <= 1e-10 * abs(exact), "\(name) \(settings): b \(b), exact \(exact)")
      #expect(
        abs(b - exact) <= solution.boundary.errorBound + reference.accuracy * abs(exact),
        "\(name) \(settings): bound \(solution.boundary.errorBound), error \(b - exact)")
    }
    for (i, value) in solution.values.enumerated() {
      let exact = try #require(reference.value(states[i]))
      #expect(abs(value.value - exact) <= 1e-10 * abs(exact), "\(name) \(settings) at \(states[i])")
      #expect(
        abs(value.value - exact) <= value.errorBound + reference.accuracy * abs(exact),
        "\(name) \(settings) at \(states[i])")
      let depth = try #require(reference.expectedDepth(states[i]))
      #expect(abs(solution.expectedDepths[i].value - depth) <= 1e-8 * max(depth, 1e-3), "\(name) \(settings) depth")
    }
  }

  @Test func ouContractionMatchesItsClosedFormEverywhere() throws {
    for settings in Self.draws(["a", "s", "c"], count: 1000, seed: 11) {
      try Self.check("ou-contraction", settings, method: SmoothFit()) { reference in
        [0.5, 1.5, 4].map { [$0 * reference.boundary[0]] }
      }
    }
  }

  // the closed form evaluated with 40 digits (mpmath); d = 3 there ends in ...9109
  @Test(arguments: [
    (1, 0.134161134098), (2, 0.223606797750), (3, 0.302397999109), (5, 0.439043444776), (10, 0.712552521593),
  ])
  func ouContractionInHigherDimension(dimension: Int, radius: Double) throws {
    let settings: [(String, Double)] = [("a", 1), ("s", 0.5), ("c", 0.1), ("dimension", Double(dimension))]
    let entry = try Self.entry("ou-contraction")
    let values = try entry.resolve(settings)
    #expect(abs(try entry.reference(values).boundary[0] - radius) < 1e-12)
    try Self.check("ou-contraction", settings, method: SmoothFit()) { reference in
      [[2 * reference.boundary[0]] + [Double](repeating: 0, count: dimension - 1)]
    }
  }

  @Test func sequentialTestMatchesItsClosedFormEverywhere() throws {
    for settings in Self.draws(["rho", "w", "c"], count: 200, seed: 12) {
      try Self.check("sequential-test", settings, method: SmoothFit()) { _ in [[0.5], [0.3], [0.01]] }
    }
    for settings in Self.draws(["rho", "w1", "w0", "c"], count: 200, seed: 13) {
      try Self.check("sequential-test", settings, method: SmoothFit()) { reference in
        [[0.5 * (reference.boundary[0] + reference.boundary[1])], [0.5]]
      }
    }
  }

  // Peskir and Shiryaev (2006), section 21, evaluated with 20 digits
  @Test func sequentialTestAgainstTwentyDigits() throws {
    let settings: [(String, Double)] = [("rho", 2), ("w1", 1), ("w0", 2), ("c", 0.05)]
    let entry = try Self.entry("sequential-test")
    let solution = try SmoothFit().solve(entry.problem(entry.resolve(settings)), at: [[2.0 / 3], [0.5]])
    #expect(abs(solution.boundary.points[0].at[0] - 0.03006657860717933636) < 1e-14)
    #expect(abs(solution.boundary.points[1].at[0] - 0.98635309421463973154) < 1e-13)
    #expect(abs(solution.values[0].value - 0.11902499307518343629) < 1e-14)
    #expect(abs(solution.values[1].value - 0.12136850606831991332) < 1e-14)
    let symmetric = try entry.reference(entry.resolve([("c", 0.05)]))
    #expect(abs(symmetric.boundary[0] - 0.134541058437827) < 1e-14)
  }

  @Test func flowsMatchTheirClosedForms() throws {
    for settings in Self.draws(["a", "c"], count: 20, seed: 14) {
      try Self.check("flow-decay", settings, method: Characteristics()) { reference in
        [0.5, -1.5, 3].map { [$0 * reference.boundary[1]] }
      }
    }
    let entry = try Self.entry("anisotropic-decay")
    let values = try entry.resolve([("a1", 0.7), ("a2", 2), ("c", 0.1)])
    let states = [[1.0, 1], [0.1, 0.1], [-2, 0.3]]
    let solution = try Characteristics().solve(entry.problem(values), at: states)
    for point in solution.boundary.points {
      #expect(abs(0.7 * point.at[0] * point.at[0] + 2 * point.at[1] * point.at[1] - 0.1) < 1e-11)
    }
    let reference = try entry.reference(values)
    for (state, value) in zip(states, solution.values) {
      #expect(abs(value.value - reference.value(state)!) < 1e-11)
    }
  }

  @Test(arguments: [0.5, 0.1, 0.01])
  func exactBlocksEnlargeTheStoppingRegion(blockSize: Double) throws {
    // exact transition: stop when h^2 (1 - e^(-2 a Delta))/2 <= c Delta
    let (a, c) = (1.3, 0.2)
    let entry = try Self.entry("flow-decay")
    let problem = try entry.problem(entry.resolve([("a", a), ("c", c)]))
    let solution = try Characteristics(blockSize: blockSize).solve(problem, at: [[2]])
    let expected = (2 * c * blockSize / (1 - exp(-2 * a * blockSize))).squareRoot()
    #expect(abs(solution.boundary.points[1].at[0] - expected) < 1e-9)
    let best = (0...2000).map { k in
      let t = Double(k) * blockSize
      return 2 * exp(-2 * a * t) + c * t
    }.min()!
    #expect(abs(solution.values[0].value - best) < 1e-10)
  }

  @Test func longBlocksPushTheBoundaryBeyondTheProbe() throws {
    let entry = try Self.entry("flow-decay")
    let problem = try entry.problem(entry.resolve([("a", 1), ("c", 0.1)]))
    let solution = try Characteristics(blockSize: 40).solve(problem, at: [[0.2]])
    #expect(abs(solution.boundary.points[1].at[0] - (8 / (1 - exp(-80))).squareRoot()) < 1e-9)
  }
}
