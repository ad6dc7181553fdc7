import DepthDynamics
import DepthRuns
import Foundation

/// The law of the optimal stopping depth from one state: `P(tau <= t)` and `E tau`.
public struct StoppingLaw: Equatable, Sendable {
  /// Ascending, 0 first; the last is the horizon or a depth by which all but 1e-12 of the paths have stopped.
  public let depths: [Double]
  /// `P(tau <= t)` at each depth; with a horizon what is left stops there: 1 at the last.
  public let cumulative: [Double]
  /// `E tau`.
  public let mean: Double
  /// Estimate of the mean's error: two thirds of what halving the mesh changed.
  public let errorBound: Double
  /// Estimate of the largest error of `cumulative` before the horizon.
  public let cumulativeErrorBound: Double

  private let curve: BoundaryCurve?

  init(depths: [Double], cumulative: [Double], mean: Double, errorBound: Double, cumulativeErrorBound: Double) {
    self.depths = depths
    self.cumulative = cumulative
    self.mean = mean
    self.errorBound = errorBound
    self.cumulativeErrorBound = cumulativeErrorBound
    curve = try? BoundaryCurve(depths: depths, values: cumulative, interpolation: .monotoneCubic)
  }

  /// `P(tau <= t)`, monotone cubic between the depths.
  public func probability(stoppedBy depth: Double) -> Double {
    if depth < 0 { return 0 }
    return curve?.value(at: depth) ?? 1
  }

  /// Columns `depth`, `cumulative`.
  public func table(name: String = "stopping_law") -> Table {
    var table = Table(name: name)
    table.add("depth", depths)
    table.add("cumulative", cumulative)
    return table
  }
}

extension StoppingLaw {
  /// The law of tau from `state` at depth 0, for the boundary that a method found.
  ///
  /// Fokker-Planck's equation with absorption, by the transposed generator on a mesh that moves with the boundaries, so that
  /// mass is conserved exactly and absorption happens at the boundary itself. Trapezoidal rule at graded depths, two meshes,
  /// extrapolated: error O(1/cells^2) on each, from the boundary's own error beside it.
  /// - Parameters:
  ///   - solution: of the problem; a boundary without curves counts as constant.
  ///   - state: scalar (the radius of a radial problem).
  ///   - cells: of the finer mesh, a multiple of 4.
  /// - Throws: `InputError.usage` for a state outside the domain; `StoppingError` where the problem is no scalar diffusion, the
  ///   stopping region around the state changes its topology, or stopping takes forever with positive probability.
  public init(
    of problem: StoppingProblem, _ solution: StoppingSolution, from state: Double, cells: Int = 1600
  ) throws {
    guard let inequality = VariationalInequality(problem) else {
      throw StoppingError("the law of tau is computed for scalar diffusions; \(problem.name) is none")
    }
    guard state >= inequality.lower, state <= inequality.upper, state.isFinite else {
      throw InputError.value(
        state, of: "state", allowed: "numbers from \(inequality.lower) to \(inequality.upper)")
    }
    // beyond, squares of distances overflow; the grids' search for a domain ends there too
    guard abs(state) < 1e100 else { throw StoppingError("the law of tau is computed from states below 1e100") }
    precondition(cells >= 64 && cells % 4 == 0, "\(cells) cells; a multiple of 4 from 64 is needed")
    guard let corridor = try Corridor(inequality, solution.boundary, around: state) else {
      self.init(depths: [0], cumulative: [1], mean: 0, errorBound: 0, cumulativeErrorBound: 0)
      return
    }
    let last = try inequality.horizon ?? Self.exhaustion(inequality, corridor, state)
    let (coarse, fine) = (
      try CorridorMarch(inequality, corridor, from: state, until: last, cells: cells / 2, refinement: 1),
      try CorridorMarch(inequality, corridor, from: state, until: last, cells: cells / 2, refinement: 2)
    )
    var (cumulative, error) = ([Double](), 0.0)
    for i in coarse.depths.indices {
      let (a, b) = (fine.stopped[2 * i], coarse.stopped[i])
      cumulative.append(min(1, max(cumulative.last ?? 0, richardson(a, b))))
      error = max(error, abs(a - b))
    }
    // whoever goes on to the horizon stops there
    cumulative[cumulative.count - 1] = 1
    self.init(
      depths: coarse.depths, cumulative: cumulative, mean: richardson(fine.mean, coarse.mean),
      errorBound: 2 / 3 * abs(fine.mean - coarse.mean) + 1e-12 * fine.mean, cumulativeErrorBound: 2 / 3 * error + 1e-12)
  }

