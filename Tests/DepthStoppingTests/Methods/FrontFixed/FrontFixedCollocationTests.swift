import DepthDynamics
import DepthNumerics
import Foundation
import Testing

@testable import DepthStopping

/// Collocation on moving intervals against references and against the grids, from which it takes its start alone.
@Suite struct FrontFixedCollocationTests {
  @Test func putsToTheirReferences() throws {
    for put in GradedFiniteDifferencesTests.puts {
      let problem = try GridProblems.put(
        strike: put.k, rate: put.r, dividend: put.q, volatility: put.sigma, maturity: put.maturity)
      let solution = try FrontFixedCollocation().solve(problem, StoppingQuery(points: [[put.s]], depths: [0]))
      let error = abs(solution.values[0].value - put.value)
      let b = try #require(solution.boundary.branches.first?.state(at: 0))
      #expect(error < 1e-7 * put.k, "\(put): \(error / put.k)")
      #expect(error <= solution.values[0].errorBound, "\(put): \(error)")
      #expect(abs(b - put.b) <= solution.boundary.errorBound, "\(put): boundary \(b)")
    }
  }

  @Test func agreesWithTheGrids() throws {
    let problems = try [
      (GridProblems.put(strike: 10, rate: 0.05, dividend: 0.02, volatility: 0.25, maturity: 2), [[10.0], [9]]),
      (GridProblems.limited("sequential-test", horizon: 2).problem, [[0.5], [0.3]]),
    ]
    for (problem, points) in problems {
      let query = StoppingQuery(points: points, depths: [0, 0.5, 1.95])
      let (a, b) = try (FrontFixedCollocation().solve(problem, query), GradedFiniteDifferences().solve(problem, query))
      for (x, y) in zip(a.values, b.values) {
        #expect(abs(x.value - y.value) <= x.errorBound + y.errorBound, "\(problem.name): \(x) \(y)")
      }
      for depth in [0, 0.7, 1.5] {
        let (p, q) = (a.boundary.states(at: depth), b.boundary.states(at: depth))
        #expect(p.count == q.count && !p.isEmpty, "\(problem.name) \(p) \(q)")
        for (x, y) in zip(p, q) { #expect(abs(x - y) < 2e-5, "\(problem.name) at \(depth): \(x) \(y)") }
      }
    }
  }
}
