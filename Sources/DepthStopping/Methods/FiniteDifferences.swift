import DepthDynamics
import DepthNumerics
import DepthRuns
import Foundation

/// One-dimensional diffusions on a grid: the complementarity problem is solved inside every step, by policy iteration.
///
/// Stationary: policy iteration on nested grids, coarse to fine; second order in the spacing. With a horizon: implicit Euler
/// steps backwards from `V(T) = g(T)`; first order in the step. The boundary is the root of `(V - g)'` extrapolated from the
/// continuation side, never a node. The error bound is an estimate from a grid (and step) of half the resolution.
/// Source: Forsyth and Vetzal, "Quadratic convergence for valuing American options", SIAM J. Sci. Comput. 23 (2002).
public struct FiniteDifferences: BoundaryMethod {
  public let name = "finite-differences"
  /// Grid cells of the finest grid.
  public let cells: Int

  public init(cells: Int = 3200) {
    precondition(cells >= 64 && cells % 16 == 0, "\(cells) cells: a multiple of 16 from 64 is needed")
    self.cells = cells
  }

  public func objection(to problem: StoppingProblem) -> String? {
    problem.isUndiscountedStationaryMinimum
      ? nil : "finite-differences needs a stationary minimisation without discount"
  }

  public func solve(_ problem: StoppingProblem, _ query: StoppingQuery) throws -> StoppingSolution {
    guard case .diffusion(let diffusion, let loss) = problem.dynamics, objection(to: problem) == nil else {
      throw StoppingError("\(objection(to: problem) ?? "finite-differences does not apply")")
    }
    try problem.validate(query)
    let points = query.points
    let states = try points.map { try diffusion.scalarState($0) }
    let grid = StationaryGrid(
      diffusion: diffusion, loss: loss, runningCost: problem.runningCost,
      upper: try upperEnd(problem, diffusion, loss, states))
    let ((coarse, fine), seconds) = timed { () -> (StationaryGrid.Solution, StationaryGrid.Solution) in
      var solution = grid.solve(cells: cells / 8, startingFrom: nil)
      var previous = solution
      for refinement in [4, 2, 1] {
        previous = solution
        solution = grid.solve(cells: cells / refinement, startingFrom: solution)
      }
      return (previous, solution)
    }
    guard fine.boundary.count == coarse.boundary.count, !fine.boundary.isEmpty else {
      throw StoppingError(
        "the number of boundary points changes with the grid (\(coarse.boundary.count), \(fine.boundary.count)): more cells needed"
      )
    }
    let boundaryError = 2 * (zip(fine.boundary, coarse.boundary).map { abs($0 - $1) }.max() ?? 0)
    let radial = diffusion.reduction != .none
    let d = problem.stateDimension
    return StoppingSolution(
      values: points.indices.map { i in
        let (a, b) = (fine.value(at: states[i]), coarse.value(at: states[i]))
        return .init(
          at: points[i], value: a, stoppingLoss: loss.value(0, states[i]), errorBound: 2 * abs(a - b) + 1e-12 * abs(a),
          boundKind: .estimate)
      },
      boundary: HaltingBoundary(
        shape: radial && d > 1 ? .ball : .points,
        points: radial
          ? (d > 1 ? [] : fine.boundary.flatMap { [.init(at: [-$0]), .init(at: [$0])] })
          : fine.boundary.map { .init(at: [$0]) }, radius: radial ? fine.boundary.first : nil,
        errorBound: boundaryError, boundKind: .estimate),
      expectedDepths: [],
      diagnostics: Diagnostics(
        status: .converged, method: name, iterations: fine.iterations, residual: boundaryError,
        residualNorm: "boundary's change from half the cells", seconds: seconds))
  }

  /// The domain's end, or so far out that what is wrong with the slope -c/f there has been damped by e^-25 on the way to the
  /// states asked for and to where one must continue.
  private func upperEnd(
    _ problem: StoppingProblem, _ diffusion: ScalarDiffusion, _ loss: ScalarLoss, _ states: [Double]
  ) throws -> Double {
    guard !diffusion.upper.isFinite else { return diffusion.upper }
    let equation = StationaryEquation(diffusion: diffusion, loss: loss, runningCost: problem.runningCost)
    guard case .reachesUpperEnd(_, let edge) = try ContinuationRegion(equation) else {
      throw StoppingError(
        "finite-differences on an unbounded domain needs a continuation region that reaches its upper end")
    }
    let outermost = max(edge, states.max() ?? edge)
    return outermost + (try equation.dampingDistance(from: outermost, exponent: 25))
  }
}

/// Stationary variational inequality on uniform grids over a truncated domain.
struct StationaryGrid {
  let diffusion: ScalarDiffusion
  let loss: ScalarLoss
  let runningCost: Double
  /// Where the grid ends.
  let upper: Double

  struct Solution {
    let grid: [Double]
    let values: [Double]
    let isFree: [Bool]
    let boundary: [Double]
    let iterations: Int

