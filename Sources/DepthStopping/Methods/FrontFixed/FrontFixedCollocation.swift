import DepthDynamics
import DepthNumerics
import DepthRuns
import Foundation

/// Free boundaries with a horizon by Chebyshev collocation on moving intervals, boundary and smooth fit as unknown and equation.
///
/// Where the loss does not change with depth: `SpaceTimeCollocation`, polynomials in state and depth on elements that move with the
/// boundaries, panels of `sqrt(T - t)` that shrink geometrically towards the horizon, Newton for the boundaries; spectral in both,
/// independent of any grid. Errors of V and of the boundaries are estimates from a second, coarser collocation
/// (`SpaceTimeEstimate`), or, where it fails, from the residual by the comparison principle.
///
/// Otherwise, or where that fails: each interval as a differential-algebraic system of index 1 (`FrontFixedSystem`), integrated
/// by IDA from a start that graded finite differences give; errors are then estimates: the difference from a coarser degree and
/// tolerance, and the start's own. Not supported: intervals that are born, merge or end; boundaries without smooth fit.
/// Source: comparison for variational inequalities: Peskir and Shiryaev (2006), chapter IV; Ehlich and Zeller, Math. Z. 86 (1964).
public struct FrontFixedCollocation: BoundaryMethod {
  public let name = "front-fixed"
  /// n of the finer collocation.
  public let degree: Int
  /// IDA's tolerance, relative to the largest `|V - g|`.
  public let tolerance: Double
  /// The start's depth to go, as a share of the horizon.
  public let startShare: Double
  /// Of the space-time collocation.
  let resolution: SpaceTimeResolution

  public init(degree: Int = 80, tolerance: Double = 1e-10, startShare: Double = 1.0 / 16) {
    self.init(.standard, degree: degree, tolerance: tolerance, startShare: startShare)
  }

  init(
    _ resolution: SpaceTimeResolution, degree: Int = 80, tolerance: Double = 1e-10, startShare: Double = 1.0 / 16
  ) {
    precondition(degree >= 16 && tolerance > 0 && startShare > 0 && startShare < 1, "degree \(degree)")
    self.degree = degree
    self.tolerance = tolerance
    self.startShare = startShare
    self.resolution = resolution
  }

  public func objection(to problem: StoppingProblem) -> String? {
    guard VariationalInequality(problem) != nil else { return "it is no diffusion on the line" }
    return problem.horizon == nil ? "front-fixed marches back from a horizon; this problem has none" : nil
  }

  /// From the start asked for, else from four times as far, else with a looser tolerance: near the horizon a boundary may be
  /// hardly determined, where `g_t + L g - r g + c` is small at it, and rounding then costs IDA its steps.
  private func attempt(
    _ problem: StoppingProblem, _ inequality: VariationalInequality, _ horizon: Double, _ states: [Double],
    _ depths: [Double]
  ) throws -> FrontFixedRun {
    let later = min(0.5, 4 * startShare)
    var failure: StoppingError?
    for (share, tolerance) in [(startShare, tolerance), (later, tolerance), (later, 100 * tolerance)] {
      let trial = FrontFixedCollocation(degree: degree, tolerance: tolerance, startShare: share)
      do {
        return try FrontFixedRun(trial, problem, inequality, horizon: horizon, states: states, depths: depths)
      } catch let error as StoppingError {
        failure = error
      }
    }
    throw failure!
  }

