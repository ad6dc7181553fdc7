import DepthNumerics
import DepthRuns
import Foundation

/// Stationary one-dimensional diffusions by policy iteration on nested grids, coarse to fine.
///
/// First the whole domain on a geometric grid, to see how many continuation intervals there are and where; then a grid of its
/// own for each, with kinks on nodes and cells that grow smoothly towards an end at infinity, halved from level to level.
/// The value is of second order in the cell; a boundary is the root of `(V - g)'` extrapolated from the continuation side
/// (a kink where smooth fit fails), never a node. Natural ends carry the quasi-steady slope of least growth; the domain is
/// doubled once, and a boundary that moves is warned of. Errors are estimated from a grid of half the cells.
///
/// Not supported: dependence on depth; noise that vanishes inside the domain; E tau*.
/// Source: Howard 1960; Forsyth and Vetzal, SIAM J. Sci. Comput. 23 (2002).
public struct PolicyIteration: BoundaryMethod {
  public let name = "policy-iteration"
  /// Cells of the finest grid of one interval.
  public let cells: Int

  public init(cells: Int = 3200) {
    precondition(cells >= 64 && cells % 16 == 0, "\(cells) cells: a multiple of 16 from 64 is needed")
    self.cells = cells
  }

  public func objection(to problem: StoppingProblem) -> String? {
    SmoothFit().objection(to: problem)?.replacingOccurrences(of: "smooth-fit", with: name)
  }

  public func solve(_ problem: StoppingProblem, _ query: StoppingQuery) throws -> StoppingSolution {
    guard case .diffusion(let diffusion, _) = problem.dynamics, let inequality = VariationalInequality(problem),
      objection(to: problem) == nil
    else { throw StoppingError("\(objection(to: problem) ?? "policy-iteration does not apply")") }
    try problem.validate(query)
    let states = try query.valueDepths.flatMap { depth in
      try query.points.map { try diffusion.scalarState($0, depth: depth, withEnds: true) }
    }
    let ((fields, warnings), seconds) = try timed { try solve(inequality, states) }
    return solution(problem, diffusion.reduction, query, states, fields, warnings, seconds)
  }

  private func solve(
    _ inequality: VariationalInequality, _ states: [Double]
  ) throws -> (fields: [IntervalField], warnings: [String]) {
    let survey = try DomainSurvey(inequality, states: states)
    let fields = try survey.intervals.map { try IntervalField(inequality, survey, $0, cells: cells) }
    var warnings: [String] = []
    if fields.count > 1 { warnings.append("\(fields.count) separate continuation intervals") }
    for field in fields {
      for end in field.ends where !end.isSmooth {
        warnings.append("smooth fit fails at \(end.place): the boundary sits on a kink of the stopping loss")
      }
    }
    if survey.isTruncated, let wide = try? DomainSurvey(inequality, states: states, stretch: 2) {
      let moved = try wide.intervals.map { try IntervalField(inequality, wide, $0, cells: cells / 2) }
      let shift = zip(fields, moved).flatMap { zip($0.ends, $1.ends) }.map { abs($0.place - $1.place) }.max() ?? 0
      let allowance = 4 * (fields.map(\.boundaryError).max() ?? 0)
      if shift > allowance || moved.count != fields.count {
        warnings.append("domain too small: the boundary moves by \(shift) when the domain doubles")
      }
    }
    return (fields, warnings)
  }

  private func solution(
    _ problem: StoppingProblem, _ reduction: ScalarDiffusion.Reduction, _ query: StoppingQuery, _ states: [Double],
    _ fields: [IntervalField], _ warnings: [String], _ seconds: Double
  ) -> StoppingSolution {
    let (sign, count) = (problem.sign, query.points.count)
    guard case .diffusion(_, let loss) = problem.dynamics else {
      preconditionFailure("\(problem.name) is no diffusion")
    }
    let values = states.indices.map { k in
      let depth = query.valueDepths[k / count]
      let factor = reduction.valueFactor(depth: depth)
      let g = loss.value(0, states[k])
      let found = fields.lazy.compactMap { $0.value(at: states[k]) }.first
      return StoppingSolution.Value(
        at: query.points[k % count], depth: depth, value: factor * (found.map { sign * $0.value } ?? g),
        stoppingLoss: factor * g, errorBound: factor * (found?.error ?? 2 * g.ulp), boundKind: .estimate)
    }
    var branches: [HaltingBranch] = []
    for field in fields {
      for end in field.ends { branches.append(HaltingBranch(.constant(end.place), stopsBelow: end.stopsBelow)) }
    }
    let error = fields.map(\.boundaryError).max() ?? 0
    let places = Set(branches.compactMap { $0.state(at: 0) }).sorted()
    let boundary: HaltingBoundary
    if case .selfSimilar(let offset) = reduction {
      boundary = HaltingBoundary(selfSimilar: branches, offset: offset, depths: query.depths, error, .estimate)
    } else {
      boundary = HaltingBoundary(stationary: places, branches, reduction, error, .estimate)
    }
    return StoppingSolution(
      values: values, boundary: boundary, expectedDepths: [],
      diagnostics: Diagnostics(
        status: .converged, method: name, iterations: fields.reduce(0) { $0 + $1.iterations }, residual: error,
        residualNorm: "boundary's change from half the cells", seconds: seconds), warnings: warnings)
  }
}
