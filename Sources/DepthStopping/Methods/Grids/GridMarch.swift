import DepthDynamics
import Foundation

/// Time-stepping schemes of the complementarity problem.
public enum SteppingScheme: String, CaseIterable, Sendable {
  /// Trapezoidal rule, its first two steps as four implicit Euler half-steps (Rannacher, Numer. Math. 43 (1984)).
  case crankNicolson = "crank-nicolson"
  /// Trapezoidal rule to gamma = 2 - sqrt 2, then second-order backward differences: L-stable
  /// (Bank et al., IEEE Trans. CAD 4 (1985)).
  case trBDF2 = "tr-bdf2"
}

/// U on one grid, marched in depth to go from `U(0) = 0`; the complementarity problem is solved inside every step.
///
/// A step first keeps the topology of the free blocks and finds each boundary within its cell by the sharp sweeps of
/// `GridMarch+Sweeps`; where that does not verify, policy iteration on the nodes decides the topology anew. Nothing is
/// allocated in a step, and nothing is clipped after one.
struct GridMarch: ~Copyable {
  var rows: GridRows
  let horizon: Double
  let scheme: SteppingScheme
  let u: UnsafeMutablePointer<Double>
  let rate: UnsafeMutablePointer<Double>
  let right: UnsafeMutablePointer<Double>
  let ratio: UnsafeMutablePointer<Double>
  let value: UnsafeMutablePointer<Double>
  let before: UnsafeMutablePointer<Double>
  let isFree: UnsafeMutablePointer<Bool>
  var blocks: [FreeBlock] = []
  /// First and last node that may be free.
  let lowest: Int
  let highest: Int
  private(set) var stepCount = 0
  /// Steps whose topology policy iteration had to decide.
  var settledCount = 0
  /// Linear solves.
  var sweepCount = 0

  init(rows: consuming GridRows, horizon: Double, scheme: SteppingScheme) {
    let n = rows.count
    lowest = rows.lowerEnd == .stopped ? 1 : 0
    highest = rows.upperEnd == .stopped ? n - 2 : n - 1
    self.rows = rows
    self.horizon = horizon
    self.scheme = scheme
    u = .allocate(capacity: 6 * n)
    u.initialize(repeating: 0, count: 6 * n)
    (rate, right, ratio, value, before) = (u + n, u + 2 * n, u + 3 * n, u + 4 * n, u + 5 * n)
    isFree = .allocate(capacity: n)
    isFree.initialize(repeating: false, count: n)
    blocks.reserveCapacity(16)
    self.rows.assemble(depth: horizon)
    for i in lowest...highest { isFree[i] = self.rows.source[i] <= 0 }
    gatherBlocks()
  }

  deinit {
    u.deallocate()
    isFree.deallocate()
  }

  /// From depth to go `start` to `end`.
  mutating func step(from start: Double, to end: Double) {
    let h = end - start
    switch scheme {
    case .trBDF2: stepTRBDF2(start, h)
    case .crankNicolson:
      if stepCount < 2 {
        implicitEuler(to: start + 0.5 * h, 0.5 * h)
        implicitEuler(to: end, 0.5 * h)
      } else {
        evaluateRate()
        rows.assemble(depth: horizon - end)
        trapezoidalRight(0.5 * h)
        solve(0.5 * h)
      }
    }
    stepCount += 1
  }

  private mutating func implicitEuler(to end: Double, _ h: Double) {
    rows.assemble(depth: horizon - end)
    let source = rows.source
    for i in 0..<rows.count { right[i] = u[i] + h * source[i] }
    solve(h)
  }

  private mutating func stepTRBDF2(_ start: Double, _ h: Double) {
    let gamma = 2 - 2.0.squareRoot()
    let k = 0.5 * gamma * h
    evaluateRate()
    before.update(from: u, count: rows.count)
    rows.assemble(depth: horizon - (start + gamma * h))
    trapezoidalRight(k)
    solve(k)
    let late = 1 / (gamma * (2 - gamma))
    let early = late - 1
    rows.assemble(depth: horizon - (start + h))
    let source = rows.source
    for i in 0..<rows.count { right[i] = late * u[i] - early * before[i] + k * source[i] }
    solve(k)
  }

  private func trapezoidalRight(_ k: Double) {
    let source = rows.source
    for i in 0..<rows.count { right[i] = u[i] + k * (rate[i] + source[i]) }
  }

  /// `U_theta` in the free blocks, 0 where stopped: continuous across a boundary of smooth fit.
  private func evaluateRate() {
    rate.update(repeating: 0, count: rows.count)
    let (u, rate, source) = (self.u, self.rate, rows.source)
    rows.generator.withUnsafeRates { down, up, killing in
      for block in blocks {
        let (below, above) = (block.first - 1, block.last + 1)
        // the ghosts stand in for the stopped neighbours while the block's differences are taken
        if block.lower.isFree { u[below] = block.lower.ghost }
        if block.upper.isFree { u[above] = block.upper.ghost }
        for i in block.first...block.last {
          var sum = source[i] - killing[i] * u[i]
          if down[i] != 0 { sum += down[i] * (u[i - 1] - u[i]) }
          if up[i] != 0 { sum += up[i] * (u[i + 1] - u[i]) }
          rate[i] = sum
        }
        if block.lower.isFree { u[below] = 0 }
        if block.upper.isFree { u[above] = 0 }
      }
    }
  }

  /// `U - k (L U - r U) = right` where free, U = 0 elsewhere.
  private mutating func solve(_ k: Double) {
    if sharpen(k) { return }
    settledCount += 1
    settle(k)
    gatherBlocks()
    if !sharpen(k) {
      settle(k)
      gatherBlocks()
    }
  }

  /// Blocks of `isFree`, without ghosts.
  mutating func gatherBlocks() {
    blocks.removeAll(keepingCapacity: true)
    var i = lowest
    while i <= highest {
      guard isFree[i] else {
        i += 1
        continue
      }
      var last = i
      while last < highest && isFree[last + 1] { last += 1 }
      blocks.append(
        FreeBlock(first: i, last: last, lower: .init(isFree: i > lowest), upper: .init(isFree: last < highest)))
      i = last + 1
    }
  }
}
