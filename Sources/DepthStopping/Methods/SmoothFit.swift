import DepthNumerics
import DepthRuns

/// Stationary one-dimensional diffusions by smooth fit, `V = g` and `V' = g'` at every free end, V by spectral collocation.
///
/// On a continuation interval `(sigma^2/2) V'' + f V' - r V + c = 0`. All solutions are computed on panels short enough for 24
/// Chebyshev nodes to reach rounding; a free end is then a root of a smooth function, never a grid node. Any number of
/// intervals, minimised or maximised, discount and cost along the state; ends reflect, absorb, let in, or are natural (the
/// solution of least growth). A problem with a `ScaledForm` is solved in that. At a kink of g smooth fit may fail: then the boundary is the kink, and a warning says so.
/// Errors near rounding, estimated from the residual by the comparison principle. O(N^2) per panel after O(N^3) once.
///
/// Not supported: dependence on depth; noise that vanishes inside the domain.
/// Source: Peskir and Shiryaev, "Optimal Stopping and Free-Boundary Problems" (2006), sections 8, 21 and 22; growth at the ends:
/// Dayanik and Karatzas, Stochastic Process. Appl. 107 (2003).
public struct SmoothFit: BoundaryMethod {
  public let name = "smooth-fit"

  public init() {}

  public func objection(to problem: StoppingProblem) -> String? {
    guard let inequality = VariationalInequality(problem) else { return "smooth-fit needs a scalar diffusion" }
    guard inequality.isStationary else {
      return "smooth-fit needs a stationary problem: an infinite horizon and nothing that changes with depth"
    }
    return inequality.diffusion.constantValue == 0 ? "smooth-fit needs noise; sigma = 0 is a flow" : nil
  }

  public func solve(_ problem: StoppingProblem, _ query: StoppingQuery) throws -> StoppingSolution {
    guard case .diffusion(let diffusion, _) = problem.dynamics,
      let inequality = VariationalInequality(scaled: problem) ?? VariationalInequality(problem),
      objection(to: problem) == nil
    else { throw StoppingError("\(objection(to: problem) ?? "smooth-fit does not apply")") }
    try problem.validate(query)
    let states = try query.valueDepths.flatMap { depth in
      try query.points.map { try diffusion.scalarState($0, depth: depth, withEnds: true) }
    }
    let coordinates = states.map { inequality.map.coordinate($0) }
    let (run, seconds) = try timed { try Run(inequality, coordinates, diffusion.reduction) }
    return solution(problem, diffusion.reduction, query, states, run, seconds)
  }

  /// One solve: the regions, V on each, values and depths at the states.
  private struct Run {
    let regions: StationaryRegions
    let solutions: [IntervalSolution]
    var values: [(value: Double, error: Double)] = []
    let kind: StoppingSolution.BoundKind
    /// nil where some state waits for ever on average.
    var depths: [(value: Double, error: Double)]?

    init(_ inequality: VariationalInequality, _ states: [Double], _ reduction: ScalarDiffusion.Reduction) throws {
      regions = try StationaryRegions(inequality, states: states)
      solutions = regions.intervals.map { IntervalSolution($0) }
      kind = solutions.allSatisfy(\.isCertified) ? .certified : .estimate
      let holders = states.map { regions.interval(holding: $0) }
      values = zip(states, holders).map { x, holder in
        let scale = inequality.map.scale(x)
        guard let holder else {
          let g = inequality.loss.value(0, x)
          // just beyond a free end V may still lie below g, by less than the square of the end's error
          return (scale * g, 2 * (scale * g).ulp + scale * regions.overhang(x, solutions))
        }
        let found = solutions[holder].value(at: x)
        let value = scale * found.value
        return (value, scale * found.error + (inequality.map == .identity ? 0 : 4 * value.ulp))
      }
      var depths = [(value: Double, error: Double)](repeating: (0, 0), count: states.count)
      for index in solutions.indices {
        let inside = states.indices.filter { holders[$0] == index }
        guard !inside.isEmpty else { continue }
        // a self-similar problem runs in another depth: its mean says nothing of the user's
        if case .selfSimilar = reduction { return }
        guard let found = solutions[index].expectedDepths(inside.map { states[$0] }) else { return }
        for (i, depth) in zip(inside, found) {
          let scale = inequality.map.scale(states[i])
          depths[i] = (scale * depth.value, scale * depth.error)
        }
      }
      self.depths = depths
    }
  }

  private func solution(
    _ problem: StoppingProblem, _ reduction: ScalarDiffusion.Reduction, _ query: StoppingQuery, _ states: [Double],
    _ run: Run, _ seconds: Double
  ) -> StoppingSolution {
    let sign = problem.sign
    guard case .diffusion(_, let loss) = problem.dynamics else {
      preconditionFailure("\(problem.name) is no diffusion")
    }
    let count = query.points.count
    let values = states.indices.map { k in
      let depth = query.valueDepths[k / count]
      let factor = reduction.valueFactor(depth: depth)
      return StoppingSolution.Value(
        at: query.points[k % count], depth: depth, value: sign * run.values[k].value * factor,
        stoppingLoss: loss.value(0, states[k]) * factor, errorBound: run.values[k].error * factor,
        boundKind: run.kind)
    }
    let depths = run.depths.map { found in
      query.points.indices.map { i in
        StoppingSolution.ExpectedDepth(
          at: query.points[i], value: found[i].value, lower: max(0, found[i].value - found[i].error),
          upper: found[i].value + found[i].error)
      }
    }
    let panels = run.regions.intervals.reduce(0) { $0 + $1.chain.panelsTried }
    let diagnostics = Diagnostics(
      status: .converged, method: name, iterations: run.regions.intervals.reduce(0) { $0 + $1.rounds },
      evaluations: ["coefficients": 4 * ContinuationPanel.nodes * panels, "panels": panels],
      residual: run.solutions.map(\.mismatch).max() ?? 0, residualNorm: "|V' - g'| at the boundary",
      toleranceAsked: 1e-14, seconds: seconds)
    return StoppingSolution(
      values: values, boundary: boundary(run, reduction, query), expectedDepths: depths ?? [], diagnostics: diagnostics,
      warnings: warnings(run))
  }

