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
    let cases: [(Double, Double, Double, Double, Double, Double, Double, Double, Double)] = [
      (40, 0.06, 0, 0.2, 1, 36, 4.4866743567320, 32.91466321458, 0.25),
      (40, 0.06, 0, 0.2, 1, 40, 2.3195742485934, 32.91466321458, 0.25),
      (100, 0.03, 0.07, 0.3, 0.5, 100, 9.2506354168285, 37.66424527641, 0.25),
      (100, 0.1, 0.05, 0.4, 3, 100, 19.2867233047820, 54.16979784037, 0.25),
      (100, 0.08, 0.12, 0.2, 3, 80, 25.6577681655841, 54.45164269921, 0.25),
    ]
    for (K, r, q, sigma, T, S, exact, b, _) in cases {
      let vi = VariationalInequality(try localPut(K, r, q, sigma, T))!
      let w = sigma * T.squareRoot()
      print("case", K, r, q, sigma, T, S)
      for (boost, width, reach, mfrac) in [(0.0, 1.0, 1.0, 4), (3.0, 0.15, 1.0, 4), (3.0, 0.15, 1.0, 2), (3.0, 0.15, 1.0, 8), (3.0, 0.15, 0.5, 4), (1.0, 0.5, 0.7, 4), (6.0, 0.15, 1.0, 4)] {
       for scheme in SteppingScheme.allCases {
        let shape = StateGrid.Shape(
          lower: b * 0.9, upper: K * exp(7 * w), kinks: [K], core: (b, K), reach: reach * T.squareRoot(),
          kinkBoost: boost, kinkWidth: width * T.squareRoot())
        var vs: [Double] = [], bs: [Double] = []
        var note = ""
        for N in [100, 200, 400, 800, 1600] {
          let t0 = ContinuousClock.now
          let grid = StateGrid(shape, noise: { vi.diffusion(0, $0) }, cells: N, refinement: N / 50)
          let levels = GradedLevels(horizon: T, steps: N / mfrac, through: []).levels(refinement: 1)
          var march = GridMarch(
            rows: GridRows(vi, nodes: grid.nodes, kinkNodes: grid.kinkNodes, lowerEnd: .stopped, upperEnd: .far),
            horizon: T, scheme: scheme)
          for (a, c) in zip(levels, levels.dropFirst()) { march.step(from: a, to: c) }
          let snap = march.snapshot(depthToGo: T)
          // interpolate V
          let i = grid.nodes.firstIndex { $0 >= S }!
          let lo = max(0, min(grid.nodes.count - 6, i - 3))
          var v = 0.0
          for a in lo..<(lo + 6) {
            var weight = 1.0
            for c in lo..<(lo + 6) where c != a { weight *= (S - grid.nodes[c]) / (grid.nodes[a] - grid.nodes[c]) }
            v += weight * (snap.u[a] + vi.loss.value(0, grid.nodes[a]))
          }
          vs.append(-v)
          bs.append(snap.roots.first?.state ?? .nan)
          note = "settled \(march.settledCount) sweeps \(march.sweepCount) n \(grid.nodes.count) roots \(snap.roots.count) \(ContinuousClock.now - t0)"
        }
        func f(_ x: Double) -> String { String(format: "%.1e", x) }
        let e = vs.map { f(($0 - exact) / K) }
        let rich = zip(vs, vs.dropFirst()).map { f(($1 + ($1 - $0) / 3 - exact) / K) }
        print(boost, width, reach, mfrac, scheme.rawValue, e, "R", rich, "b", bs.map { f(($0 - b) / K) }, note)
       }
      }
    }
  }
}
