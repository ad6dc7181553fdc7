import DepthDynamics
import DepthNumerics
import Foundation
import Testing

@testable import DepthStopping

func localPut(_ K: Double, _ r: Double, _ q: Double, _ sigma: Double, _ T: Double) throws -> StoppingProblem {
  let diffusion = ScalarDiffusion(
    drift: ScalarFunction { _, s in (r - q) * s }, diffusion: ScalarFunction { _, s in sigma * s }, lower: 0,
    upper: .infinity, law: .lognormal(growth: r - q, volatility: sigma))
  let loss = ScalarLoss(
    value: ScalarFunction { _, s in max(K - s, 0) }, derivative: ScalarFunction { _, s in s < K ? -1 : 0 },
    curvature: ScalarFunction(constant: 0), kinks: [K])
  return try StoppingProblem(
    name: "local-put", dynamics: .diffusion(diffusion, loss), sense: .maximize, cost: .constant(0),
    discount: ScalarFunction(constant: r), horizon: T)
}

@Suite struct Explore {
  @Test func put() throws {
    let cases: [(Double, Double, Double, Double, Double, Double, Double, Double)] = [
      (40, 0.06, 0, 0.2, 1, 36, 4.4866743567320, 32.91466321458),
      (40, 0.06, 0, 0.2, 1, 40, 2.3195742485934, 32.91466321458),
      (40, 0.06, 0, 0.4, 2, 40, 6.9234576099419, 21.91939406079),
      (100, 0.03, 0.07, 0.3, 0.5, 100, 9.2506354168285, 37.66424527641),
      (100, 0.1, 0.05, 0.4, 3, 100, 19.2867233047820, 54.16979784037),
      (100, 0.08, 0.12, 0.2, 3, 80, 25.6577681655841, 54.45164269921),
    ]
    for (K, r, q, sigma, T, S, exact, b) in cases {
      for method in [GradedFiniteDifferences.accurate] {
      let p = try localPut(K, r, q, sigma, T)
      let d = try GridDesign(VariationalInequality(p)!, horizon: T, states: [S])
      let s = try method.solve(p, StoppingQuery(points: [[S]]))
      let bb = s.boundary.branches.compactMap { $0.state(at: 0) }
      print("case", K, r, q, sigma, T, S, "err", (s.values[0].value - exact) / K, "bound", s.values[0].errorBound / K, "b", (bb.first ?? .nan) - b, s.boundary.points.prefix(1), s.boundary.errorBound, s.diagnostics.seconds, s.diagnostics.iterations, s.warnings)
      print("design", d.domain, d.shape.core, d.truncation)
      }
    }
    for name in ["ou-contraction", "sequential-test"] {
      let entry = try ProblemCatalogue.entry(name)
      let base = try entry.problem(entry.resolve([]))
      let x = name == "ou-contraction" ? 1.0 : 0.5
      let ref = try entry.reference(entry.resolve([]))
      for T in [0.5, 5, 50, 500.0] {
        let p = try StoppingProblem(name: name, dynamics: base.dynamics, cost: base.cost, horizon: T)
        let d = try GridDesign(VariationalInequality(p)!, horizon: T, states: [x])
        let s = try GradedFiniteDifferences().solve(p, StoppingQuery(points: [[x]]))
        print(name, T, s.values[0].value - ref.value([x])!, s.values[0].errorBound, s.boundary.branches.map { $0.state(at: 0)! }, ref.boundary, s.boundary.errorBound, s.diagnostics.seconds, s.diagnostics.iterations, s.warnings)
        print("design", d.domain, d.shape.core, d.truncation)
      }
    }
  }
}
