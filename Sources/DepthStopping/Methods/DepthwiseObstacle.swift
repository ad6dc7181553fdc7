import DepthDynamics
import Foundation

/// The time-dependent free boundary of a `DepthwiseDiffusion`: implicit Euler steps backwards from `V_L = g_L`, the
/// complementarity problem `min{L V + V_t + c, g - V} = 0` solved inside every step by policy iteration.
///
/// g is interpolated linearly in depth between exits. First order in the step 1/substeps, second in the grid spacing where
/// diffusion dominates. O(L substeps n) per policy round; a handful of rounds a step, since each starts from the last.
public struct DepthwiseObstacle: Sendable {
  /// Steps per block.
  public let substeps: Int

  public init(substeps: Int = 16) {
    precondition(substeps > 0, "\(substeps) substeps")
    self.substeps = substeps
  }

  public func solve(_ problem: DepthwiseDiffusion, runningCost: Double) -> DepthwiseSolution {
    precondition(runningCost > 0, "running cost \(runningCost)")
    let (blocks, n) = (problem.blockCount, problem.grid.count)
    let step = 1 / Double(substeps)
    var values = [[Double]](repeating: [], count: blocks + 1)
    var free = [[Bool]](repeating: [], count: blocks + 1)
    values[blocks] = problem.stoppingLoss[blocks]
    free[blocks] = [Bool](repeating: false, count: n)
    var workspace = Workspace(count: n, value: values[blocks])
    for block in stride(from: blocks - 1, through: 0, by: -1) {
      let generator = problem.generator(block)
      let (early, late) = (problem.stoppingLoss[block], problem.stoppingLoss[block + 1])
      for substep in stride(from: substeps - 1, through: 0, by: -1) {
        let share = Double(substep) * step
        for i in 0..<n { workspace.obstacle[i] = early[i] + share * (late[i] - early[i]) }
        workspace.advance(generator, step: step, runningCost: runningCost)
      }
      values[block] = workspace.value
      free[block] = workspace.free
    }
    return DepthwiseSolution(
      problem: problem, runningCost: runningCost, values: values,
      stoppingIntervals: (0...blocks).map { intervals(problem, values[$0], free[$0], exit: $0) })
  }

  /// Buffers of one march; nothing is allocated in a step.
  private struct Workspace {
    var value: [Double]
    var obstacle: [Double]
    var free: [Bool]
    private var source: [Double]
    private var previous: [Double]
    private var scratch: [Double]

    init(count: Int, value: [Double]) {
      self.value = value
      obstacle = value
      free = [Bool](repeating: false, count: count)
      source = value
      previous = value
      scratch = value
    }

    mutating func advance(_ generator: ScalarGenerator, step: Double, runningCost: Double) {
      swap(&previous, &value)
      let n = previous.count
      for _ in 0..<(n + 4) {
        for i in 0..<n { source[i] = free[i] ? previous[i] + step * runningCost : obstacle[i] }
        generator.solveImplicit(step: step, isFree: free, source: source, scratch: &scratch, into: &value)
        if !improve(generator, step, runningCost) { break }
      }
    }

    /// One round of policy improvement; ties stop.
    private mutating func improve(_ generator: ScalarGenerator, _ step: Double, _ cost: Double) -> Bool {
      var changed = false
      for i in value.indices {
        let slack = 1e-13 * (abs(obstacle[i]) + cost)
        let next: Bool
        if free[i] {
          next = value[i] < obstacle[i] - slack
        } else {
          next = previous[i] + step * (cost + generator.apply(value, at: i)) < obstacle[i] - slack
        }
        if next != free[i] {
          free[i] = next
          changed = true
        }
      }
      return changed
    }
  }

