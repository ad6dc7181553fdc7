import DepthNumerics
import DepthRuns

/// A finite chain: `U_k = min{0, (c_k - delta) + beta P U_{k+1}}`, `delta = g - beta P g`, g negated where maximised.
///
/// Horizon: backwards, O(N entries). Infinite: policy iteration from "stop everywhere", which only adds states to the
/// continuation region, at most n rounds of an O(n^3) solve; costs c_k that vary are then stepped through from where they stay.
///
/// Error bound of V, proven. Let S = max c + 4 max|g| + max|U| and m the entries of the widest row. One evaluation of the
/// right-hand side is off by at most eps_0 = (m + 6) ulp S, ulp twice the unit roundoff. With a horizon errors add up to at most
/// N eps_0 (1 + N m ulp). Without: if |U - T U| <= eps everywhere (eps is the computed residual plus eps_0), then for the
/// optimal rule and for U's own rule alike `|U - U*| <= eps E sum_{k < tau} beta^k`, and that sum is at most
/// `(g - inf g)/(c - eps)` (T1; inf g replaced by min(inf g, 0) under a discount) and at most 1/(1 - beta).
struct ChainRecursion {
  private let problem: StoppingProblem
  private let chain: MarkovChain
  /// Canonical: minimised.
  private let loss: [Double]
  private let factor: Double
  /// delta.
  private let gains: [Double]

  /// - Throws: `StoppingError` unless there is one loss per state.
  init(_ problem: StoppingProblem, _ chain: MarkovChain, _ loss: [Double]) throws {
    guard loss.count == chain.stateCount else {
      throw StoppingError("\(loss.count) losses for a chain of \(chain.stateCount) states")
    }
    self.problem = problem
    self.chain = chain
    self.loss = loss.map { problem.sign * $0 }
    factor = problem.blockFactor
    var expected = [Double](repeating: 0, count: loss.count)
    chain.expectations(self.loss, into: &expected)
    let factor = self.factor
    gains = zip(self.loss, expected).map { $0 - factor * $1 }
  }

  /// U and E tau* of one block, with the bound of U.
  private struct Stage {
    var surplus: [Double]
    /// nil where infinite.
    var depths: [Double]?
    var bound: Double
    /// States whose advantage is smaller than the bound.
    var doubtful: [Int] = []
  }

  func solve(at points: [[Double]], blocks: [Int]) throws -> StoppingSolution {
    let n = chain.stateCount
    let states = points.isEmpty ? Array(0..<n) : try points.map { try state($0[0]) }
    let ((stages, iterations, residual), seconds) = try timed { try run(blocks) }
    let largest = loss.reduce(0) { max($0, abs($1)) }
    let values = zip(blocks, stages).flatMap { block, stage in
      states.map { x in
        StoppingSolution.Value(
          at: [Double(x)], depth: Double(block), value: problem.sign * (loss[x] + stage.surplus[x]),
          stoppingLoss: problem.sign * loss[x],
          errorBound: stage.bound + Double.ulpOfOne * (largest - stage.surplus[x]),
          boundKind: .certified)
      }
    }
    let depths = stages[0].depths.map { depths in
      states.map { x -> StoppingSolution.ExpectedDepth in
        .init(at: [Double(x)], value: depths[x], lower: depths[x], upper: depths[x])
      }
    }
    let doubtful = Set(stages.flatMap(\.doubtful)).sorted()
    let isCurve = blocks != [0]
    let boundary = zip(blocks, stages).flatMap { block, stage -> [HaltingBoundary.Point] in
      let depth: Double? = isCurve ? Double(block) : nil
      return (0..<n).filter { stage.surplus[$0] == 0 }.map { HaltingBoundary.Point(depth: depth, at: [Double($0)]) }
    }
    let listed = doubtful.prefix(8).map(String.init).joined(separator: ", ") + (doubtful.count > 8 ? ", ..." : "")
    return StoppingSolution(
      values: values,
      boundary: HaltingBoundary(
        shape: isCurve ? .curve : .points, points: boundary, errorBound: 0,
        boundKind: doubtful.isEmpty ? .certified : .estimate),
      expectedDepths: depths ?? [],
      diagnostics: Diagnostics(
        status: .converged, method: "bellman", iterations: iterations, residual: residual,
        residualNorm: "max |U - min(0, c - delta + beta P U)|", seconds: seconds),
      warnings: doubtful.isEmpty
        ? [] : ["ties: stopping and continuing differ by less than rounding in \(doubtful.count) states (\(listed))"])
  }

  // MARK: running

  private func run(_ wanted: [Int]) throws -> (stages: [Stage], iterations: Int, residual: Double) {
    var found: [Int: Stage] = [:]
    let isWanted = Set(wanted)
    if let horizon = problem.horizon {
      let blocks = Int(horizon)
      var stage = Stage(
        surplus: loss.map { _ in 0 }, depths: loss.map { _ in 0 }, bound: 0)
      if isWanted.contains(blocks) { found[blocks] = stage }
      recede(&stage, from: blocks, isWanted, &found)
      return (wanted.map { found[$0] ?? stage }, blocks, 0)
    }
    let steady: Int
    if case .perBlock(let costs) = problem.cost { steady = costs.count - 1 } else { steady = 0 }
    let (limit, iterations, residual) = try policyIteration(problem.cost.block(steady))
    for block in wanted where block >= steady { found[block] = limit }
    var stage = limit
    recede(&stage, from: steady, isWanted, &found)
    return (wanted.map { found[$0] ?? limit }, iterations, residual)
  }

