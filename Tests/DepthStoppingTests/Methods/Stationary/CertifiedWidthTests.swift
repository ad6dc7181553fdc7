import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

/// Proven bounds are narrow: 1e-8 of the problem's scale on every stationary problem of the catalogue.
@Suite struct CertifiedWidthTests {
  private static let problems: [(String, [String])] = [
    ("ou-contraction", ["a", "s", "c"]), ("sequential-test", ["rho", "w1", "w0", "c"]),
    ("quickest-detection", ["rho", "lambda", "c"]), ("brownian-radial", ["c"]), ("brownian-average", ["b"]),
    ("radial-obstacle", ["R"]),
  ]

  private static func states(_ name: String, _ b: [Double], _ values: ParameterValues) -> [Double] {
    switch name {
    case "ou-contraction": [1.5 * b[0], 4 * b[0]]
    case "sequential-test": [0.5 * (b[0] + b[1]), 0.9 * b[0] + 0.1 * b[1]]
    case "radial-obstacle": [0.5 * (b[0] + values["outer_radius"])]
    default: [0.5 * b[0], 0.9 * b[0]]
    }
  }

  /// Parameters log-uniform over two decades, dimensions up to 50.
  @Test(arguments: problems) func boundsAreNarrow(name: String, parameters: [String]) throws {
    let entry = try ProblemCatalogue.entry(name)
    let hasDimension = entry.parameters.contains { $0.name == "dimension" }
    var stream = RandomStream(seed: 5)
    for _ in 0..<100 {
      let u = stream.uniforms(parameters.count + 1)
      var settings = zip(parameters, u).map { ($0, (name == "radial-obstacle" ? 1 : 0) + pow(10, 2 * $1 - 1)) }
      if hasDimension { settings.append(("dimension", [1, 2, 3, 7, 50][Int(5 * u[parameters.count])])) }
      let values = try entry.resolve(settings)
      let problem = try entry.problem(values)
      let boundary = try SmoothFit().solve(problem, at: []).boundary
      let b = boundary.radius.map { [$0] } ?? boundary.states(at: 0)
      #expect(
        boundary.boundKind == .certified && boundary.errorBound <= 1e-8 * b[0],
        "\(name) \(settings): \(b) +- \(boundary.errorBound)")
      let rest = [Double](repeating: 0, count: problem.stateDimension - 1)
      for value in try SmoothFit().solve(problem, at: Self.states(name, b, values).map { [$0] + rest }).values {
        let scale = max(abs(value.value), abs(value.stoppingLoss))
        #expect(
          value.boundKind == .certified && value.errorBound <= 1e-8 * scale,
          "\(name) \(settings): V(\(value.at[0])) = \(value.value) +- \(value.errorBound)")
      }
    }
  }

  /// Nearly free evidence: the boundaries lie within 2e-12 of certainty, where the odds still have all their digits.
  @Test(arguments: [1e-3, 3e-5, 1e-6, 1e-9, 1e-12]) func cheapEvidence(cost: Double) throws {
    for name in ["sequential-test", "quickest-detection"] {
      let entry = try ProblemCatalogue.entry(name)
      let values = try entry.resolve([("c", cost)])
      let (problem, reference) = (try entry.problem(values), try entry.reference(values))
      let solution = try SmoothFit().solve(problem, at: [[0.5], [0.01]])
      for (found, exact) in zip(solution.boundary.states(at: 0), reference.boundary) {
        #expect(
          abs(found - exact) <= 1e-12 * exact && abs(found - exact) <= solution.boundary.errorBound + 1e-15 * exact,
          "\(name) \(cost): \(found) \(exact)")
        // how far from certainty
        if cost > 1e-7 { #expect(abs(found - exact) <= 1e-8 * (1 - exact)) }
      }
      #expect(solution.boundary.boundKind == .certified, "\(name) \(cost)")
      for value in solution.values {
        let exact = try #require(reference.value(value.at))
        #expect(
          value.errorBound < 1e-10 && abs(value.value - exact) <= value.errorBound + 1e-13 * exact,
          "\(name) \(cost): \(value.value) +- \(value.errorBound), \(exact)")
      }
    }
  }

  /// At an entrance V is the limit from inside.
  @Test func entranceStates() throws {
    let entry = try ProblemCatalogue.entry("quickest-detection")
    for (rho, lambda, c, exact) in [
      (1.0, 1.0, 1.0, 0.66129492627395708437), (2, 0.1, 0.1, 0.2529870686204),
    ] {
      let problem = try entry.problem(entry.resolve([("rho", rho), ("lambda", lambda), ("c", c)]))
      let value = try SmoothFit().solve(problem, at: [[0]]).values[0]
      #expect(value.boundKind == .certified && abs(value.value - exact) <= value.errorBound + 1e-12, "\(value)")
      let grid = try PolicyIteration().solve(problem, at: [[0]]).values[0]
      #expect(abs(grid.value - exact) <= grid.errorBound, "\(grid)")
    }
    #expect(throws: InputError.self) {
      try SmoothFit().solve(try entry.problem(entry.resolve([])), at: [[1]])
    }
  }
}
