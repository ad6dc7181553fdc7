import DepthNumerics
import DepthRuns
import DepthStopping

/// T1 to T3 for a finite chain: the envelope over the states reachable after k blocks, for all k, exactly.
struct ChainCheck {
  private let problem: StoppingProblem
  private let chain: MarkovChain
  /// Canonical: minimised.
  private let loss: [Double]
  private let start: Int
  private let gains: [Double]
  private let conditions: ProblemConditions
  private let solution: StoppingSolution

  /// Reachable sets repeat sooner or later; beyond this many the envelope counts as unknown.
  private static let mostSets = 5000

  /// - Throws: `StoppingError` where V is not finite; `InputError.usage` for a state that the chain has not.
  init(_ problem: StoppingProblem, _ chain: MarkovChain, _ loss: [Double], at point: [Double]) throws {
    guard let start = Int(exactly: point.first ?? -1), (0..<chain.stateCount).contains(start) else {
      throw InputError.value(
        point.map { "\($0)" }.joined(separator: ","), of: "at", allowed: "states 0 to \(chain.stateCount - 1)")
    }
    let n = chain.stateCount
    let canonical = loss.map { problem.sign * $0 }
    self.problem = problem
    self.chain = chain
    self.loss = canonical
    self.start = start
    conditions = ProblemConditions(problem: problem)
    gains = (0..<n).map { state in
      canonical[state] - (0..<n).reduce(0) { $0 + chain.transition[state * n + $1] * canonical[$1] }
    }
    solution = try BellmanRecursion().solve(problem, at: (0..<n).map { [Double($0)] })
  }

  func report() throws -> FiniteDepthReport {
    let c = problem.runningCost
    let tau = solution.expectedDepths.isEmpty ? Double.infinity : solution.expectedDepths[start].value
    let envelope = self.envelope
    let bound = envelope.bound
    let silent = FiniteDepthReport.Theorem.silent(
      conditions.objection ?? "states with a gain above c stay reachable: the envelope does not fall below c")
    let sum = bound.map { envelope.deltas[..<$0].reduce(0) { $0 + max($1, 0) } / c }
    return FiniteDepthReport(
      filtration: "the state of the chain", runningCost: c,
      hypotheses: [
        conditions.positiveCost, conditions.boundedBelow(true, "finitely many states"),
        conditions.diminishing(
          bound != nil,
          "largest gain over the states reachable after k blocks, for all k; on the last cycle it is at most "
            + "\(envelope.deltas[envelope.cycle...].max() ?? 0)"),
      ], expectedStoppingDepth: tau.isFinite ? Interval(exactly: tau) : nil,
      budget: conditions.theorem(c > 0 ? (loss[start] - (loss.min() ?? 0)) / c : nil, tau, "(g - inf g)/c"),
      horizon: bound.map { conditions.theorem(Double($0), tau, "K(c) over reachable states") } ?? silent,
      gainSum: sum.map { conditions.theorem($0, tau, "sum of the envelope over c") } ?? silent,
      truncation: conditions.objection == nil && problem.horizon == nil ? try truncation(bound) : nil,
      monotone: conditions.objection == nil && problem.horizon == nil ? monotone : nil)
  }

  /// delta_k until the reachable sets repeat; from `cycle` on they do so for ever.
  private var envelope: (deltas: [Double], cycle: Int, bound: Int?) {
    let n = chain.stateCount
    var (deltas, sets, seen): ([Double], [[Bool]], [[Bool]: Int]) = ([], [], [:])
    var reachable = (0..<n).map { $0 == start }
    while seen[reachable] == nil, sets.count < Self.mostSets {
      seen[reachable] = sets.count
      sets.append(reachable)
      deltas.append((0..<n).filter { reachable[$0] }.map { gains[$0] }.max() ?? 0)
      var next = [Bool](repeating: false, count: n)
      for state in 0..<n where reachable[state] {
        for other in 0..<n where chain.transition[state * n + other] > 0 { next[other] = true }
      }
      reachable = next
    }
    guard let cycle = seen[reachable] else { return (deltas, deltas.count - 1, nil) }
    if case .perBlock(let costs) = problem.cost {
      // costs that vary: the cycle is unrolled until they stay
      let period = deltas.count - cycle
      while deltas.count < costs.count + period { deltas.append(deltas[deltas.count - period]) }
      let tail = deltas.count - period
      let isBelow = (tail..<deltas.count).allSatisfy { deltas[$0] <= problem.cost.block($0) }
      let last = deltas.indices.last { deltas[$0] > problem.cost.block($0) }
      return (deltas, tail, isBelow ? (last ?? -1) + 1 : nil)
    }
    let c = problem.runningCost
    let isBelow = deltas[cycle...].allSatisfy { $0 <= c }
    return (deltas, cycle, isBelow ? (deltas.lastIndex { $0 > c } ?? -1) + 1 : nil)
  }

