import DepthRuns

/// Deterministic gains: `U_k = min{0, (c_k - delta_k) + U_{k+1}}` from beyond the last block that is worth its cost, O(K).
///
/// Rounding: at most `(2 K + 4) ulp max(|g|, V)` in V, K the blocks gone through; tau* is exact for the floating-point gains.
struct GainRecursion {
  private let problem: StoppingProblem
  private let gains: GainSequence

  init(_ problem: StoppingProblem, _ gains: GainSequence) {
    self.problem = problem
    self.gains = gains
  }

  func solve(at points: [[Double]]) throws -> StoppingSolution {
    let count = try blockCount()
    let ((surplus, remaining, losses), seconds) = timed { run(count) }
    let scale = max(abs(losses[0]), abs(losses[count])) + problem.cost.block(0) * Double(remaining[0])
    let bound = Double(count + 3) * Double.ulpOfOne * scale
    let blocks = points.isEmpty ? [0] : try points.map { try block($0[0]) }
    let values = blocks.map { k in
      let loss = k <= count ? losses[k] : gains.loss(after: k)
      return StoppingSolution.Value(
        at: [Double(k)], depth: Double(k), value: loss + (k <= count ? surplus[k] : 0), stoppingLoss: loss,
        errorBound: bound, boundKind: .certified)
    }
    let depths = blocks.map { k in
      let rest = k <= count ? Double(remaining[k]) : 0
      return StoppingSolution.ExpectedDepth(at: [Double(k)], value: rest, lower: rest, upper: rest)
    }
    // blocks at which stopping begins: several where costs rise and fall
    let starts = (0...count).filter { remaining[$0] == 0 && ($0 == 0 || remaining[$0 - 1] > 0) }
    return StoppingSolution(
      values: values,
      boundary: HaltingBoundary(
        shape: .points, points: starts.map { .init(depth: Double($0), at: [Double($0)]) }, errorBound: 0,
        boundKind: .certified),
      expectedDepths: depths,
      diagnostics: Diagnostics(
        status: .converged, method: "bellman", iterations: count, evaluations: ["gains": count],
        residualNorm: "exact recursion", seconds: seconds))
  }

  /// Blocks beyond which no gain exceeds its cost.
  private func blockCount() throws -> Int {
    let horizon = problem.horizon.map { Int($0) } ?? .max
    var cost = problem.cost.last
    var known = 0
    if case .perBlock(let costs) = problem.cost {
      cost = costs.last ?? 0
      known = costs.count
    }
    if cost == 0, horizon < .max { return horizon }
    guard let enough = gains.sufficientDepth(cost: cost) else {
      throw StoppingError("the gains exceed the running cost \(cost) for more than ten million blocks")
    }
    return min(max(enough, known), horizon)
  }

  private func run(_ count: Int) -> (surplus: [Double], remaining: [Int], losses: [Double]) {
    let deltas = gains.gains(count)
    var surplus = [Double](repeating: 0, count: count + 1)
    var remaining = [Int](repeating: 0, count: count + 1)
    for k in stride(from: count - 1, through: 0, by: -1) {
      let continued = (problem.cost.block(k) - deltas[k]) + surplus[k + 1]
      guard continued < 0 else { continue }
      surplus[k] = continued
      remaining[k] = remaining[k + 1] + 1
    }
    var losses = [gains.initialLoss]
    losses.reserveCapacity(count + 1)
    for delta in deltas { losses.append(losses[losses.count - 1] - delta) }
    return (surplus, remaining, losses)
  }

  private func block(_ value: Double) throws -> Int {
    guard let block = Int(exactly: value), (0...StoppingProblem.mostBlocks).contains(block) else {
      throw InputError.value(value, of: "at", allowed: "block indices 0 to \(StoppingProblem.mostBlocks)")
    }
    return block
  }
}
