import DepthNumerics
import DepthRuns

/// Discrete problems by Bellman's equation on `U = V - g`: `U = min{0, c - delta + P U}`, `delta = g - P g`.
///
/// U, not V, so that ties stay ties: `delta = c` in floating point gives U = 0 and stops. Finite horizon: backward recursion,
/// O(N n^2). Infinite horizon: policy iteration from "stop everywhere", which only ever adds states to the continuation
/// region: at most n rounds of an O(n^3) solve. Deterministic gains: O(K) from beyond the last block that is worth its cost.
/// Source: Chow, Robbins and Siegmund, "Great Expectations" (1971); Howard (1960).
public struct BellmanRecursion: BoundaryMethod {
  public let name = "bellman"
  public init() {}

  public func objection(to problem: StoppingProblem) -> String? {
    switch problem.dynamics {
    case .chain, .gains: nil
    case .diffusion, .flow: "bellman needs a problem in discrete depth"
    }
  }

  public func solve(_ problem: StoppingProblem, _ query: StoppingQuery) throws -> StoppingSolution {
    try problem.validate(query)
    let points = query.points
    switch problem.dynamics {
    case .chain(let chain, let loss): return try solve(chain, loss, problem, at: points)
    case .gains(let gains): return try solve(gains, problem, at: points)
    case .diffusion, .flow: throw StoppingError("bellman needs a problem in discrete depth")
    }
  }

  // MARK: deterministic gains

  private func solve(_ gains: GainSequence, _ problem: StoppingProblem, at points: [[Double]]) throws
    -> StoppingSolution
  {
    let cost = problem.runningCost
    guard let enough = gains.sufficientDepth(cost: cost) else {
      throw StoppingError("the gains exceed the running cost \(cost) for more than ten million blocks")
    }
    let ((stop, surplus, losses), seconds) = timed { () -> (Int, [Double], [Double]) in
      let count = problem.horizon.map { min(enough, Int($0)) } ?? enough
      let deltas = gains.gains(count)
      var surplus = [Double](repeating: 0, count: count + 1)
      for k in stride(from: count - 1, through: 0, by: -1) {
        let continued = (cost - deltas[k]) + surplus[k + 1]
        surplus[k] = continued < 0 ? continued : 0
      }
      var losses = [gains.initialLoss]
      for delta in deltas { losses.append(losses.last! - delta) }
      return (surplus.firstIndex(of: 0) ?? count, surplus, losses)
    }
    let scale = max(abs(losses[0]), abs(losses.last!)) + cost * Double(stop)
    let bound = Double(losses.count + 2) * Double.ulpOfOne * scale
    let blocks = points.isEmpty ? [0] : try points.map { try block($0[0]) }
    let values = blocks.map { k in
      let loss = k < losses.count ? losses[k] : gains.loss(after: k)
      return StoppingSolution.Value(
        at: [Double(k)], depth: Double(k), value: loss + (k < surplus.count ? surplus[k] : 0), stoppingLoss: loss,
        errorBound: bound, boundKind: .certified)
    }
    let depths = blocks.map { k in
      let remaining = Double(max(0, stop - k))
      return StoppingSolution.ExpectedDepth(at: [Double(k)], value: remaining, lower: remaining, upper: remaining)
    }
    let boundary = HaltingBoundary(
      shape: .points, points: [.init(depth: Double(stop), at: [Double(stop)])], errorBound: 0, boundKind: .certified)
    return StoppingSolution(
      values: values, boundary: boundary, expectedDepths: depths,
      diagnostics: Diagnostics(
        status: .converged, method: name, iterations: losses.count - 1, evaluations: ["gains": losses.count - 1],
        residualNorm: "exact recursion", seconds: seconds))
  }

  private func block(_ value: Double) throws -> Int {
    guard let block = Int(exactly: value), (0...StoppingProblem.mostBlocks).contains(block) else {
      throw InputError.value(value, of: "at", allowed: "block indices 0 to \(StoppingProblem.mostBlocks)")
    }
    return block
  }

  // MARK: chains

