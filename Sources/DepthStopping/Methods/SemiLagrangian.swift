import DepthDynamics
import DepthNumerics
import DepthRuns
import Foundation

/// Flows on the line by a semi-Lagrangian recursion on a grid: the second, independent method beside `Characteristics`.
///
/// `V(t, x) = min{min_{s <= Delta} J(s), cost + e^(-r Delta) I[V(t + Delta)](x_Delta)}` with linear, hence monotone, interpolation I:
/// kinks of V stay kinks. Order 2 in the cell where V is smooth, 1 beside a kink that the flow carries. With a horizon backwards,
/// else to the fixed point. The grid covers the window (the hull of probes and points, or the domain) and what flows from there
/// can reach while a halt may pay. Errors are estimates from a grid of half as many cells, with a margin.
/// Source: Falcone and Ferretti, "Semi-Lagrangian Approximation Schemes" (SIAM, 2013), chapter 8.
public struct SemiLagrangian: BoundaryMethod {
  public let name = "semi-lagrangian"
  /// Cells on the window.
  public let cells: Int

  public init(cells: Int = 1024) {
    precondition(cells >= 16, "\(cells) cells")
    self.cells = cells
  }

  public func objection(to problem: StoppingProblem) -> String? {
    guard problem.discount.constantValue != nil else { return "semi-lagrangian needs a constant discount" }
    switch problem.dynamics {
    case .flow(let field, _, _) where field.dimension == 1: return nil
    case .diffusion(let process, _) where process.isFlow: return nil
    default: return "semi-lagrangian needs a flow on the line without noise"
    }
  }

  public func solve(_ problem: StoppingProblem, _ query: StoppingQuery) throws -> StoppingSolution {
    if let objection = objection(to: problem) { throw StoppingError(objection) }
    try problem.validate(query)
    switch problem.dynamics {
    case .flow(let field, let loss, let probes):
      let ends = probes.map { $0[0] }
      return try open(
        problem, field, loss, probes, StateInterval(lower: ends.min() ?? -1, upper: ends.max() ?? 1), query)
    case .diffusion(let process, _):
      guard let inequality = VariationalInequality(problem) else { throw StoppingError("no scalar problem") }
      return try solve(problem, FlowObjective(inequality, leastCost: problem.runningCost), process.window, query)
    default: throw StoppingError("semi-lagrangian needs a flow on the line without noise")
    }
  }

  private func open(
    _ problem: StoppingProblem, _ field: some VectorField, _ loss: StateLoss, _ probes: [[Double]],
    _ window: StateInterval, _ query: StoppingQuery
  ) throws -> StoppingSolution {
    try solve(problem, FlowObjective(problem, field, loss, probes: probes), window, query)
  }

  private struct Run {
    var values: [[Double]] = []
    var crossings: [[HaltingBoundary.Crossing]] = []
    var steps = 0
  }

  private func solve<Field: VectorField>(
    _ problem: StoppingProblem, _ objective: FlowObjective<Field>, _ window: StateInterval, _ query: StoppingQuery
  ) throws -> StoppingSolution {
    guard problem.horizon != nil || !objective.dependsOnDepth else {
      throw StoppingError("semi-lagrangian needs a horizon where the flow or the loss depend on depth")
    }
    let (found, seconds) = try timed { () -> (Run, Run, [Double]) in
      let span = try reach(objective, window, query)
      let depths = boundaryDepths(problem, query)
      return (
        try run(problem, objective, window, span, cells, query, depths),
        try run(problem, objective, window, span, cells / 2, query, depths), depths
      )
    }
    let (fine, coarse, depths) = found
    let gap = zip(fine.values.joined(), coarse.values.joined()).map { abs($0 - $1) }.max() ?? 0
    var (error, changed) = (0.0, false)
    for (a, b) in zip(fine.crossings, coarse.crossings) {
      if a.map(\.stopsBelow) != b.map(\.stopsBelow) { changed = true }
      for (x, y) in zip(a, b) { error = max(error, 4 * abs(x.at - y.at)) }
    }
    let cell = (window.upper - window.lower) / Double(cells)
    error = changed ? window.upper - window.lower : error + cell * cell
    let values = query.valueDepths.indices.flatMap { d in
      query.points.indices.map { i in
        let (a, b) = (fine.values[d][i], coarse.values[d][i])
        let loss = objective.loss(depth: query.valueDepths[d], at: query.points[i])
        return StoppingSolution.Value(
          at: query.points[i], depth: query.valueDepths[d], value: problem.sign * a,
          stoppingLoss: problem.sign * loss, errorBound: 2 * max(abs(a - b), gap) + 1e-10 * max(abs(a), abs(loss)),
          boundKind: .estimate)
      }
    }
    let isSteady = problem.horizon == nil
    return StoppingSolution(
      values: values,
      boundary: isSteady
        ? HaltingBoundary(crossings: fine.crossings[0], errorBound: error, boundKind: .estimate)
        : HaltingBoundary(depths: depths, crossings: fine.crossings, errorBound: error, boundKind: .estimate),
      expectedDepths: [],
      diagnostics: Diagnostics(
        status: .converged, method: name, iterations: fine.steps, residual: gap,
        residualNorm: "difference of two grids", seconds: seconds),
      warnings: changed ? ["two grids disagree on the number of boundaries: a boundary is degenerate"] : [])
  }

