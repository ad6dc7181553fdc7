/// One accepted step: where, how long, and the last depth at which f was evaluated.
struct TapeStep: Equatable {
  let depth: Double
  let length: Double
  let limit: Double
}

/// The accepted steps of a run with as many of their start states as memory allows, for the reverse sweep.
///
/// When the states outgrow `capacity`, every other one is dropped, and again; the reverse sweep recomputes what is missing
/// from the nearest kept state with binomial checkpoints in the slots that have become free. Steps are recomputed with their
/// recorded lengths and so bit for bit.
/// Source: Griewank and Walther, ACM TOMS 26 (2000), Algorithm 799 (Revolve); the thinning while running is ours.
final class StepTape {
  private let blockSize: Int
  /// Most states kept at once, at least 2.
  private let capacity: Int
  private(set) var steps: [TapeStep] = []
  private var kept: [Int] = []
  private var states: [Double] = []
  private var stride = 1

  init(blockSize: Int, capacity: Int) {
    precondition(capacity >= 2, "a tape needs room for 2 states, it has \(capacity)")
    self.blockSize = blockSize
    self.capacity = capacity
  }

  func clear() {
    steps.removeAll(keepingCapacity: true)
    kept.removeAll(keepingCapacity: true)
    states.removeAll(keepingCapacity: true)
    stride = 1
  }

  func record(_ step: TapeStep, start: UnsafePointer<Double>) {
    let index = steps.count
    steps.append(step)
    guard index.isMultiple(of: stride) else { return }
    if kept.count == capacity {
      thin()
      guard index.isMultiple(of: stride) else { return }
    }
    keep(index, start)
  }

  private func keep(_ index: Int, _ state: UnsafePointer<Double>) {
    kept.append(index)
    states.append(contentsOf: UnsafeBufferPointer(start: state, count: blockSize))
  }

  private func thin() {
    stride *= 2
    let survivors = kept.indices.filter { kept[$0].isMultiple(of: stride) }
    states = survivors.flatMap { states[($0 * blockSize)..<(($0 + 1) * blockSize)] }
    kept = survivors.map { kept[$0] }
  }

  /// Takes the sweep's `lambda` from the end of the run to its start.
  func reverse(_ sweep: ReverseSweep, parameterGradient: UnsafeMutablePointer<Double>?) {
    var end = steps.count
    while let start = kept.last {
      let state = Array(states.suffix(blockSize))
      reverse(start, end, state, sweep, parameterGradient)
      dropLast()
      end = start
    }
  }

  private func dropLast() {
    kept.removeLast()
    states.removeLast(blockSize)
  }

  /// The steps start ..< end, backwards; `state` is that at `start`.
  private func reverse(
    _ start: Int, _ end: Int, _ state: [Double], _ sweep: ReverseSweep, _ gradient: UnsafeMutablePointer<Double>?
  ) {
    let count = end - start
    if count == 1 {
      sweep.forward(steps[start], from: state)
      return sweep.backward(steps[start], parameterGradient: gradient)
    }
    let snapshots = capacity - kept.count + 1
    if snapshots == 1 {
      for last in Swift.stride(from: end - 1, through: start, by: -1) {
        reverse(last, last + 1, advanced(state, start, last, sweep), sweep, gradient)
      }
      return
    }
    let split = start + Self.split(count, snapshots)
    let middle = advanced(state, start, split, sweep)
    keep(split, middle)
    reverse(split, end, middle, sweep, gradient)
    dropLast()
    reverse(start, split, state, sweep, gradient)
  }

  /// The state at `last`, from that at `start`.
  private func advanced(_ state: [Double], _ start: Int, _ last: Int, _ sweep: ReverseSweep) -> [Double] {
    var (state, next) = (state, state)
    for index in start..<last {
      next.withUnsafeMutableBufferPointer { sweep.forward(steps[index], from: state, end: $0.baseAddress) }
      swap(&state, &next)
    }
    return state
  }

  /// How many of n steps to advance before the next snapshot: the binomial schedule's choice with s snapshots, the one at the
  /// start included.
  static func split(_ n: Int, _ s: Int) -> Int {
    // beta(s, r) = C(s + r, s) steps can be reversed with r recomputations of each at most; the least such r
    var (r, reach, before, beforeThat) = (0, 1, 0, 0)
    while reach < n {
      r += 1
      let (product, overflow) = reach.multipliedReportingOverflow(by: s + r)
      if overflow { return max(1, n / 2) }
      (reach, before, beforeThat) = (product / r, reach, before)
    }
    // left of the split at least beta(s, r - 2), right of it at most beta(s - 1, r) = beta(s, r) - beta(s, r - 1)
    return max(1, beforeThat, n - (reach - before))
  }
}