  /// Maximal stopped intervals; their ends lie where `sqrt(g - V)`, linear at a smooth-fit boundary, extrapolates to zero
  /// from the continuation side, within the cell between the last stopped and the first free node.
  private func intervals(
    _ problem: DepthwiseDiffusion, _ value: [Double], _ free: [Bool], exit: Int
  ) -> [StateInterval] {
    let (grid, loss) = (problem.grid, problem.stoppingLoss[exit])
    func edge(stopped: Int, free first: Int) -> Double {
      let direction = first - stopped
      let second = first + direction
      let a = max(0, loss[first] - value[first]).squareRoot()
      guard second >= 0, second < grid.count, free[second] else { return 0.5 * (grid[stopped] + grid[first]) }
      let b = max(0, loss[second] - value[second]).squareRoot()
      guard b > a else { return 0.5 * (grid[stopped] + grid[first]) }
      let place = grid[first] - a * (grid[second] - grid[first]) / (b - a)
      return min(max(place, min(grid[stopped], grid[first])), max(grid[stopped], grid[first]))
    }
    var found: [StateInterval] = []
    var start: Int?
    for i in grid.indices {
      if !free[i], start == nil { start = i }
      guard let first = start, free[i] || i == grid.count - 1 else { continue }
      let last = free[i] ? i - 1 : i
      found.append(
        StateInterval(
          lower: first == 0 ? -.infinity : edge(stopped: first, free: first - 1),
          upper: last == grid.count - 1 ? .infinity : edge(stopped: last, free: last + 1)))
      start = nil
    }
    return found
  }
}

/// V and the stopping region at every exit, and what follows for stopping block by block.
public struct DepthwiseSolution: Equatable, Sendable {
  public let problem: DepthwiseDiffusion
  public let runningCost: Double
  /// L + 1 rows on the grid.
  public let values: [[Double]]
  /// The stopping region of continuous stopping at exits 0...L.
  public let stoppingIntervals: [[StateInterval]]

  /// `-zeta(1/2)/sqrt(2 pi)`: Chernoff-Petkau, Broadie-Glasserman-Kou.
  public static let blockwiseCorrection = 0.582597157939010

  /// The stopping region when one may stop at block ends only: every boundary moved by `0.5826 sigma sqrt(Delta)` towards
  /// the continuation side, sigma at the boundary in the block that follows, Delta = 1 block. The last exit always stops.
  public var blockwiseStoppingIntervals: [[StateInterval]] {
    stoppingIntervals.indices.map { exit in
      guard exit < problem.blockCount else { return [StateInterval(lower: -.infinity, upper: .infinity)] }
      func shift(_ state: Double) -> Double {
        state.isFinite ? Self.blockwiseCorrection * problem.interpolate(problem.diffusion[exit], at: state) : 0
      }
      let moved = stoppingIntervals[exit].map {
        StateInterval(lower: $0.lower - shift($0.lower), upper: $0.upper + shift($0.upper))
      }
      return Self.merged(moved)
    }
  }

  /// The law of tau on 0...L and the objective `E[g_tau + c tau]`, from masses on the grid at exit 0, stopping at exits
  /// whose `intervals` hold the state: Fokker-Planck with absorption, the generator transposed.
  public func stoppingLaw(
    initialMass: [Double], intervals: [[StateInterval]], substeps: Int = 16
  ) -> (law: [Double], objective: Double) {
    let (blocks, n) = (problem.blockCount, problem.grid.count)
    precondition(
      initialMass.count == n && intervals.count == blocks + 1, "masses \(initialMass.count), exits \(intervals.count)")
    var mass = initialMass
    var (next, scratch) = (mass, mass)
    var law = [Double](repeating: 0, count: blocks + 1)
    var objective = 0.0
    for exit in 0...blocks {
      for i in 0..<n where exit == blocks || intervals[exit].contains(where: { $0.contains(problem.grid[i]) }) {
        law[exit] += mass[i]
        objective += mass[i] * (problem.stoppingLoss[exit][i] + runningCost * Double(exit))
        mass[i] = 0
      }
      guard exit < blocks else { break }
      let generator = problem.generator(exit)
      for _ in 0..<substeps {
        generator.advanceLaw(step: 1 / Double(substeps), source: mass, scratch: &scratch, into: &next)
        swap(&mass, &next)
      }
    }
    return (law, objective)
  }

  private static func merged(_ intervals: [StateInterval]) -> [StateInterval] {
    var result: [StateInterval] = []
    for interval in intervals.sorted(by: { $0.lower < $1.lower }) {
      if let last = result.last, interval.lower <= last.upper {
        result[result.count - 1] = StateInterval(lower: last.lower, upper: max(last.upper, interval.upper))
      } else {
        result.append(interval)
      }
    }
    return result
  }
}
