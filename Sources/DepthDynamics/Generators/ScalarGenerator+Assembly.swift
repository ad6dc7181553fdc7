import Foundation

/// The generator on non-uniform grids with ends of every kind and a discount, assembled in place at every depth.
extension ScalarGenerator {
  /// What holds at the first or last node.
  public enum End: Equatable, Sendable {
    /// V' = 0. `index` is the limit k of `f (x - end) / sigma^2`, (d - 1)/2 for a radius: by l'Hopital
    /// `L v = (1 + 2k) (sigma^2/2) v''` there.
    case reflecting(index: Double)
    /// No motion: the process stays.
    case absorbing
    /// V'' = 0: the drift counts where it points inwards, first order one-sided.
    case transport
  }

  /// No motion yet: `assemble` fills it.
  public init(grid: [Double]) {
    self.init(grid: grid, drift: { _ in 0 }, diffusion: { _ in 0 })
  }

  /// Rates from drift f, sigma^2 and r at the nodes; no allocation.
  ///
  /// Central differences, second order where neighbouring cells differ by O(h^2); where they would make a rate negative,
  /// sigma^2 becomes `|f| h coth(|f| h / sigma^2)`, h the larger cell: exponentially fitted, the excess O(h^2), upwind for
  /// sigma = 0. `variance` is overwritten by what was used: the law of the boundary's ghost nodes needs the same.
  /// Source of the fitting: Il'in, Math. Notes 6 (1969).
  public mutating func assemble(
    drift: UnsafePointer<Double>, variance: UnsafeMutablePointer<Double>, killing r: UnsafePointer<Double>,
    lowerEnd: End, upperEnd: End
  ) {
    let n = grid.count
    grid.withUnsafeBufferPointer { x in
      down.withUnsafeMutableBufferPointer { down in
        up.withUnsafeMutableBufferPointer { up in
          var left = x[1] - x[0]
          for i in 1..<(n - 1) {
            let right = x[i + 1] - x[i]
            let f = drift[i]
            let widest = left > right ? left : right
            if variance[i] < abs(f) * widest { variance[i] = Self.fitted(variance[i], abs(f) * widest) }
            let total = left + right
            down[i] = (variance[i] - f * right) / (left * total)
            up[i] = (variance[i] + f * left) / (right * total)
            left = right
          }
          up[0] = Self.inward(drift[0], variance[0], x[1] - x[0], lowerEnd)
          down[0] = 0
          down[n - 1] = Self.inward(-drift[n - 1], variance[n - 1], x[n - 1] - x[n - 2], upperEnd)
          up[n - 1] = 0
        }
      }
    }
    killing.withUnsafeMutableBufferPointer { $0.baseAddress!.update(from: r, count: n) }
  }

  /// The arrays' memory: rates down and up, killing.
  @inline(__always)
  public func withUnsafeRates<Result>(
    _ body: (UnsafePointer<Double>, UnsafePointer<Double>, UnsafePointer<Double>) throws -> Result
  ) rethrows -> Result {
    try down.withUnsafeBufferPointer { down in
      try up.withUnsafeBufferPointer { up in
        try killing.withUnsafeBufferPointer { killing in
          try body(down.baseAddress!, up.baseAddress!, killing.baseAddress!)
        }
      }
    }
  }

  /// `p coth(p / variance)`, p = |f| h.
  private static func fitted(_ variance: Double, _ transport: Double) -> Double {
    guard variance > 0 else { return transport }
    return transport / tanh(transport / variance)
  }

  /// The rate from an end node to its neighbour.
  private static func inward(_ drift: Double, _ variance: Double, _ h: Double, _ end: End) -> Double {
    switch end {
    case .reflecting(let index): (1 + 2 * index) * variance / (h * h)
    case .absorbing: 0
    case .transport: drift > 0 ? drift / h : 0
    }
  }
}