  /// A depth by which all but 1e-12 has stopped.
  private static func exhaustion(
    _ inequality: VariationalInequality, _ corridor: Corridor, _ state: Double
  ) throws -> Double {
    var last = 1.0
    for _ in 0..<60 {
      let march = try CorridorMarch(inequality, corridor, from: state, until: last, cells: 64, refinement: 1)
      let left = 1 - march.stopped[march.stopped.count - 1]
      if left <= 1e-12 { return last }
      // decaying exponentially, it takes that much longer
      last *= left < 0.5 ? min(4, max(1.1, 1.1 * log(1e-12) / log(left))) : 4
    }
    throw StoppingError(
      "from \(state) the process does not stop with probability one, or so late that E tau is infinite")
  }
}

/// The continuation region around a state: its two edges at every depth.
struct Corridor {
  /// nil: the region reaches the end of the domain.
  let lower: HaltingBranch?
  let upper: HaltingBranch?

  /// nil where the state is in the stopping region.
  ///
  /// - Throws: `StoppingError` where an edge ends before the horizon or another boundary comes between.
  init?(_ inequality: VariationalInequality, _ boundary: HaltingBoundary, around state: Double) throws {
    let branches = boundary.branches.isEmpty ? Self.constant(inequality, boundary) : boundary.branches
    let now = branches.compactMap { branch in branch.state(at: 0).map { (branch: branch, state: $0) } }
    let below = now.filter { $0.state < state }.max { $0.state < $1.state }
    let above = now.filter { $0.state > state }.min { $0.state < $1.state }
    if now.contains(where: { $0.state == state }) { return nil }
    if let below, !below.branch.stopsBelow { return nil }
    if let above, above.branch.stopsBelow { return nil }
    (lower, upper) = (below?.branch, above?.branch)
    let end = inequality.horizon ?? .infinity
    for edge in [lower, upper].compactMap({ $0 }) where edge.lastDepth < end * (1 - 1e-9) {
      throw StoppingError(
        "the boundary next to \(state) ends at depth \(edge.lastDepth): the law of tau needs one that lasts")
    }
    guard let horizon = inequality.horizon else { return }
    for depth in (1..<64).map({ horizon * Double($0) / 64 }) {
      let (a, b) = (lower?.state(at: depth) ?? -.infinity, upper?.state(at: depth) ?? .infinity)
      if boundary.states(at: depth).contains(where: { a < $0 && $0 < b }) {
        throw StoppingError("the continuation region around \(state) splits before depth \(depth)")
      }
    }
  }

  /// Branches of a stationary boundary that came as points: the gaps where one must continue are the continuation region.
  private static func constant(_ inequality: VariationalInequality, _ boundary: HaltingBoundary) -> [HaltingBranch] {
    let isRadial = boundary.radius != nil && inequality.lower == 0
    let states = isRadial ? [boundary.radius!] : boundary.points.map { $0.at[0] }.sorted()
    let edges = [inequality.lower] + states + [inequality.upper]
    func mustContinue(_ a: Double, _ b: Double) -> Bool {
      if inequality.loss.concaveKinks(depth: 0).contains(where: { a < $0 && $0 < b }) { return true }
      let (low, high) = (a.isFinite ? a : min(b - 1, -1), b.isFinite ? b : max(a + 1, 1))
      let inside = (1..<64).map { low + (high - low) * Double($0) / 64 }
      let outside = (0..<24).flatMap { j -> [Double] in
        let far = pow(4, Double(j))
        return (a.isFinite ? [] : [low - far]) + (b.isFinite ? [] : [high + far])
      }
      return (inside + outside).contains { inequality.lookAhead(0, $0) < 0 }
    }
    return states.indices.map { i in
      HaltingBranch(.constant(states[i]), stopsBelow: mustContinue(edges[i + 1], edges[i + 2]))
    }
  }
}