  private func boundary(
    _ run: Run, _ reduction: ScalarDiffusion.Reduction, _ query: StoppingQuery
  ) -> HaltingBoundary {
    var branches: [HaltingBranch] = []
    let map = run.regions.inequality.map
    for interval in run.regions.intervals {
      if let z = interval.lower.place { branches.append(HaltingBranch(.constant(map.state(z)), stopsBelow: true)) }
      if let z = interval.upper.place { branches.append(HaltingBranch(.constant(map.state(z)), stopsBelow: false)) }
    }
    let error =
      run.solutions.flatMap { solution in
        [(solution.interval.lower, solution.lowerError), (solution.interval.upper, solution.upperError)].map {
          end, error in
          guard let z = end.place, map != .identity else { return error }
          // beside the end the slope of the map differs by a share of the error
          return error * map.slope(max(0, z - error)) + 4 * map.state(z).ulp
        }
      }.max() ?? 0
    // an isolated point of stopping ends two intervals
    let places = Set(branches.compactMap { $0.state(at: 0) }).sorted()
    if case .selfSimilar(let offset) = reduction {
      return HaltingBoundary(selfSimilar: branches, offset: offset, depths: query.depths, error, run.kind)
    }
    return HaltingBoundary(stationary: places, branches, reduction, error, run.kind)
  }

  private func warnings(_ run: Run) -> [String] {
    var lines: [String] = []
    let ends = run.regions.intervals.flatMap { [$0.lower, $0.upper] }
    var kinks: [Double] = []
    for case .free(let x, let isSmooth, _) in ends where !isSmooth && !kinks.contains(x) { kinks.append(x) }
    let domain = (run.regions.inequality.lower, run.regions.inequality.upper)
    for z in kinks {
      let x = run.regions.inequality.map.state(z)
      if z == domain.0 || z == domain.1 {
        lines.append("one stops at the reflecting end \(x) itself, an isolated point of stopping without smooth fit")
        continue
      }
      let isIsolated = ends.filter { $0.place == z }.count == 2
      lines.append(
        "smooth fit fails at \(x)\(isIsolated ? ", an isolated point of stopping" : ""): the boundary sits on a kink of the "
          + "stopping loss")
    }
    if run.regions.intervals.count > 1 {
      lines.append("\(run.regions.intervals.count) separate continuation intervals")
    }
    if run.depths == nil {
      lines.append(
        "E tau* is not given: it is infinite (the state may never come to the boundary, or not in finite mean), or the "
          + "problem is self-similar")
    }
    return lines
  }
}

extension HaltingBoundary {
  /// The boundary of a stationary scalar problem; a radius is a ball in R^d and the pair -b, b on the line.
  init(
    stationary places: [Double], _ branches: [HaltingBranch], _ reduction: ScalarDiffusion.Reduction, _ error: Double,
    _ kind: StoppingSolution.BoundKind
  ) {
    switch reduction {
    case .none, .selfSimilar:
      self.init(
        shape: .points, points: places.map { .init(at: [$0]) }, branches: branches, errorBound: error, boundKind: kind)
    case .radial(let dimension):
      let pairs = places.reversed().filter { $0 > 0 }.map { -$0 } + places
      self.init(
        shape: dimension == 1 ? .points : .ball, points: dimension == 1 ? pairs.map { .init(at: [$0]) } : [],
        radius: places.first, branches: branches, errorBound: error, boundKind: kind)
    }
  }
}

extension HaltingBoundary {
  /// Constant branches in `z = x / sqrt(offset + t)` as curves in depth; shown at the depths asked for, else where the curve
  /// has grown by 1, 2, 3 and 4.
  init(
    selfSimilar constants: [HaltingBranch], offset: Double, depths: [Double], _ error: Double,
    _ kind: StoppingSolution.BoundKind
  ) {
    let branches = constants.compactMap { branch in
      branch.state(at: 0).map {
        HaltingBranch(.squareRoot(factor: $0, offset: offset), stopsBelow: branch.stopsBelow)
      }
    }
    let shown = depths.isEmpty ? [0, 3, 8, 15].map { $0 * offset } : depths
    let points = shown.flatMap { depth in
      branches.compactMap { $0.state(at: depth) }.map { Point(depth: depth, at: [$0]) }
    }
    self.init(
      shape: .curve, points: points, branches: branches,
      errorBound: error * (offset + (shown.max() ?? 0)).squareRoot(), boundKind: kind)
  }
}
