import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

@Suite struct ChainRecursionTests {
  private static func chain(_ n: Int, _ stream: inout RandomStream) throws -> MarkovChain {
    let raw = stream.uniforms(n * n).map { pow($0, 3) }
    let rows = (0..<n).flatMap { i -> [Double] in
      let row = raw[(i * n)..<((i + 1) * n)]
      return row.map { $0 / row.reduce(0, +) }
    }
    return try MarkovChain(transition: NumericArray(shape: [n, n], values: rows))
  }

  /// V by plain recursion in V, not U; from g where there is no horizon, far enough.
  private static func iterate(
    _ chain: MarkovChain, _ loss: [Double], costs: [Double], factor: Double, sign: Double, blocks: Int
  ) -> [Double] {
    var v = loss
    for block in stride(from: blocks - 1, through: 0, by: -1) {
      let cost = costs[min(block, costs.count - 1)]
      v = loss.indices.map { x in
        let continued = factor * chain.expectation(v, from: x) + sign * cost
        return sign > 0 ? min(loss[x], continued) : max(loss[x], continued)
      }
    }
    return v
  }

  @Test func certifiedBoundsHoldOnRandomChains() throws {
    var stream = RandomStream(seed: 31)
    for round in 0..<200 {
      let u = stream.uniforms(4)
      let n = 2 + Int(8 * u[0])
      let chain = try Self.chain(n, &stream)
      let loss = stream.uniforms(n).map { 2 * $0 - 0.5 }
      let sign: Double = round % 2 == 0 ? 1 : -1
      let costs = round % 3 == 0 ? stream.uniforms(4).map { 0.05 + 0.1 * $0 } : [0.02 + 0.1 * u[1]]
      let rate = round % 5 == 0 ? 0.2 * u[2] : 0
      let horizon: Double? = round % 4 == 0 ? 7 : nil
      let problem = try StoppingProblem(
        name: "chain", dynamics: .chain(chain, loss: loss), sense: sign > 0 ? .minimize : .maximize,
        cost: costs.count == 1 ? .constant(costs[0]) : .perBlock(costs), discount: ScalarFunction(constant: rate),
        horizon: horizon)
      let solution = try BellmanRecursion().solve(problem, at: [])
      let exact = Self.iterate(
        chain, loss, costs: costs, factor: exp(-rate), sign: sign, blocks: horizon.map { Int($0) } ?? 5000)
      for x in 0..<n {
        let value = solution.values[x]
        #expect(abs(value.value - exact[x]) <= value.errorBound + 1e-14, "round \(round) state \(x)")
        #expect(value.errorBound < 1e-11 && value.boundKind == .certified, "round \(round): \(value.errorBound)")
      }
    }
  }

  @Test func dyadicTiesStop() throws {
    // from 0 to 1 and 2 with chance a half each: g = 1 falls to (1/4 + 1/2)/2 + ... a gain of exactly 3/8 - 1/8 = c
    let chain = try MarkovChain(transition: NumericArray(shape: [3, 3], values: [0, 0.5, 0.5, 0, 1, 0, 0, 0, 1]))
    func solve(_ cost: Double) throws -> StoppingSolution {
      let problem = try StoppingProblem(
        name: "chain", dynamics: .chain(chain, loss: [1, 0.25, 0.5]), runningCost: cost)
      return try BellmanRecursion().solve(problem, at: [[0]])
    }
    let tie = try solve(0.625)
    #expect(tie.values[0].value == 1 && tie.expectedDepths[0].value == 0)
    #expect(tie.boundary.points.map { $0.at[0] } == [0, 1, 2])
    #expect(tie.warnings.contains { $0.hasPrefix("ties") })
    let cheaper = try solve(0.625.nextDown)
    #expect(cheaper.values[0].value < 1 && cheaper.expectedDepths[0].value == 1)
  }

  @Test func valuesAtLaterBlocks() throws {
    var stream = RandomStream(seed: 32)
    let chain = try Self.chain(6, &stream)
    let loss = stream.uniforms(6)
    let problem = try StoppingProblem(
      name: "chain", dynamics: .chain(chain, loss: loss), cost: .perBlock([0.3, 0.01, 0.02]), horizon: 5)
    let solution = try BellmanRecursion().solve(problem, StoppingQuery(points: [[2]], depths: [0, 2, 5]))
    for (value, block) in zip(solution.values, [0, 2, 5]) {
      let costs = [0.3, 0.01, 0.02].dropFirst(block)
      let exact = Self.iterate(
        chain, loss, costs: costs.isEmpty ? [0.02] : Array(costs), factor: 1, sign: 1, blocks: 5 - block)
      #expect(abs(value.value - exact[2]) <= value.errorBound + 1e-15 && value.depth == Double(block))
    }
  }

  @Test func costsThatVaryReachGainsToo() throws {
    // gains 8, 4, 2, 1, ...; block 1 costs 5, the others 1/4: through it one gains 4 + 2 + 1 + 1/2 - 5 - 3/4 > 0, so one goes on
    let gains = GainSequence(.geometric(scale: 8, ratio: 0.5))
    let problem = try StoppingProblem(
      name: "gains", dynamics: .gains(gains), cost: .perBlock([0.25, 5, 0.25]))
    let solution = try BellmanRecursion().solve(problem, at: [[0], [1], [2]])
    #expect(solution.boundary.points.map { $0.at[0] } == [5])
    #expect(solution.expectedDepths.map(\.value) == [5, 4, 3])
    let dear = try StoppingProblem(name: "gains", dynamics: .gains(gains), cost: .perBlock([0.25, 9, 0.25]))
    let stuck = try BellmanRecursion().solve(dear, at: [[0], [1], [2]])
    #expect(stuck.boundary.points.map { $0.at[0] } == [1, 5])
    #expect(stuck.expectedDepths.map(\.value) == [1, 0, 3])
  }

  @Test func largeChainsAndRefusals() throws {
    var stream = RandomStream(seed: 33)
    // a walk on 400 states with reflection: banded, so the entries that are not zero are few
    let n = 400
    var rows = [Double](repeating: 0, count: n * n)
    for x in 0..<n { for step in [-1, 1] { rows[x * n + min(max(x + step, 0), n - 1)] += 0.5 } }
    let chain = try MarkovChain(transition: NumericArray(shape: [n, n], values: rows))
    #expect(chain.widestRow == 2)
    let loss = stream.uniforms(n)
    let problem = try StoppingProblem(name: "chain", dynamics: .chain(chain, loss: loss), runningCost: 1e-3)
    let solution = try BellmanRecursion().solve(problem, at: [])
    let exact = Self.iterate(chain, loss, costs: [1e-3], factor: 1, sign: 1, blocks: 20_000)
    for x in 0..<n { #expect(abs(solution.values[x].value - exact[x]) <= solution.values[x].errorBound + 1e-13) }
    #expect(throws: InputError.self) {
      try StoppingProblem(name: "chain", dynamics: .chain(chain, loss: loss), cost: .constant(0))
    }
    // a discount alone: one may wait for ever, E tau* is then not given
    let discounted = try StoppingProblem(
      name: "chain", dynamics: .chain(chain, loss: loss.map { $0 + 1 }), cost: .constant(0),
      discount: ScalarFunction(constant: 0.1))
    let waiting = try BellmanRecursion().solve(discounted, at: [[0]])
    #expect(waiting.values[0].value == 0 || waiting.values[0].value < 1e-12)
    #expect(waiting.expectedDepths.isEmpty)
  }
}