  private func boundaryDepths(_ problem: StoppingProblem, _ query: StoppingQuery) -> [Double] {
    guard let horizon = problem.horizon else { return [0] }
    let asked = query.depths.filter { $0 < horizon }
    return query.depths.isEmpty ? (0..<16).map { horizon * Double($0) / 16 } : asked
  }

  /// The states that flows from window and points pass while a halt may pay, and the fastest of them.
  private func reach<Field: VectorField>(
    _ objective: FlowObjective<Field>, _ window: StateInterval, _ query: StoppingQuery
  ) throws -> (lower: Double, upper: Double, speed: Double) {
    let search = HaltingSearch(
      objective: objective, integrator: ERKStep(tolerances: try Tolerances(relative: 1e-6, absolute: 1e-8)))
    let starts = query.points.map { $0[0] } + [window.lower, window.upper, 0.5 * (window.lower + window.upper)]
    var (low, high, speed) = (starts.min() ?? 0, starts.max() ?? 1, 0.0)
    for x in starts {
      let length = try search.halt(from: [x]).searched
      guard length > 0 else { continue }
      let initial = try InitialValueProblem(
        field: objective, initialState: [x, objective.loss(depth: 0, at: [x])], start: 0, end: length)
      let trajectory = try search.integrator.integrate(
        initial, saving: (1...64).map { length * Double($0) / 64 }, until: nil)
      for i in trajectory.depths.indices {
        let state = trajectory.state(i)
        (low, high) = (min(low, state[0]), max(high, state[0]))
        speed = max(speed, abs(objective.field(depth: trajectory.depths[i], state: [state[0]])[0]))
      }
      speed = max(speed, abs(objective.field(depth: 0, state: [x])[0]))
    }
    return (low, high, speed)
  }

  private func run<Field: VectorField>(
    _ problem: StoppingProblem, _ objective: FlowObjective<Field>, _ window: StateInterval,
    _ reach: (lower: Double, upper: Double, speed: Double), _ cells: Int, _ query: StoppingQuery, _ depths: [Double]
  ) throws -> Run {
    let width = window.upper - window.lower
    let count = Int((Double(cells) * (reach.upper - reach.lower) / width).rounded(.up))
    guard count < 2_000_000 else {
      throw StoppingError("flows reach from \(reach.lower) to \(reach.upper): too far for a grid on the window")
    }
    let natural = width / 32 / max(reach.speed, 1e-300)
    let steps = problem.horizon.map { min(max(16, Int(($0 / natural).rounded(.up))), 20_000) } ?? 0
    let step = problem.horizon.map { $0 / Double(steps) } ?? natural
    let grid = SemiLagrangianGrid(
      objective: objective, lower: reach.lower, upper: reach.upper, cells: count, step: step)
    var run = Run()
    guard let horizon = problem.horizon else {
      let values = try grid.settle()
      let row = query.points.map { grid.value(at: $0[0], depth: 0, length: step, next: values) }
      run.values = query.valueDepths.map { _ in row }
      run.crossings = [grid.boundaries(window, depth: 0, length: step, next: values)]
      run.steps = 1
      return run
    }
    run.values = query.valueDepths.map { depth in query.points.map { objective.loss(depth: depth, at: $0) } }
    run.crossings = depths.map { _ in [] }
    run.steps = steps
    var next = grid.losses(at: horizon)
    for k in stride(from: steps - 1, through: 0, by: -1) {
      let (here, end) = (Double(k) * step, k + 1 == steps ? horizon : Double(k + 1) * step)
      // depths inside this step take the rest of it in one go
      for (index, depth) in query.valueDepths.enumerated() where depth >= here && depth < end {
        run.values[index] = query.points.map { grid.value(at: $0[0], depth: depth, length: end - depth, next: next) }
      }
      for (index, depth) in depths.enumerated() where depth >= here && depth < end {
        run.crossings[index] = grid.boundaries(window, depth: depth, length: end - depth, next: next)
      }
      if k > 0 { next = grid.recede(next, to: here) }
    }
    return run
  }
}