  /// Steps from block `last` down to 0, noting the stages wanted.
  private func recede(_ stage: inout Stage, from last: Int, _ isWanted: Set<Int>, _ found: inout [Int: Stage]) {
    let n = chain.stateCount
    var (expected, expectedDepths) = (stage.surplus, stage.surplus)
    for block in stride(from: last - 1, through: 0, by: -1) {
      chain.expectations(stage.surplus, into: &expected)
      if let depths = stage.depths { chain.expectations(depths, into: &expectedDepths) }
      let cost = problem.cost.block(block)
      stage.bound += stepBound(stage.surplus)
      stage.doubtful = []
      for x in 0..<n {
        let continued = (cost - gains[x]) + factor * expected[x]
        stage.surplus[x] = continued < 0 ? continued : 0
        stage.depths?[x] = continued < 0 ? 1 + expectedDepths[x] : 0
        if abs(continued) <= stage.bound { stage.doubtful.append(x) }
      }
      if isWanted.contains(block) { found[block] = stage }
    }
  }

  /// eps_0, with room for the sums of rows to exceed one.
  private func stepBound(_ surplus: [Double]) -> Double {
    let size = (problem.horizon ?? 0) * Double(chain.widestRow) * Double.ulpOfOne
    return Double(chain.widestRow + 6) * Double.ulpOfOne * scale(surplus) * (1 + size)
  }

  private func scale(_ surplus: [Double]) -> Double {
    let largest = loss.reduce(0) { max($0, abs($1)) }
    var cost = problem.cost.last
    if case .perBlock(let costs) = problem.cost { cost = costs.max() ?? 0 }
    return cost + 4 * largest + surplus.reduce(0) { max($0, -$1) }
  }

  private func policyIteration(_ cost: Double) throws -> (Stage, iterations: Int, residual: Double) {
    let n = chain.stateCount
    var (surplus, expected) = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: n))
    var isContinuing = [Bool](repeating: false, count: n)
    var iterations = 0
    while true {
      iterations += 1
      chain.expectations(surplus, into: &expected)
      var grew = false
      for x in 0..<n where !isContinuing[x] && (cost - gains[x]) + factor * expected[x] < 0 {
        isContinuing[x] = true
        grew = true
      }
      if !grew { break }
      try solve(isContinuing, factor, { cost - gains[$0] }, into: &surplus)
    }
    var residual = 0.0
    for x in 0..<n {
      let continued = (cost - gains[x]) + factor * expected[x]
      residual = max(residual, abs(surplus[x] - (continued < 0 ? continued : 0)))
    }
    var (finite, depths) = ([Double](repeating: 0, count: n), [Double]?.none)
    // under a discount alone one may continue for ever
    let isSolved = (try? solve(isContinuing, 1, { _ in 1 }, into: &finite)) != nil
    if isSolved, finite.allSatisfy({ $0 >= 0 && $0 < 1e15 }) { depths = finite }
    var stage = Stage(surplus: surplus, depths: depths, bound: steadyBound(surplus, residual, cost))
    stage.doubtful = (0..<n).filter { abs((cost - gains[$0]) + factor * expected[$0]) <= stage.bound }
    return (stage, iterations, residual)
  }

  private func steadyBound(_ surplus: [Double], _ residual: Double, _ cost: Double) -> Double {
    let epsilon = residual + Double(chain.widestRow + 6) * Double.ulpOfOne * scale(surplus)
    let least = loss.min() ?? 0
    let most = loss.max() ?? 0
    let visits = cost > epsilon ? (most - (factor < 1 ? min(least, 0) : least)) / (cost - epsilon) : .infinity
    return epsilon * min(visits, factor < 1 ? 1 / (1 - factor) : .infinity)
  }

  /// `(I - factor P_CC) x = source` on the continuing states, zero elsewhere.
  private func solve(
    _ isContinuing: [Bool], _ factor: Double, _ source: (Int) -> Double, into x: inout [Double]
  ) throws {
    let n = chain.stateCount
    let states = (0..<n).filter { isContinuing[$0] }
    let m = states.count
    // also because the storage of empty arrays is one for all threads, and filling one writes its count
    guard m > 0 else { return }
    let matrix = [Double](unsafeUninitializedCapacity: m * m) { buffer, count in
      for (i, row) in states.enumerated() {
        for (j, column) in states.enumerated() { buffer[i * m + j] = -factor * chain.transition[row * n + column] }
        buffer[i * m + i] += 1
      }
      count = m * m
    }
    do {
      let solved = try LinearSystems.solve(matrix, states.map(source))
      for (index, state) in states.enumerated() { x[state] = solved[index] }
    } catch {
      throw StoppingError("a set of states that is never left is worth continuing in for ever: V is not finite")
    }
  }

  private func state(_ value: Double) throws -> Int {
    guard let state = Int(exactly: value), state >= 0, state < chain.stateCount else {
      throw InputError.value(value, of: "at", allowed: "states 0 to \(chain.stateCount - 1)")
    }
    return state
  }
}
