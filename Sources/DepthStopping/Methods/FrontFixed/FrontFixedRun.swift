import DepthDynamics
import DepthNumerics
import Foundation

/// Start and intervals of one solve.
struct FrontFixedRun {
  let inequality: VariationalInequality
  let horizon: Double
  let startToGo: Double
  /// The last stretch before the horizon: its depths are elapsed since T - startToGo.
  let start: NestedGrids
  let startDepths: [Double]
  let levels: [Double]
  let coarse: [FrontFixedInterval]
  let fine: [FrontFixedInterval]
  let startError: Double

  var steps: Int { fine.reduce(0) { $0 + $1.steps } }

  init(
    _ method: FrontFixedCollocation, _ problem: StoppingProblem, _ inequality: VariationalInequality, horizon: Double,
    states: [Double], depths: [Double]
  ) throws {
    self.inequality = inequality
    self.horizon = horizon
    startToGo = method.startShare * horizon
    let offset = horizon - startToGo
    let last = try problem.lastStretch(startToGo)
    guard let late = VariationalInequality(last) else { throw StoppingError("front-fixed does not apply") }
    let design = try GridDesign(inequality, horizon: horizon, states: states)
    startDepths = [0] + depths.filter { $0 > offset }.map { $0 - offset }
    start = try NestedGrids(
      late, horizon: startToGo, design: design, cells: 1600, steps: 400, scheme: .trBDF2, depths: startDepths)
    let first = method.startShare * horizon
    let boundary = (0...48).map { first + (horizon - first) * pow(Double($0) / 48, 2) }
    let levels = Array(Set(boundary + depths.map { horizon - $0 }.filter { $0 >= first })).sorted()
    let intervals = start.extrapolatedBlocks()
    guard !intervals.isEmpty else {
      throw StoppingError("stopping at once is optimal everywhere: no interval to follow")
    }
    self.levels = levels
    let startGrid = start
    func follow(_ degree: Int, _ tolerance: Double) throws -> [FrontFixedInterval] {
      let rule = ChebyshevDifferentiation(degree: degree)
      return try intervals.map { interval in
        let system = Self.system(inequality, horizon, design, interval, rule)
        return try FrontFixedInterval(
          system, lower: interval.lower, upper: interval.upper, start: { startGrid.value(depthIndex: 0, at: $0).value },
          levels: levels, tolerance: tolerance)
      }
    }
    coarse = try follow(method.degree * 3 / 4, 30 * method.tolerance)
    fine = try follow(method.degree, method.tolerance)
    var error = 0.0
    for x in design.shape.kinks + intervals.map({ 0.9 * $0.lower + 0.1 * min($0.upper, design.shape.core.upper + 1) }) {
      error = max(error, start.value(depthIndex: 0, at: x).error)
    }
    startError = error
    try verify()
  }

  /// The closing conditions and the node map of one interval.
  private static func system(
    _ inequality: VariationalInequality, _ horizon: Double, _ design: GridDesign, _ interval: GridInterval,
    _ rule: ChebyshevDifferentiation
  ) -> FrontFixedSystem {
    func edge(_ isFree: Bool, _ end: GridEnd, _ place: Double, _ inward: Double) -> FrontFixedSystem.Edge {
      if isFree { return .free }
      switch end {
      case .stopped: return .absorbing
      case .reflecting: return .reflecting
      case .degenerate: return .equation
      case .far:
        let pays = inequality.lookAhead(horizon, place) > 0
        return !pays && inequality.drift(horizon, place) * inward > 0 ? .transport : .loss
      }
    }
    let lower = edge(interval.isLowerFree, design.domain.lowerEnd, interval.lower, 1)
    let upper = edge(interval.isUpperFree, design.domain.upperEnd, interval.upper, -1)
    // the core and some noise around it must be resolved, however far away the other end is
    let core = design.shape.core
    let noise = abs(inequality.diffusion(horizon, interval.isLowerFree ? interval.lower : interval.upper))
    let scale = core.upper - core.lower + 2 * noise * horizon.squareRoot()
    let share = lower == .free && upper == .free ? 1 : min(1, scale / (interval.upper - interval.lower))
    return FrontFixedSystem(
      inequality: inequality, horizon: horizon, rule: rule,
      map: NodeMap(rule.nodes, fineShare: share, isFineBelow: interval.isLowerFree), lower: lower, upper: upper,
      fixedLower: interval.lower, fixedUpper: interval.upper)
  }

