import DepthDynamics

/// A scalar diffusion with blocks: drift and noise constant in depth within a block, a stopping loss per exit, all
/// tabulated on one grid. What a Kramers-Moyal fit of a recorded network yields.
///
/// Depth is measured in blocks: block k spans [k, k + 1), exits sit at 0...L. Memory: 3 (L + 1) n doubles.
public struct DepthwiseDiffusion: Equatable, Sendable {
  /// n ascending states.
  public let grid: [Double]
  /// L rows of n: drift per block.
  public let drift: [[Double]]
  /// L rows of n: noise sigma per sqrt(block), >= 0.
  public let diffusion: [[Double]]
  /// L + 1 rows of n: g_k on the grid.
  public let stoppingLoss: [[Double]]

  public init(grid: [Double], drift: [[Double]], diffusion: [[Double]], stoppingLoss: [[Double]]) {
    let n = grid.count
    precondition(n >= 3 && zip(grid, grid.dropFirst()).allSatisfy { $0 < $1 }, "a grid of \(n) ascending states")
    precondition(
      !drift.isEmpty && diffusion.count == drift.count && stoppingLoss.count == drift.count + 1,
      "\(drift.count) drifts, \(diffusion.count) diffusions, \(stoppingLoss.count) losses")
    precondition((drift + diffusion + stoppingLoss).allSatisfy { $0.count == n }, "rows of other than \(n) states")
    self.grid = grid
    self.drift = drift
    self.diffusion = diffusion
    self.stoppingLoss = stoppingLoss
  }

  public var blockCount: Int { drift.count }

  /// The generator within block k.
  func generator(_ block: Int) -> ScalarGenerator {
    var (f, s) = (drift[block].makeIterator(), diffusion[block].makeIterator())
    return ScalarGenerator(grid: grid, drift: { _ in f.next()! }, diffusion: { _ in s.next()! })
  }

  /// Linear interpolation of a row at a state, constant beyond the ends.
  func interpolate(_ row: [Double], at state: Double) -> Double {
    guard state > grid[0] else { return row[0] }
    guard state < grid[grid.count - 1] else { return row[grid.count - 1] }
    let upper = grid.firstIndex { $0 > state }!
    let share = (state - grid[upper - 1]) / (grid[upper] - grid[upper - 1])
    return row[upper - 1] + share * (row[upper] - row[upper - 1])
  }
}

/// A closed interval of states; ends may be infinite.
public struct StateInterval: Equatable, Sendable {
  public let lower: Double
  public let upper: Double

  public init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  public func contains(_ state: Double) -> Bool { lower <= state && state <= upper }
}