  public func solve(_ problem: StoppingProblem, _ query: StoppingQuery) throws -> StoppingSolution {
    if let objection = objection(to: problem) { throw StoppingError(objection) }
    if let similar = try SelfSimilarHorizon(problem) { return try similar.solve(query, by: self) }
    guard case .diffusion(let process, _) = problem.dynamics, let inequality = VariationalInequality(problem),
      let horizon = problem.horizon
    else { throw StoppingError("front-fixed does not apply") }
    try problem.validate(query)
    let states = try query.points.map { try process.scalarState($0) }
    let (followed, spent) = try timed { try collocation(inequality, horizon) }
    if let followed { return solution(problem, process, query, states, followed, horizon, spent) }
    let (run, seconds) = try timed {
      try attempt(problem, inequality, horizon, states, query.valueDepths)
    }
    let sign = problem.sign
    var values: [StoppingSolution.Value] = []
    for depth in query.valueDepths {
      for (point, state) in zip(query.points, states) {
        let (value, error) = run.value(depth: depth, at: state)
        values.append(
          .init(
            at: point, depth: depth, value: sign * value, stoppingLoss: sign * inequality.loss.value(depth, state),
            errorBound: error, boundKind: .estimate))
      }
    }
    let branches = run.branches()
    let sampled =
      query.depths.isEmpty ? (0...32).map { horizon * (1 - pow(Double(32 - $0) / 32, 2)) } : query.depths.sorted()
    let errors = sampled.map { run.boundaryError(depth: $0) }
    let worst = errors.max() ?? 0
    return StoppingSolution(
      values: values,
      boundary: HaltingBoundary(
        shape: .curve,
        points: zip(sampled, errors).flatMap { depth, error in
          branches.compactMap { branch in
            branch.state(at: depth).map { .init(depth: depth, at: [$0], errorBound: error) }
          }
        },
        radius: process.reduction != .none && branches.count == 1 ? branches[0].state(at: sampled[0]) : nil,
        branches: branches, errorBound: worst, boundKind: .estimate), expectedDepths: [],
      diagnostics: Diagnostics(
        status: .converged, method: name, iterations: run.steps, residual: worst,
        residualNorm: "boundary's change from the coarser collocation", toleranceAsked: tolerance, seconds: seconds))
  }

  /// The space-time collocation, where rounding stands against its aim with a looser one; nil for intervals that are IDA's.
  private func collocation(_ inequality: VariationalInequality, _ horizon: Double) throws -> SpaceTimeEstimate? {
    for factor in [1.0, 50] {
      do {
        return try SpaceTimeEstimate(inequality, horizon: horizon, resolution: resolution.loosened(by: factor))
      } catch is StoppingError {
        continue
      }
    }
    return nil
  }

  /// Values and boundaries of the space-time collocation.
  private func solution(
    _ problem: StoppingProblem, _ process: ScalarDiffusion, _ query: StoppingQuery, _ states: [Double],
    _ found: SpaceTimeEstimate, _ horizon: Double, _ seconds: Double
  ) -> StoppingSolution {
    let (sign, collocation) = (problem.sign, found.fine)
    let values = query.valueDepths.flatMap { depth in
      found.values(depth: depth, at: states).enumerated().map { i, here in
        StoppingSolution.Value(
          at: query.points[i], depth: depth, value: sign * here.value,
          stoppingLoss: sign * collocation.inequality.loss.value(depth, states[i]), errorBound: here.error,
          boundKind: .estimate)
      }
    }
    let branches = collocation.branches()
    let sampled =
      query.depths.isEmpty ? (0...32).map { horizon * (1 - pow(Double(32 - $0) / 32, 2)) } : query.depths.sorted()
    let errors = sampled.map { found.boundaryError(depth: $0) }
    return StoppingSolution(
      values: values,
      boundary: HaltingBoundary(
        shape: .curve,
        points: zip(sampled, errors).flatMap { depth, error in
          branches.compactMap { branch in
            branch.state(at: depth).map { .init(depth: depth, at: [$0], errorBound: error) }
          }
        },
        radius: process.reduction != .none && branches.count == 1 ? branches[0].state(at: sampled[0]) : nil,
        branches: branches, errorBound: errors.max() ?? 0, boundKind: .estimate), expectedDepths: [],
      diagnostics: Diagnostics(
        status: .converged, method: name, iterations: collocation.iterations,
        evaluations: ["elements": collocation.elementCount],
        residual: values.map(\.errorBound).max() ?? errors.max() ?? 0,
        residualNorm: found.coarse == nil ? "bound of |V - U| from the residual" : "difference of two collocations",
        seconds: seconds),
      warnings: collocation.isProven
        ? []
        : ["front-fixed: a condition of the comparison could not be checked; the bounds rest on the equation alone"])
  }
}
