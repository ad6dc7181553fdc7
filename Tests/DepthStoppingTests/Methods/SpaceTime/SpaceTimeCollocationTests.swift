import DepthNumerics
import Foundation
import Testing

@testable import DepthStopping

@Suite struct SpaceTimeCollocationTests {
  @Test func trial() throws {
    for (name, settings, horizon, x) in [
      ("quickest-detection", [], 1.0, 0.3), ("ou-contraction", [], 1, 1.0), ("sequential-test", [], 1, 0.45),
      ("brownian-radial", [("dimension", 1.0)], 1, 0.2),
      ("ou-contraction", [("dimension", 3)], 1, 1.0),
      ("brownian-radial", [("dimension", 3.0)], 1, 0.2),
    ] as [(String, [(String, Double)], Double, Double)] {
      let entry = try ProblemCatalogue.entry(name)
      let problem = try entry.problem(entry.resolve(settings)).withHorizon(horizon)
      let inequality = try #require(VariationalInequality(problem))
      let clock = ContinuousClock.now
      do {
        let found = try SpaceTimeCollocation(inequality, horizon: horizon)
        let seconds = ContinuousClock.now - clock
        let march = found.marches[0]
        for (i, panel) in march.panels.enumerated() {
          print(
            String(format: "  %.2e-%.2e n %d p %d el %d it %d sum %.2e misfit %.1e step %.1e b %.12f %.12f", panel.first, panel.last,
            panel.rule.n, panel.rule.p, panel.elements.count, panel.iterations, march.bounds[i], panel.misfit, panel.step,
            march.interval.origin + panel.boundary(isUpper: false, root: panel.last),
            march.interval.origin + panel.boundary(isUpper: true, root: panel.last)))
        }
        let v = found.value(depth: 0, at: x)
        print(name, settings, v, found.isProven, march.startBound, seconds, found.elementCount, found.iterations)
        let d = problem.stateDimension
        let grid = try GradedFiniteDifferences.reference.solve(
          problem, StoppingQuery(points: [[x] + [Double](repeating: 0, count: d - 1)], depths: [0]))
        print("  grid", problem.sign * grid.values[0].value, grid.values[0].errorBound, "difference", v.value - problem.sign * grid.values[0].value)
      } catch { print(name, "failed", error) }
    }
  }
}
