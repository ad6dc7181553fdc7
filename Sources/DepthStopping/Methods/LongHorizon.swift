import DepthRuns
import Foundation

/// A horizon far beyond the process's own scales: the stationary solution, and another method for the last stretch alone.
///
/// Where nothing changes with depth, V of a problem with T to go falls in T (minimised), so for every T >= T0
/// `V_inf <= V_T <= V_T0`: the stationary solution and the other method's at a horizon T0 bracket V, with no assumption on how fast the
/// one tends to the other. T0 doubles from a multiple of E tau* until the bracket narrows no more.
/// The regions are nested in the same way: the boundary is the stationary one until T - T0 and the other method's from there on. Where T
/// is not long, or there is no stationary solution (no cost and no discount), the other method answers alone.
///
/// Certified where both solutions are, else an estimate.
public struct LongHorizon: BoundaryMethod {
  /// For the last stretch.
  public let base: any BoundaryMethod
  /// For the problem without horizon.
  let stationary: any BoundaryMethod
  /// Stretches are whole multiples of it; nil where one may stop at any depth.
  let blockSize: Double?

  public var name: String { base.name }

  public init(_ base: any BoundaryMethod) {
    self.base = base
    blockSize = (base as? BlockwiseBellman)?.blockSize
    stationary = blockSize == nil ? SmoothFit() : base
  }

  /// Whether a long horizon can be cut short: a diffusion in which nothing changes with depth, and a method that marches.
  static func applies(to problem: StoppingProblem, _ method: any BoundaryMethod) -> Bool {
    guard ["finite-differences", "front-fixed", "bellman", "integral-equation"].contains(method.name),
      problem.horizon != nil, case .diffusion(let process, _) = problem.dynamics, !process.isFlow,
      let inequality = VariationalInequality(problem)
    else { return false }
    if case .selfSimilar = process.reduction { return false }
    // the series of an American put reaches to any expiry
    if case .lognormal? = process.law, method.name == "integral-equation" { return false }
    return !inequality.dependsOnDepth
  }

  public func objection(to problem: StoppingProblem) -> String? { base.objection(to: problem) }

  public func solve(_ problem: StoppingProblem, _ query: StoppingQuery) throws -> StoppingSolution {
    guard let horizon = problem.horizon, Self.applies(to: problem, base),
      let steady = try? problem.replacing(horizon: nil)
    else { return try base.solve(problem, query) }
    try problem.validate(query)
    let (found, seconds) = try timed { try bracket(problem, steady, query, horizon) }
    guard let found else { return try base.solve(problem, query) }
    return solution(problem, query, horizon, found, seconds)
  }

  // MARK: the bracket

  private struct Bracket {
    let steady: StoppingSolution
    /// With the horizon T0: at the query's points at depth 0, then at the depths asked for that lie in it.
    let last: StoppingSolution
    let stretch: Double
    let lastDepths: [Double]
  }

  /// nil where the horizon is not long or nothing is stationary.
  private func bracket(
    _ problem: StoppingProblem, _ steadyProblem: StoppingProblem, _ query: StoppingQuery, _ horizon: Double
  ) throws -> Bracket? {
    // the trial is cheap beside the march that it may save
    guard let outline = try? stationary.solve(steadyProblem, at: []) else { return nil }
    let probes = query.points + probes(outline, problem)
    guard let steady = try? stationary.solve(steadyProblem, at: probes), let scale = scale(steady, problem),
      var stretch = wholeBlocks(16 * scale, horizon)
    else { return nil }
    let size = steady.values.map { max(abs($0.value), abs($0.stoppingLoss)) }.max() ?? 0
    var best: (bracket: Bracket, width: Double)?
    while 4 * stretch < horizon {
      let begin = horizon - stretch
      // the horizon itself must not be missed by a rounding
      let inside = query.depths.filter { $0 > begin }.map { $0 == horizon ? stretch : min($0 - begin, stretch) }
      let last = try base.solve(
        problem.replacing(horizon: stretch), StoppingQuery(points: probes, depths: [0] + inside))
      guard last.boundary.branches.filter({ $0.state(at: 0) != nil }).count == steady.boundary.branches.count else {
        break
      }
      let width = zip(steady.values, last.values).map { abs($0.value - $1.value) + $1.errorBound }.max() ?? 0
      // longer stretches narrow the bracket until the other method's own error is what is left
      let isNarrower = width < 0.5 * (best?.width ?? .infinity)
      if width < best?.width ?? .infinity {
        best = (Bracket(steady: steady, last: last, stretch: stretch, lastDepths: inside), width)
      }
      guard isNarrower, width > 1e-11 * size, let longer = wholeBlocks(2 * stretch, horizon) else { break }
      stretch = longer
    }
    return best?.bracket
  }

  /// States around the stationary boundary, in the user's dimension: the bracket must be narrow where a query has no points too.
  private func probes(_ outline: StoppingSolution, _ problem: StoppingProblem) -> [[Double]] {
    guard case .diffusion(let process, _) = problem.dynamics else { return [] }
    let states = outline.boundary.branches.compactMap { $0.state(at: 0) }.sorted()
    let spread = zip(states, states.dropFirst()).map { $1 - $0 }.max() ?? max(abs(states.first ?? 1), 1e-3)
    let around = states.flatMap { [$0 - 0.5 * spread, $0 + 0.5 * spread] }
    let rest = [Double](repeating: 0, count: problem.stateDimension - 1)
    return around.filter { $0 > process.lower && $0 < process.upper }.map { [$0] + rest }
  }

