import Testing

@testable import DepthStopping

/// Horizons of many orders of magnitude beyond the process's own scales.
@Suite struct LongHorizonTests {
  /// `dX = -X dt + dW`, g = x^2, c = 1: V(0.8) = 0.540084 at every long horizon (the stationary problem's, by smooth fit).
  @Test(arguments: [1e3, 1e6, 1e8]) func theBoundContainsTheStationaryValue(horizon: Double) throws {
    let statement = CustomStatement(drift: ["-x"], diffusion: ["1"], stoppingLoss: "x^2", runningCost: "1")
    let problem = try CustomProblem.problem(statement)
    let stationary = try SmoothFit().solve(problem, at: [[0.8]]).values[0]
    let found = try GradedFiniteDifferences().solve(problem.withHorizon(horizon), at: [[0.8]])
    #expect(abs(found.values[0].value - stationary.value) <= found.values[0].errorBound + stationary.errorBound)
    #expect(horizon < 1e4 || !found.warnings.isEmpty)
  }
}
