import DepthDynamics
import DepthRuns
import Foundation

/// A self-similar problem with a horizon, run in its own depth: `s = ln((b + t)/b)`, `z = x/sqrt(b + t)`.
///
/// The user's horizon T is `ln((b + T)/b)` there; V(t, x) is `v(s, z)/sqrt(b + t)`, the boundary `z(s) sqrt(b + t)`.
struct SelfSimilarHorizon {
  let problem: StoppingProblem
  let scaled: StoppingProblem
  let offset: Double
  let horizon: Double

  /// nil unless the problem is self-similar and has a horizon.
  init?(_ problem: StoppingProblem) throws {
    guard case .diffusion(let process, let loss) = problem.dynamics, let horizon = problem.horizon,
      case .selfSimilar(let offset) = process.reduction
    else { return nil }
    self.problem = problem
    self.offset = offset
    self.horizon = horizon
    let running = ScalarDiffusion(
      drift: process.drift, diffusion: process.diffusion, lower: process.lower, upper: process.upper,
      lowerEnd: process.lowerEnd, upperEnd: process.upperEnd)
    scaled = try StoppingProblem(
      name: problem.name, parameters: problem.parameters, dynamics: .diffusion(running, loss), sense: problem.sense,
      cost: problem.cost, discount: problem.discount, horizon: log1p(horizon / offset), structure: problem.structure)
  }

  private func runningDepth(_ t: Double) -> Double {
    t >= horizon ? log1p(horizon / offset) : log1p(t / offset)
  }

  /// The user's answer from solves of the scaled problem, one for each depth of the query.
  func solve(_ query: StoppingQuery, by method: some BoundaryMethod) throws -> StoppingSolution {
    try problem.validate(query)
    var values: [StoppingSolution.Value] = []
    var last: StoppingSolution?
    for depth in query.valueDepths {
      let root = (offset + depth).squareRoot()
      let found = try method.solve(
        scaled, StoppingQuery(points: query.points.map { [$0[0] / root] }, depths: [runningDepth(depth)]))
      for (point, value) in zip(query.points, found.values) {
        values.append(
          .init(
            at: point, depth: depth, value: value.value / root, stoppingLoss: value.stoppingLoss / root,
            errorBound: value.errorBound / root + abs(value.value / root).ulp, boundKind: value.boundKind))
      }
      last = found
    }
    guard let last else { throw StoppingError("no depth was asked for") }
    return StoppingSolution(
      values: values, boundary: boundary(last.boundary, query), expectedDepths: [], diagnostics: last.diagnostics,
      warnings: last.warnings)
  }

  private func boundary(_ scaled: HaltingBoundary, _ query: StoppingQuery) -> HaltingBoundary {
    let shown =
      query.depths.isEmpty ? (0...32).map { horizon * (1 - pow(Double(32 - $0) / 32, 2)) } : query.depths.sorted()
    // dense towards the horizon, where boundaries are like square roots of the depth to go
    let dense = (0...2000).map { horizon * (1 - pow(1 - Double($0) / 2000, 2)) }
    let branches = scaled.branches.compactMap { branch -> HaltingBranch? in
      let known = dense.compactMap { t in
        branch.state(at: runningDepth(t)).map { (horizon - t, $0 * (offset + t).squareRoot()) }
      }
      let curve = try? BoundaryCurve(
        depths: known.reversed().map { $0.0.squareRoot() }, values: known.reversed().map(\.1),
        interpolation: .monotoneCubic)
      return curve.map {
        HaltingBranch(.depthToGoTable($0, horizon: horizon), stopsBelow: branch.stopsBelow, from: 0, to: horizon)
      }
    }
    let points = shown.flatMap { t in
      scaled.branches.compactMap { $0.state(at: runningDepth(t)) }.map { state in
        HaltingBoundary.Point(depth: t, at: [state * (offset + t).squareRoot()])
      }
    }
    return HaltingBoundary(
      shape: .curve, points: points, branches: branches,
      errorBound: scaled.errorBound * (offset + horizon).squareRoot(), boundKind: scaled.boundKind)
  }
}
