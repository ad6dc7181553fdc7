import DepthRuns

/// Front-fixed collocation where it follows the boundaries, graded grids where it does not, with a line that says why.
struct FrontFixedOrGrids: BoundaryMethod {
  let name = "front-fixed"

  func objection(to problem: StoppingProblem) -> String? { GradedFiniteDifferences().objection(to: problem) }

  func solve(_ problem: StoppingProblem, _ query: StoppingQuery) throws -> StoppingSolution {
    do {
      return try FrontFixedCollocation(followsByIntegration: false).solve(problem, query)
    } catch let error as StoppingError {
      let found = try GradedFiniteDifferences().solve(problem, query)
      return StoppingSolution(
        values: found.values, boundary: found.boundary, expectedDepths: found.expectedDepths,
        diagnostics: found.diagnostics,
        warnings: ["front-fixed collocation has no proven bound here (\(error)): finite-differences instead"]
          + found.warnings)
    }
  }
}
