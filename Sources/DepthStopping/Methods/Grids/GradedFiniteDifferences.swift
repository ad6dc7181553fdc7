import DepthDynamics
import DepthRuns
import Foundation

/// Scalar diffusions with a horizon and any coefficients, on nested grids graded in depth and state.
///
/// `V_t + L V - r V + c >= 0`, `V <= g` with complementarity inside every step (see `GridMarch`), on four nested grids (half
/// the cells and half the steps each), the two finest extrapolated after Richardson. One or many boundaries, born, merged and ended as depth
/// goes. Orders: 2 for V on each grid, 3 extrapolated (rather 2.2 next to a horizon where the boundary starts at a kink), 2 for the boundary.
/// Work: about 12 ns a node and solve, two solves a step: 16 ms for `cells` = 1600.
///
/// Errors are estimates: the differences of extrapolations from neighbouring pairs of grids, the largest near the state, those of the
/// coarser pairs scaled (`NestedGrids`, `BoundaryGap`). Not supported: noise that vanishes everywhere (a flow), infinite horizon.
public struct GradedFiniteDifferences: BoundaryMethod, Equatable {
  public let name = "finite-differences"
  /// Cells of the finest grid, about.
  public let cells: Int
  /// Steps of the finest grid, about; graded `theta = T (n/M)^2`.
  public let steps: Int
  public let scheme: SteppingScheme

  /// About 1e-6 of the scale in 1 ms.
  public static let fast = GradedFiniteDifferences(cells: 320, steps: 80)
  /// About 1e-8 of the scale in 10 ms.
  public static let accurate = GradedFiniteDifferences()
  /// About 1e-10 of the scale in 200 ms.
  public static let reference = GradedFiniteDifferences(cells: 6400, steps: 1600)

  public init(cells: Int = 1600, steps: Int = 400, scheme: SteppingScheme = .trBDF2) {
    precondition(cells >= 64 && steps >= 16, "\(cells) cells and \(steps) steps; at least 64 and 16 are needed")
    self.cells = cells
    self.steps = steps
    self.scheme = scheme
  }

  public func objection(to problem: StoppingProblem) -> String? {
    guard case .diffusion = problem.dynamics else { return "it is no diffusion on the line" }
    return problem.horizon == nil ? "finite-differences marches back from a horizon; this problem has none" : nil
  }

  public func solve(_ problem: StoppingProblem, _ query: StoppingQuery) throws -> StoppingSolution {
    if let objection = objection(to: problem) { throw StoppingError(objection) }
    if let similar = try SelfSimilarHorizon(problem) { return try similar.solve(query, by: self) }
    guard case .diffusion(let process, _) = problem.dynamics, let inequality = VariationalInequality(problem),
      let horizon = problem.horizon
    else { throw StoppingError("finite-differences does not apply") }
    try problem.validate(query)
    let states = try query.points.map { try process.scalarState($0) }
    let ((extrapolation, design), seconds) = try timed {
      let design = try GridDesign(inequality, horizon: horizon, states: states)
      return (
        try NestedGrids(
          inequality, horizon: horizon, design: design, cells: cells, steps: steps, scheme: scheme,
          depths: query.valueDepths), design
      )
    }
    let found = solution(problem, process, query, states, extrapolation, design, seconds)
    return try checked(found, problem, inequality, query)
  }

  /// Where nothing changes with depth, stopping earlier is one more choice of the longer problem: V at 0 is no worse than that of
  /// any shorter horizon. A horizon of many orders of magnitude beyond the process's own scales leaves no steps for these:
  /// coarse runs over shorter horizons find it out.
  private func checked(
    _ found: StoppingSolution, _ problem: StoppingProblem, _ inequality: VariationalInequality, _ query: StoppingQuery
  ) throws -> StoppingSolution {
    guard !inequality.dependsOnDepth, let horizon = problem.horizon, query.valueDepths[0] == 0, !query.points.isEmpty,
      self != .fast
    else { return found }
    var shortfall = [Double](repeating: 0, count: query.points.count)
    for shortening in [64.0, 4096, 262_144, 16_777_216] {
      let shorter = try StoppingProblem(
        name: problem.name, parameters: problem.parameters, dynamics: problem.dynamics, sense: problem.sense,
        cost: problem.cost, discount: problem.discount, horizon: horizon / shortening, structure: problem.structure)
      guard let coarse = try? Self.fast.solve(shorter, StoppingQuery(points: query.points, depths: [0])) else {
        continue
      }
      for i in query.points.indices {
        let (long, short) = (found.values[i], coarse.values[i])
        let gap = problem.sign * (long.value - short.value)
        if gap > long.errorBound + 10 * short.errorBound { shortfall[i] = max(shortfall[i], gap) }
      }
    }
    guard let worst = shortfall.max(), worst > 0 else { return found }
    return found.widened(
      by: shortfall,
      warning: "the horizon \(horizon) is too long for \(steps) steps: shorter ones give a better V, by \(worst)")
  }

  private func solution(
    _ problem: StoppingProblem, _ process: ScalarDiffusion, _ query: StoppingQuery, _ states: [Double],
    _ grids: NestedGrids, _ design: GridDesign, _ seconds: Double
  ) -> StoppingSolution {
    let sign = problem.sign
    var values: [StoppingSolution.Value] = []
    for (index, depth) in query.valueDepths.enumerated() {
      for (point, state) in zip(query.points, states) {
        let (value, loss, error) = grids.value(depthIndex: index, at: state)
        values.append(
          .init(
            at: point, depth: depth, value: sign * value, stoppingLoss: sign * loss, errorBound: error,
            boundKind: .estimate))
      }
    }
    let boundary = grids.boundary(process, depths: query.depths, stateDimension: problem.stateDimension)
    var warnings = grids.warnings
    let isTruncated = design.truncation > 1e-9
    if isTruncated {
      warnings.append(
        "domain too small: V moves by \(design.truncation) of its distance from g when the domain doubles")
    }
    return StoppingSolution(
      values: values, boundary: boundary, expectedDepths: [],
      diagnostics: Diagnostics(
        status: isTruncated ? .unconverged : .converged, method: name, iterations: grids.sweepCount,
        residual: values.map(\.errorBound).max() ?? boundary.errorBound,
        residualNorm: "largest difference of two extrapolations", seconds: seconds), warnings: warnings)
  }
}
