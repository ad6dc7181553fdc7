import Foundation
import Testing

@testable import DepthStopping

/// Sensitivities against what closed forms give by the chain rule.
@Suite struct ProblemSensitivityTests {
  /// d = 2: `b = sqrt(c / 2a)`, so `db/dc = b / 2c`, `db/da = -b / 2a`, `db/ds = 0`.
  @Test(arguments: [("running_cost", 0.1), ("contraction_rate", 1.0), ("noise", 0.5)])
  func theBallsRadiusFollowsItsClosedForm(parameter: String, value: Double) throws {
    let entry = try ProblemCatalogue.entry("ou-contraction")
    let base = [("a", 1.0), ("s", 0.5), ("c", 0.1), ("dimension", 2.0)]
    let alias = ["running_cost": "c", "contraction_rate": "a", "noise": "s"][parameter]
    let measured = try ProblemSensitivity.measure(
      parameter, at: value, query: StoppingQuery(points: [[1, 0]]), method: SmoothFit()
    ) { changed in
      try entry.problem(entry.resolve(base.filter { $0.0 != alias } + [(parameter, changed)]))
    }
    let b = 0.05.squareRoot()
    let exact = ["running_cost": b / 0.2, "contraction_rate": -b / 2, "noise": 0][parameter] ?? .nan
    let found = try #require(measured.boundary.first)
    #expect(abs(found.value - exact) <= 1e-9)
    #expect(abs(found.value - exact) <= found.errorBound)
    // by the envelope theorem dV/dc is the expected depth
    if parameter == "running_cost" {
      let depth = try #require(entry.reference(entry.resolve(base)).expectedDepth([1, 0]))
      let slope = try #require(measured.values.first)
      #expect(abs(slope.value - depth) <= min(slope.errorBound, 1e-8))
    }
  }

  /// A European value at rate 0, or the put's at dividend 0: at the edge differences go to one side. By central differences
  /// around a small positive dividend the derivative must agree.
  @Test func atTheEdgeOfAParameterDifferencesGoToOneSide() throws {
    let entry = try ProblemCatalogue.entry("american-put")
    func measured(_ dividend: Double) throws -> ProblemSensitivity.Derivative {
      let found = try ProblemSensitivity.measure(
        "dividend", at: dividend, query: StoppingQuery(points: [[1]]), method: IntegralEquation()
      ) { try entry.problem(entry.resolve([("strike", 1), ("rate", 0.05), ("dividend", $0)])) }
      return try #require(found.values.first)
    }
    let (edge, near, next) = (try measured(0), try measured(1e-3), try measured(2e-3))
    // linear in so small a dividend
    #expect(abs(edge.value - (2 * near.value - next.value)) < 1e-4 * abs(edge.value) + edge.errorBound)
  }
}
