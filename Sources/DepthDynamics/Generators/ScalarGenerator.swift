/// The generator `L v = f v' + (sigma^2/2) v''` of a scalar diffusion on a grid: a tridiagonal matrix of transition rates.
///
/// Off-diagonal entries are >= 0 and rows sum to zero (a Markov chain, so the scheme is monotone): central differences where
/// they keep the rates non-negative (second order on uniform grids), upwind differences elsewhere (first order). Both
/// ends reflect. The same object serves the variational inequality and, transposed, the law of the process (Fokker-Planck).
/// Source: Kushner and Dupuis, "Numerical Methods for Stochastic Control Problems in Continuous Time" (2001), chapter 5.
public struct ScalarGenerator: Sendable {
  public let grid: [Double]
  /// Rate from node i to node i - 1; 0 at the first.
  public internal(set) var down: [Double]
  /// Rate from node i to node i + 1; 0 at the last.
  public internal(set) var up: [Double]
  /// Rate at which the process is killed: the discount r. Only `solveImplicit` knows it; zero unless assembled.
  public internal(set) var killing: [Double]

  /// - Parameter grid: ascending, at least 3 nodes.
  public init(grid: [Double], drift: (Double) -> Double, diffusion: (Double) -> Double) {
    let n = grid.count
    precondition(n >= 3 && zip(grid, grid.dropFirst()).allSatisfy { $0 < $1 }, "a grid of \(n) ascending nodes")
    var down = [Double](repeating: 0, count: n)
    var up = down
    for i in 0..<n {
      let (f, sigma) = (drift(grid[i]), diffusion(grid[i]))
      let variance = sigma * sigma
      let left = i > 0 ? grid[i] - grid[i - 1] : grid[1] - grid[0]
      let right = i + 1 < n ? grid[i + 1] - grid[i] : grid[n - 1] - grid[n - 2]
      let total = left + right
      var (toLeft, toRight) = ((variance - f * right) / (left * total), (variance + f * left) / (right * total))
      if toLeft < 0 || toRight < 0 {
        toLeft = variance / (left * total) + max(-f, 0) / left
        toRight = variance / (right * total) + max(f, 0) / right
      }
      // at an end the mirrored neighbour is the inner one: diffusion reflects, drift counts only inwards
      down[i] = i == 0 ? 0 : i < n - 1 ? toLeft : variance / (left * left) + max(-f, 0) / left
      up[i] = i == n - 1 ? 0 : i > 0 ? toRight : variance / (right * right) + max(f, 0) / right
    }
    self.grid = grid
    self.down = down
    self.up = up
    killing = [Double](repeating: 0, count: n)
  }

  public var count: Int { grid.count }

  /// `(L v)_i`.
  @inlinable
  public func apply(_ v: UnsafePointer<Double>, at i: Int) -> Double {
    var sum = 0.0
    if i > 0 { sum += down[i] * (v[i - 1] - v[i]) }
    if i + 1 < grid.count { sum += up[i] * (v[i + 1] - v[i]) }
    return sum
  }

  /// Solves `(I - step (L - r)) v = source` in the rows where `isFree`, `v = source` in the others; `scratch` holds `count`.
  ///
  /// Thomas's algorithm, O(n), stable because the matrix is diagonally dominant.
  public func solveImplicit(
    step: Double, isFree: UnsafePointer<Bool>, source: UnsafePointer<Double>, scratch: UnsafeMutablePointer<Double>,
    into v: UnsafeMutablePointer<Double>
  ) {
    let n = count
    var (ratio, value) = (0.0, 0.0)
    for i in 0..<n {
      let free = isFree[i]
      let lower = free ? step * down[i] : 0
      let upper = free ? step * up[i] : 0
      let pivot = 1 + lower + upper + (free ? step * killing[i] : 0) - lower * ratio
      value = (source[i] + lower * value) / pivot
      ratio = upper / pivot
      scratch[i] = ratio
      v[i] = value
    }
    for i in stride(from: n - 2, through: 0, by: -1) { v[i] += scratch[i] * v[i + 1] }
  }

  /// Solves `(I - step L^T) p = source`: one implicit step of the law of the process; keeps the total mass.
  public func advanceLaw(
    step: Double, source: UnsafePointer<Double>, scratch: UnsafeMutablePointer<Double>,
    into p: UnsafeMutablePointer<Double>
  ) {
    let n = count
    var (ratio, value) = (0.0, 0.0)
    for i in 0..<n {
      // column i - 1 of L feeds row i from below, column i + 1 from above
      let fromBelow = i > 0 ? step * up[i - 1] : 0
      let fromAbove = i + 1 < n ? step * down[i + 1] : 0
      let pivot = 1 + step * (down[i] + up[i]) - fromBelow * ratio
      value = (source[i] + fromBelow * value) / pivot
      ratio = fromAbove / pivot
      scratch[i] = ratio
      p[i] = value
    }
    for i in stride(from: n - 2, through: 0, by: -1) { p[i] += scratch[i] * p[i + 1] }
  }
}