  /// Bellman's recursion for each horizon, O(N entries) each.
  private func truncation(_ bound: Int?) throws -> Truncation {
    let value = problem.sign * solution.values[start].value
    let error = solution.values[start].errorBound
    let (low, high) = (loss.min() ?? 0, loss.max() ?? 0)
    let scale = (high - low) / problem.runningCost * (loss[start] - low)
    let points = try GainsCheck.horizons(bound ?? 18).map { n -> Truncation.Point in
      guard n > 0 else {
        return .init(
          horizon: 0, value: .init(exactly: loss[start]), excess: .init(exactly: loss[start] - value), bound: nil)
      }
      let cut = try BellmanRecursion().solve(problem.withHorizon(Double(n)), at: [[Double(start)]]).values[0]
      let excess = problem.sign * cut.value - value
      let doubt = error + cut.errorBound
      return .init(
        horizon: Double(n), value: .init(exactly: problem.sign * cut.value),
        excess: Interval(value: excess, lower: excess - doubt, upper: excess + doubt), bound: scale / Double(n))
    }
    return Truncation(points: points, horizonBound: bound.map(Double.init))
  }

  /// The one-step rule followed exactly: linear systems on the states outside of B that it visits.
  private var monotone: MonotoneCase? {
    let (n, c) = (chain.stateCount, problem.runningCost)
    guard case .constant = problem.cost else { return nil }
    let inside = gains.map { $0 <= c }
    var (visited, queue) = (Set([start]), [start])
    while let state = queue.popLast() {
      guard !inside[state] else { continue }
      for other in 0..<n where chain.transition[state * n + other] > 0 && visited.insert(other).inserted {
        queue.append(other)
      }
    }
    let all = reachable
    let isAbsorbing = all.allSatisfy { state in
      !inside[state] || (0..<n).allSatisfy { chain.transition[state * n + $0] == 0 || inside[$0] }
    }
    func early(_ state: Int) -> Bool {
      let value = solution.values[state]
      return problem.sign * value.value + value.errorBound < loss[state]
    }
    let outside = visited.filter { !inside[$0] }.sorted()
    guard let cost = follow(outside, running: c, stopping: { loss[$0] }),
      let rate = follow(outside, running: 0, stopping: { early($0) ? 1 : 0 })
    else { return nil }
    let regret = cost - problem.sign * solution.values[start].value
    let doubt = solution.values[start].errorBound + 1e-12 * max(1, abs(cost))
    return MonotoneCase(
      violationRate: Interval(exactly: rate),
      regret: Interval(value: abs(regret) <= doubt ? 0 : regret, lower: max(0, regret - doubt), upper: regret + doubt),
      isAbsorbing: isAbsorbing, howChecked: "exact: the rule's stopping states by linear systems")
  }

  private var reachable: Set<Int> {
    let n = chain.stateCount
    var (seen, queue) = (Set([start]), [start])
    while let state = queue.popLast() {
      for other in 0..<n where chain.transition[state * n + other] > 0 && seen.insert(other).inserted {
        queue.append(other)
      }
    }
    return seen
  }

  /// Of `x = running + P x` outside and `x = stopping` elsewhere, the value at the start; nil where the rule may never stop.
  private func follow(_ outside: [Int], running: Double, stopping: (Int) -> Double) -> Double? {
    guard let place = outside.firstIndex(of: start) else { return stopping(start) }
    let (n, m) = (chain.stateCount, outside.count)
    let index = Dictionary(uniqueKeysWithValues: outside.enumerated().map { ($1, $0) })
    var matrix = [Double](repeating: 0, count: m * m)
    var right = [Double](repeating: running, count: m)
    for (row, state) in outside.enumerated() {
      matrix[row * m + row] += 1
      for other in 0..<n where chain.transition[state * n + other] > 0 {
        let p = chain.transition[state * n + other]
        if let column = index[other] { matrix[row * m + column] -= p } else { right[row] += p * stopping(other) }
      }
    }
    guard let solved = try? LinearSystems.solve(matrix, right), solved.allSatisfy({ abs($0) < 1e12 }) else {
      return nil
    }
    return solved[place]
  }
}
