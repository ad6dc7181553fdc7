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
    let shown = shownDepths(query)
    for depth in query.valueDepths {
      let root = (offset + depth).squareRoot()
      // the first solve tells the boundary too, with its errors where it is shown
      let depths = [runningDepth(depth)] + (last == nil ? shown.map(runningDepth) : [])
      let found = try method.solve(
        scaled, StoppingQuery(points: query.points.map { [$0[0] / root] }, depths: depths))
      for (point, value) in zip(query.points, found.values) {
        values.append(
          .init(
            at: point, depth: depth, value: value.value / root, stoppingLoss: value.stoppingLoss / root,
            errorBound: value.errorBound / root + abs(value.value / root).ulp, boundKind: value.boundKind))
      }
      if last == nil { last = found }
    }
    guard let last else { throw StoppingError("no depth was asked for") }
    return StoppingSolution(
      values: values, boundary: boundary(last.boundary, query), expectedDepths: [], diagnostics: last.diagnostics,
      warnings: last.warnings)
  }

  private func shownDepths(_ query: StoppingQuery) -> [Double] {
    query.depths.isEmpty ? (0...32).map { horizon * (1 - pow(Double(32 - $0) / 32, 2)) } : query.depths.sorted()
  }

  private func boundary(_ scaled: HaltingBoundary, _ query: StoppingQuery) -> HaltingBoundary {
    let branches = scaled.branches.map { branch in
      HaltingBranch(
        .selfSimilar(branch.curve, offset: offset), stopsBelow: branch.stopsBelow,
        from: offset * expm1(branch.firstDepth),
        to: branch.lastDepth >= log1p(horizon / offset) ? horizon : offset * expm1(branch.lastDepth))
    }
    let points = shownDepths(query).flatMap { t -> [HaltingBoundary.Point] in
      let (s, root) = (runningDepth(t), (offset + t).squareRoot())
      let known = scaled.points.filter { $0.depth.map { abs($0 - s) <= 1e-12 } ?? false }
      let error = known.compactMap(\.errorBound).max() ?? scaled.errorBound
      return scaled.branches.compactMap { $0.state(at: s) }.map {
        HaltingBoundary.Point(depth: t, at: [$0 * root], errorBound: error * root + 4 * abs($0 * root).ulp)
      }
    }
    return HaltingBoundary(
      shape: .curve, points: points, branches: branches,
      errorBound: points.compactMap(\.errorBound).max() ?? 0, boundKind: scaled.boundKind)
  }
}