  /// The depth in which the process settles: the longest E tau*, or what the discount leaves.
  private func scale(_ steady: StoppingSolution, _ problem: StoppingProblem) -> Double? {
    let depth = steady.expectedDepths.map(\.value).filter(\.isFinite).max() ?? 0
    let rate = problem.discount.constantValue ?? 0
    if depth > 0 { return rate > 0 ? min(depth, 2 / rate) : depth }
    return rate > 0 ? 2 / rate : nil
  }

  private func wholeBlocks(_ stretch: Double, _ horizon: Double) -> Double? {
    guard let blockSize else { return stretch }
    // a horizon that is no whole number of blocks is the base method's to refuse
    let count = (horizon / blockSize).rounded()
    guard abs(count * blockSize - horizon) <= 1e-9 * horizon else { return nil }
    return (stretch / blockSize).rounded(.up) * blockSize
  }

  // MARK: the answer

  private func solution(
    _ problem: StoppingProblem, _ query: StoppingQuery, _ horizon: Double, _ found: Bracket, _ seconds: Double
  ) -> StoppingSolution {
    let begin = horizon - found.stretch
    let count = query.points.count
    let width = found.last.values.count / (1 + found.lastDepths.count)
    var next = 1
    let values = query.valueDepths.flatMap { depth -> [StoppingSolution.Value] in
      guard depth > begin else { return (0..<count).map { bracketed(problem, found, $0, depth) } }
      defer { next += 1 }
      return found.last.values[(next * width)..<(next * width + count)].map {
        .init(
          at: $0.at, depth: depth, value: $0.value, stoppingLoss: $0.stoppingLoss, errorBound: $0.errorBound,
          boundKind: $0.boundKind)
      }
    }
    var diagnostics = found.last.diagnostics
    diagnostics.seconds = seconds
    return StoppingSolution(
      values: values, boundary: boundary(query, begin, found),
      expectedDepths: query.depths.first ?? 0 == 0 ? expectedDepths(problem, count, found) : [],
      diagnostics: diagnostics, warnings: found.last.warnings)
  }

  /// In [V_inf, V_T0] (minimised).
  private func bracketed(
    _ problem: StoppingProblem, _ found: Bracket, _ point: Int, _ depth: Double
  ) -> StoppingSolution.Value {
    let (a, b) = (found.steady.values[point], found.last.values[point])
    let gap = max(0, problem.sign * (b.value - a.value))
    return .init(
      at: a.at, depth: depth, value: a.value, stoppingLoss: a.stoppingLoss,
      errorBound: a.errorBound + gap + b.errorBound,
      boundKind: a.boundKind == .certified && b.boundKind == .certified ? .certified : .estimate)
  }

  /// Stopping regions shrink with the depth to go, so E tau* lies between that of the last stretch and the stationary one.
  private func expectedDepths(
    _ problem: StoppingProblem, _ count: Int, _ found: Bracket
  ) -> [StoppingSolution.ExpectedDepth] {
    guard found.steady.expectedDepths.count >= count, blockSize == nil,
      let short = try? problem.replacing(horizon: found.stretch)
    else { return Array(found.last.expectedDepths.prefix(count)) }
    return found.steady.expectedDepths.prefix(count).map { steady in
      let state = problem.stateDimension == 1 ? steady.at[0] : steady.at.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let law = try? StoppingLaw(of: short, found.last, from: found.last.boundary.radius == nil ? state : abs(state))
      let low = law.map { max(0, $0.mean - $0.errorBound) } ?? 0
      return .init(at: steady.at, value: steady.value, lower: min(low, steady.lower), upper: steady.upper)
    }
  }

  private func boundary(_ query: StoppingQuery, _ begin: Double, _ found: Bracket) -> HaltingBoundary {
    let (steady, last) = (found.steady.boundary, found.last.boundary)
    let early = steady.branches.map { HaltingBranch($0.curve, stopsBelow: $0.stopsBelow, from: 0, to: begin) }
    let late = last.branches.map { $0.delayed(by: begin) }
    let starts = zip(
      early.compactMap { $0.state(at: 0) }, last.branches.compactMap { $0.state(at: 0) })
    let gap = starts.map { abs($0 - $1) }.max() ?? 0
    var points: [HaltingBoundary.Point] = []
    for depth in query.depths.isEmpty ? [0] : query.depths.filter({ $0 <= begin }) {
      points += early.compactMap { branch in branch.state(at: depth).map { .init(depth: depth, at: [$0]) } }
    }
    let shown = Set(query.depths)
    points += last.points.compactMap { point in
      guard let depth = point.depth.map({ $0 + begin }) else { return nil }
      return query.depths.isEmpty || shown.contains { abs($0 - depth) <= 1e-12 * depth }
        ? .init(depth: depth, at: point.at) : nil
    }
    return HaltingBoundary(
      shape: .curve, points: points, radius: last.radius == nil ? nil : steady.radius, branches: early + late,
      errorBound: max(steady.errorBound + gap + last.errorBound, last.errorBound),
      boundKind: steady.boundKind == .certified && last.boundKind == .certified ? .certified : .estimate)
  }
}

extension HaltingBranch {
  /// The same curve later: `b(t - delay)`.
  func delayed(by delay: Double) -> HaltingBranch {
    HaltingBranch(
      delay == 0 ? curve : .delayed(curve, by: delay), stopsBelow: stopsBelow, from: firstDepth + delay,
      to: lastDepth + delay)
  }
}