  /// - Throws: `StoppingError` where the intervals are not the continuation region any more.
  private func verify() throws {
    for level in levels.indices {
      for interval in fine where !interval.isBelowLoss(level) {
        throw StoppingError("front-fixed: the continuation region splits near \(levels[level]) to go")
      }
      for (left, right) in zip(fine, fine.dropFirst()) where left.edges(level).upper >= right.edges(level).lower {
        throw StoppingError("front-fixed: two continuation intervals merge near \(levels[level]) to go")
      }
      let depth = horizon - levels[level]
      for (left, right) in zip(fine, fine.dropFirst()) {
        let (a, b) = (left.edges(level).upper, right.edges(level).lower)
        for share in stride(from: 0.05, to: 1, by: 0.1) where inequality.lookAhead(depth, a + share * (b - a)) < 0 {
          throw StoppingError("front-fixed: a continuation interval is born near \(levels[level]) to go")
        }
      }
    }
  }

  /// V of the minimised problem and its error's estimate.
  func value(depth: Double, at x: Double) -> (Double, Double) {
    let offset = horizon - startToGo
    if depth > offset, let index = startDepths.firstIndex(of: depth - offset) {
      let (value, _, error) = start.value(depthIndex: index, at: x)
      return (value, error)
    }
    let level = levels.firstIndex(of: horizon - depth)!
    let g = inequality.loss.value(depth, x)
    let values = zip(fine, coarse).compactMap { fine, coarse -> (Double, Double)? in
      guard let v = fine.value(level, at: x) else { return nil }
      return (min(v, g), abs(v - (coarse.value(level, at: x) ?? g)))
    }
    let pooled = max(levelDifference(level), 1e-13 * abs(g))
    guard let (v, difference) = values.first else { return (g, startError + pooled) }
    return (v, 2 * max(difference, pooled) + startError)
  }

  /// The largest difference between the two collocations at a level, at places between the nodes.
  private func levelDifference(_ level: Int) -> Double {
    var largest = 0.0
    for (fine, coarse) in zip(fine, coarse) {
      let (a, b) = fine.edges(level)
      for share in stride(from: 0.03, to: 1, by: 0.06) {
        let x = a + (b - a) * fine.system.map.value(at: share)
        guard let v = fine.value(level, at: x), let w = coarse.value(level, at: x) else { continue }
        largest = max(largest, abs(v - w))
      }
    }
    return largest
  }

  /// The error's estimate of a boundary at a depth: the grids' own up to the start; from there on its error at the start, twice the
  /// largest change between the collocations up to then, and what the error of V does to its slope, over `LA / (sigma^2 / 2)`;
  /// three times all that, for IDA controls the errors of steps, not what gathers of them.
  func boundaryError(depth: Double) -> Double {
    let offset = horizon - startToGo
    if depth > offset { return start.boundaryError(at: depth - offset) }
    var change = 0.0
    for level in levels.indices where levels[level] <= (horizon - depth) * 1.1 {
      for (fine, coarse) in zip(fine, coarse) {
        let (a, b) = (fine.edges(level), coarse.edges(level))
        if fine.system.lower == .free { change = max(change, abs(a.lower - b.lower)) }
        if fine.system.upper == .free { change = max(change, abs(a.upper - b.upper)) }
      }
    }
    return 3 * (start.boundaryError(at: 0) + 2 * change + displacement(depth))
  }

  private func displacement(_ depth: Double) -> Double {
    let toGo = horizon - depth
    guard let level = levels.indices.min(by: { abs(levels[$0] - toGo) < abs(levels[$1] - toGo) }) else { return 0 }
    let error = 2 * levelDifference(level) + startError
    var largest = 0.0
    for interval in fine {
      let (a, b) = interval.edges(level)
      for (edge, x) in [(interval.system.lower, a), (interval.system.upper, b)] where edge == .free {
        let sigma = abs(inequality.diffusion(depth, x))
        let bend = 2 * abs(inequality.lookAhead(depth, x)) / (sigma * sigma)
        largest = max(largest, error / (sigma * toGo.squareRoot() * bend))
      }
    }
    return largest
  }

  /// The grids' boundaries up to the start, the collocation's from there on.
  func branches() -> [HaltingBranch] {
    var tracking = BranchTracking(horizon: horizon)
    for (theta, roots) in start.extrapolatedRoots() where theta < startToGo { tracking.append(roots, depthToGo: theta) }
    for level in levels.indices {
      var roots: [BoundaryRoot] = []
      for interval in fine {
        let (a, b) = interval.edges(level)
        if interval.system.lower == .free { roots.append(.init(state: a, stopsBelow: true, isSmooth: true)) }
        if interval.system.upper == .free { roots.append(.init(state: b, stopsBelow: false, isSmooth: true)) }
      }
      tracking.append(roots, depthToGo: levels[level])
    }
    return tracking.branches()
  }
}
