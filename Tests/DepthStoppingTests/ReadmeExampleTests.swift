import DepthStopping
import Testing

/// The library example of the README, line by line.
@Suite struct ReadmeExampleTests {
  @Test func theExampleRuns() throws {
    let entry = try ProblemCatalogue.entry("sequential-test")
    let problem = try entry.problem(entry.resolve([("rho", 2), ("w1", 1), ("w0", 2), ("c", 0.05)]))
    let solution = try SmoothFit().solve(problem, at: [[0.5]])
    #expect(solution.boundary.points.map(\.at).count == 2)
    #expect(abs(solution.values[0].value - 0.12136850606831991332) <= solution.values[0].errorBound)
  }
}
