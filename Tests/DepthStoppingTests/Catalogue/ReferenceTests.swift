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
    if method is SmoothFit {
      let scale = solution.values.map { max(abs($0.value), abs($0.stoppingLoss)) }.max() ?? 1
      for value in solution.values {
        #expect(value.boundKind == .certified, "\(name) \(settings)")
        #expect(value.errorBound <= 1e-8 * scale, "\(name) \(settings) at \(value.at): \(value.errorBound)")
      }
      #expect(solution.boundary.boundKind == .certified)
    }
    for (i, value) in solution.values.enumerated() {
      let exact = try #require(reference.value(states[i]))
      #expect(abs(value.value - exact) <= 1e-10 * abs(exact), "\(name) \(settings) at \(states[i])")
      #expect(
        abs(value.value - exact) <= value.errorBound + reference.accuracy * abs(exact),
        "\(name) \(settings) at \(states[i])")
      guard let depth = reference.expectedDepth(states[i]), depth.isFinite else { continue }
      #expect(abs(solution.expectedDepths[i].value - depth) <= 1e-8 * max(depth, 1e-3), "\(name) \(settings) depth")
      if method is SmoothFit {
        // the closed forms subtract values that nearly agree
        let (stated, slack) = (solution.expectedDepths[i], 1e-10 * max(depth, 1e-2))
        #expect(stated.lower <= depth + slack && depth <= stated.upper + slack, "\(name) \(settings) depth")
      }
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

  @Test func theOtherStationaryProblemsMatchTheirClosedFormsEverywhere() throws {
    for settings in Self.draws(["rho", "lambda", "c"], count: 200, seed: 15) {
      try Self.check("quickest-detection", settings, method: SmoothFit()) { reference in
        [[0.5 * reference.boundary[0]], [0.5 * (1 + reference.boundary[0])]]
      }
    }
    for dimension in [1, 2, 3, 7, 50] {
      for settings in Self.draws(["c"], count: 40, seed: 16 + UInt64(dimension)) {
        let fill = [Double](repeating: 0, count: dimension - 1)
        try Self.check("brownian-radial", settings + [("dimension", Double(dimension))], method: SmoothFit()) {
          reference in [0, 0.4, 0.99, 2].map { [$0 * reference.boundary[0]] + fill }
        }
      }
    }
    for settings in Self.draws(["b"], count: 50, seed: 17) {
      let entry = try Self.entry("brownian-average")
      let values = try entry.resolve(settings)
      let reference = try entry.reference(values)
      let states = [-3, 0.2, 0.8, 2].map { [$0 * reference.boundary[0]] }
      let solution = try SmoothFit().solve(entry.problem(values), at: states)
      for (state, value) in zip(states, solution.values) {
        let exact = try #require(reference.value(state))
        #expect(
          abs(value.value - exact) <= min(1e-10 * exact, value.errorBound + 1e-14 * exact), "\(settings) \(state)")
      }
      #expect(abs(solution.boundary.states(at: 0)[0] / reference.boundary[0] - 1) < 1e-11)
      #expect(abs(solution.boundary.states(at: 2)[0] - 0.8399236756923727 * (settings[0].1 + 2).squareRoot()) < 1e-11)
    }
    for draw in Self.draws(["R"], count: 200, seed: 18) {
      try Self.check("radial-obstacle", [("R", 1 + draw[0].1)], method: SmoothFit()) { reference in
        [[0.3, 0.2], [reference.boundary[0] + 0.01, 0], [0.3, 0.95]]
      }
    }
  }

  // Peskir and Shiryaev (2006), section 22, and the other rows of the reference values
  @Test func digitsOfTheOtherStationaryProblems() throws {
    func solve(_ name: String, _ settings: [(String, Double)], _ points: [[Double]]) throws -> StoppingSolution {
      let entry = try Self.entry(name)
      return try SmoothFit().solve(entry.problem(entry.resolve(settings)), at: points)
    }
    let detection = try solve("quickest-detection", [], [[0.3], [1e-12]])
    #expect(abs(detection.boundary.points[0].at[0] - 0.55606610657932800256) < 1e-14)
    #expect(abs(detection.values[0].value - 0.60953415141701822177) < 1e-13)
    #expect(abs(detection.values[1].value - 0.66129492627395708437) < 1e-11)
    let late = try solve("quickest-detection", [("rho", 2), ("lambda", 0.1), ("c", 0.1)], [[0.3]])
    #expect(abs(late.boundary.points[0].at[0] - 0.94260515245028528976) < 1e-14)
    #expect(abs(late.values[0].value - 0.23419878452134125849) < 1e-13)
    let membrane = try solve("radial-obstacle", [], [])
    #expect(abs(try #require(membrane.boundary.radius) - 0.69796514822337356642) < 1e-14)
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
    try #require(solution.boundary.points.count == 2)
    #expect(abs(solution.boundary.points[1].at[0] - (8 / (1 - exp(-80))).squareRoot()) < 1e-9)
  }
}