  private func solve(
    _ chain: MarkovChain, _ loss: [Double], _ problem: StoppingProblem, at points: [[Double]]
  ) throws -> StoppingSolution {
    let n = chain.stateCount
    let states = points.isEmpty ? Array(0..<n) : try points.map { try state($0[0], below: n) }
    let gains = (0..<n).map { loss[$0] - chain.expectation(loss, from: $0) }
    let (outcome, seconds) = try timed {
      if let horizon = problem.horizon {
        return finiteHorizon(chain, gains, problem.runningCost, blocks: Int(horizon))
      }
      return try policyIteration(chain, gains, problem.runningCost)
    }
    let scale = loss.reduce(0) { max($0, abs($1)) } + problem.runningCost
    let bound = outcome.residual * (1 + (outcome.depths.max() ?? 0)) + Double(n) * Double.ulpOfOne * scale
    let values = states.map {
      StoppingSolution.Value(
        at: [Double($0)], value: loss[$0] + outcome.surplus[$0], stoppingLoss: loss[$0], errorBound: bound,
        boundKind: .estimate)
    }
    let depths = states.map {
      StoppingSolution.ExpectedDepth(
        at: [Double($0)], value: outcome.depths[$0], lower: outcome.depths[$0], upper: outcome.depths[$0])
    }
    let stopped = (0..<n).filter { outcome.surplus[$0] == 0 }
    return StoppingSolution(
      values: values,
      boundary: HaltingBoundary(
        shape: .points, points: stopped.map { .init(at: [Double($0)]) }, errorBound: 0, boundKind: .estimate),
      expectedDepths: depths,
      diagnostics: Diagnostics(
        status: .converged, method: name, iterations: outcome.iterations, residual: outcome.residual,
        residualNorm: "max |U - min(0, c - delta + P U)|", seconds: seconds))
  }

  private struct Outcome {
    var surplus: [Double]
    var depths: [Double]
    var iterations: Int
    var residual: Double
  }

  private func finiteHorizon(_ chain: MarkovChain, _ gains: [Double], _ cost: Double, blocks: Int) -> Outcome {
    let n = chain.stateCount
    var surplus = [Double](repeating: 0, count: n)
    var depths = surplus
    for _ in 0..<blocks {
      let continued = (0..<n).map { (cost - gains[$0]) + chain.expectation(surplus, from: $0) }
      let nextDepths = (0..<n).map { continued[$0] < 0 ? 1 + chain.expectation(depths, from: $0) : 0 }
      let nextSurplus = continued.map { $0 < 0 ? $0 : 0 }
      // at a fixed point further blocks change nothing
      if nextSurplus == surplus && nextDepths == depths { break }
      (surplus, depths) = (nextSurplus, nextDepths)
    }
    return Outcome(surplus: surplus, depths: depths, iterations: blocks, residual: 0)
  }

  private func policyIteration(_ chain: MarkovChain, _ gains: [Double], _ cost: Double) throws -> Outcome {
    let n = chain.stateCount
    var continuing: [Int] = []
    var surplus = [Double](repeating: 0, count: n)
    var iterations = 0
    while true {
      iterations += 1
      let continued = (0..<n).map { (cost - gains[$0]) + chain.expectation(surplus, from: $0) }
      let members = Set(continuing)
      let added = (0..<n).filter { !members.contains($0) && continued[$0] < 0 }
      if added.isEmpty { break }
      continuing = (continuing + added).sorted()
      let solved = try solveOnContinuation(chain, continuing, continuing.map { cost - gains[$0] })
      for (index, state) in continuing.enumerated() { surplus[state] = solved[index] }
    }
    var depths = [Double](repeating: 0, count: n)
    let solved = try solveOnContinuation(chain, continuing, continuing.map { _ in 1 })
    for (index, state) in continuing.enumerated() { depths[state] = solved[index] }
    let residual =
      (0..<n).map { x in
        abs(surplus[x] - min(0, (cost - gains[x]) + chain.expectation(surplus, from: x)))
      }.max() ?? 0
    return Outcome(surplus: surplus, depths: depths, iterations: iterations, residual: residual)
  }

  /// `(I - P_CC) x = source`.
  private func solveOnContinuation(_ chain: MarkovChain, _ states: [Int], _ source: [Double]) throws -> [Double] {
    let n = chain.stateCount
    let matrix = states.flatMap { row in
      states.map { (row == $0 ? 1.0 : 0) - chain.transition[row * n + $0] }
    }
    return try LinearSystems.solve(matrix, source)
  }

  private func state(_ value: Double, below count: Int) throws -> Int {
    guard let state = Int(exactly: value), state >= 0, state < count else {
      throw InputError.value(value, of: "at", allowed: "states 0 to \(count - 1)")
    }
    return state
  }
}
