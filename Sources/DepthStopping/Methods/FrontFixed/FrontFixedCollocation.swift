import DepthDynamics
import DepthNumerics
import DepthRuns
import Foundation

/// Free boundaries with a horizon by Chebyshev collocation on moving intervals, boundary and smooth fit as unknown and equation.
///
/// Where nothing changes with depth: `SpaceTimeCollocation`, polynomials in state and depth on elements that move with the
/// boundaries, panels of `sqrt(T - t)` that shrink geometrically towards the horizon, Newton for the boundaries; spectral in both,
/// independent of any grid. Bounds of V by the comparison principle from the residual; estimates, for some of
/// the suprema that they rest on (the start's error, coefficients within an element) are sampled.
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

  public init(degree: Int = 80, tolerance: Double = 1e-10, startShare: Double = 1.0 / 16) {
    precondition(degree >= 16 && tolerance > 0 && startShare > 0 && startShare < 1, "degree \(degree)")
    self.degree = degree
    self.tolerance = tolerance
    self.startShare = startShare
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
    do {
      let (collocation, spent) = try timed { try SpaceTimeCollocation(inequality, horizon: horizon) }
      return solution(problem, process, query, states, collocation, horizon, spent)
    } catch is StoppingError {
      // intervals that the collocation cannot follow are IDA's
    }
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
    return StoppingSolution(
      values: values,
      boundary: HaltingBoundary(
        shape: .curve,
        points: sampled.flatMap { depth in
          branches.compactMap { branch in branch.state(at: depth).map { .init(depth: depth, at: [$0]) } }
        },
        radius: process.reduction != .none && branches.count == 1 ? branches[0].state(at: sampled[0]) : nil,
        branches: branches, errorBound: run.boundaryError, boundKind: .estimate), expectedDepths: [],
      diagnostics: Diagnostics(
        status: .converged, method: name, iterations: run.steps, residual: run.boundaryError,
        residualNorm: "boundary's change from the coarser collocation", toleranceAsked: tolerance, seconds: seconds))
  }

  /// Values and boundaries of the space-time collocation.
  private func solution(
    _ problem: StoppingProblem, _ process: ScalarDiffusion, _ query: StoppingQuery, _ states: [Double],
    _ found: SpaceTimeCollocation, _ horizon: Double, _ seconds: Double
  ) -> StoppingSolution {
    let sign = problem.sign
    var values: [StoppingSolution.Value] = []
    for depth in query.valueDepths {
      for (point, state) in zip(query.points, states) {
        let (value, bound) = found.value(depth: depth, at: state)
        values.append(
          .init(
            at: point, depth: depth, value: sign * value,
            stoppingLoss: sign * found.inequality.loss.value(depth, state), errorBound: bound,
            // some suprema behind the bound are sampled: no certificate until they are proven
            boundKind: .estimate))
      }
    }
    let branches = found.branches()
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
        status: .converged, method: name, iterations: found.iterations, evaluations: ["elements": found.elementCount],
        residual: values.map(\.errorBound).max() ?? errors.max() ?? 0,
        residualNorm: "bound of |V - U| from the residual", seconds: seconds),
      warnings: found.isProven
        ? []
        : ["front-fixed: a condition of the comparison could not be checked; the bounds rest on the residual alone"])
  }
}