    /// Linear interpolation.
    func value(at x: Double) -> Double {
      let h = grid[1] - grid[0]
      let cell = max(0, min(grid.count - 2, Int((x - grid[0]) / h)))
      let share = (x - grid[cell]) / h
      return values[cell] + share * (values[cell + 1] - values[cell])
    }
  }

  func solve(cells: Int, startingFrom coarse: Solution?) -> Solution {
    let lower = diffusion.lower
    let h = (upper - lower) / Double(cells)
    // staggered: the ends, where coefficients may be singular, are half a cell away
    let grid = (0..<cells).map { lower + (Double($0) + 0.5) * h }
    let generator = ScalarGenerator(
      grid: grid, drift: { diffusion.drift(0, $0) }, diffusion: { diffusion.diffusion(0, $0) })
    let g = grid.map { loss.value(0, $0) }
    // infinite upper ends get the least-growth slope -c/f from outside
    let slope = diffusion.upper.isFinite ? 0 : -runningCost / diffusion.drift(0, upper)
    // one must continue where L g + c < 0: the first policy, from which iteration only improves
    var free = grid.indices.map { i in
      coarse.map { isFree($0, grid[i]) } ?? (rate(generator, g, i, slope: slope, h: h) < 0)
    }
    var values = g
    var iterations = 0
    for _ in 0..<(4 * cells) {
      iterations += 1
      values = evaluate(generator, free, g, slope: slope, h: h)
      var changed = false
      for i in 0..<cells {
        let residual = rate(generator, values, i, slope: slope, h: h)
        let next = free[i] ? values[i] < g[i] : residual < 0
        if next != free[i] {
          free[i] = next
          changed = true
        }
      }
      if !changed { break }
    }
    return Solution(
      grid: grid, values: values, isFree: free, boundary: boundaries(grid, values, g, free), iterations: iterations)
  }

  private func isFree(_ coarse: Solution, _ x: Double) -> Bool {
    let h = coarse.grid[1] - coarse.grid[0]
    return coarse.isFree[max(0, min(coarse.grid.count - 1, Int((x - coarse.grid[0]) / h + 0.5)))]
  }

  /// `(L v)_i + c`, the outer slope included at the upper end.
  private func rate(_ generator: ScalarGenerator, _ v: [Double], _ i: Int, slope: Double, h: Double) -> Double {
    generator.apply(v, at: i) + runningCost + (i == v.count - 1 ? outerRate(i, h) * slope * h : 0)
  }

  private func outerRate(_ i: Int, _ h: Double) -> Double {
    let x = diffusion.lower + (Double(i) + 0.5) * h
    let (f, sigma) = (diffusion.drift(0, x), diffusion.diffusion(0, x))
    return max(0, sigma * sigma / (2 * h * h) + f / (2 * h))
  }

  /// `L v + c = 0` where free, `v = g` elsewhere: Thomas's algorithm.
  private func evaluate(
    _ generator: ScalarGenerator, _ free: [Bool], _ g: [Double], slope: Double, h: Double
  ) -> [Double] {
    let n = free.count
    var v = g
    var ratios = [Double](repeating: 0, count: n)
    var (ratio, value) = (0.0, 0.0)
    for i in 0..<n {
      let (down, up) = free[i] ? (generator.down[i], generator.up[i]) : (0, 0)
      let source = free[i] ? runningCost + (i == n - 1 ? outerRate(i, h) * slope * h : 0) : g[i]
      let pivot = (free[i] ? down + up : 1) - down * ratio
      value = (source + down * value) / pivot
      ratio = up / pivot
      ratios[i] = ratio
      v[i] = value
    }
    for i in stride(from: n - 2, through: 0, by: -1) { v[i] += ratios[i] * v[i + 1] }
    return v
  }

  /// Between a stopped and a free node: where the quadratic-accurate slope of `V - g`, extrapolated from the free side,
  /// vanishes.
  private func boundaries(_ grid: [Double], _ v: [Double], _ g: [Double], _ free: [Bool]) -> [Double] {
    let h = grid[1] - grid[0]
    var found: [Double] = []
    for i in 0..<(grid.count - 1) where free[i] != free[i + 1] {
      let direction = free[i + 1] ? 1 : -1
      let first = free[i + 1] ? i + 1 : i
      guard (first + 3 * direction) >= 0, (first + 3 * direction) < grid.count else { continue }
      let w = (0..<4).map { v[first + direction * $0] - g[first + direction * $0] }
      // slopes at the midpoints 1/2, 3/2, 5/2 cells from the first free node, extrapolated quadratically to zero
      let (s0, s1, s2) = (w[1] - w[0], w[2] - w[1], w[3] - w[2])
      let (linear, curvature) = (s1 - s0, s2 - 2 * s1 + s0)
      var t = -s0 / linear
      for _ in 0..<20 where curvature != 0 {
        let value = s0 + linear * t + curvature * t * (t - 1) / 2
        t -= value / (linear + curvature * (2 * t - 1) / 2)
      }
      let place = grid[first] + Double(direction) * h * (t + 0.5)
      found.append(abs(place - grid[first]) <= 3 * h ? place : 0.5 * (grid[i] + grid[i + 1]))
    }
    return found
  }
}
