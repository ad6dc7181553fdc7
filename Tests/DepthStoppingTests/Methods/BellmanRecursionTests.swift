import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

@Suite struct BellmanRecursionTests {
  /// tau* of a gains problem by the recursion.
  private static func stop(_ name: String, _ settings: [(String, Double)]) throws -> Int {
    let entry = try ProblemCatalogue.entry(name)
    let solution = try BellmanRecursion().solve(entry.problem(entry.resolve(settings)), at: [])
    return Int(solution.boundary.points[0].at[0])
  }

  /// K(c) = min{k : delta_j <= c for all j >= k}, from the same floating-point gains.
  private static func horizonBound(_ gains: [Double], _ cost: Double) -> Int {
    (gains.lastIndex { $0 > cost } ?? -1) + 1
  }

  @Test func theHorizonBoundIsTightOnGeometricReturns() throws {
    var stream = RandomStream(seed: 21)
    for _ in 0..<200 {
      let u = stream.uniforms(3)
      let (a, rho, c) = (0.1 * pow(100, u[0]), 0.05 + 0.94 * u[1], 1e-4 * pow(1000, u[2]))
      let gains = GainSequence(.geometric(scale: a, ratio: rho)).gains(3000)
      let stop = try Self.stop("geometric-returns", [("A", a), ("rho", rho), ("c", c)])
      #expect(stop == Self.horizonBound(gains, c))
      #expect(Double(stop) == max(0, ceil(log(a / c) / log(1 / rho))))
    }
  }

  @Test func theHorizonBoundIsTightOnPowerReturns() throws {
    var stream = RandomStream(seed: 22)
    for _ in 0..<100 {
      let u = stream.uniforms(3)
      let (a, p, c) = (0.1 * pow(100, u[0]), 0.5 + 2.5 * u[1], 1e-2 * pow(100, u[2]))
      let gains = GainSequence(.power(scale: a, power: p)).gains(2_000_000)
      #expect(try Self.stop("power-returns", [("A", a), ("p", p), ("c", c)]) == Self.horizonBound(gains, c))
    }
  }

  @Test func exactTiesStop() throws {
    // dyadic: A rho^k = c exactly at k = m, where stopping is as good as continuing; the smallest optimal tau is m
    for m in 0...20 {
      let c = pow(2.0, Double(3 - m))
      #expect(try Self.stop("geometric-returns", [("A", 8), ("rho", 0.5), ("c", c)]) == m)
      #expect(try Self.stop("geometric-returns", [("A", 8), ("rho", 0.5), ("c", c * (1 + 1e-15))]) == m)
      #expect(try Self.stop("geometric-returns", [("A", 8), ("rho", 0.5), ("c", c.nextDown)]) == m + 1)
    }
  }

  @Test func gainsMatchTwentyDigits() throws {
    // min over k of A' rho^k + c k with A' = 1, rho = 0.9, c = 0.01: gains 0.1 * 0.9^k; k* = 22
    let entry = try ProblemCatalogue.entry("geometric-returns")
    let values = try entry.resolve([("A", 0.1), ("rho", 0.9), ("c", 0.01)])
    let solution = try BellmanRecursion().solve(entry.problem(values), at: [[0]])
    #expect(solution.boundary.points[0].at[0] == 22)
    #expect(abs(solution.values[0].value - 0.31847709021836112329) < solution.values[0].errorBound)
    #expect(solution.values[0].errorBound < 1e-13)
  }

  /// A random chain: value, stopping set and depth against value iteration run to convergence.
  @Test func policyIterationAgreesWithValueIteration() throws {
    var stream = RandomStream(seed: 23)
    for n in [2, 5, 12] {
      let raw = stream.uniforms(n * n).map { pow($0, 3) }
      let rows = (0..<n).flatMap { i -> [Double] in
        let row = raw[(i * n)..<((i + 1) * n)]
        return row.map { $0 / row.reduce(0, +) }
      }
      let chain = try MarkovChain(transition: NumericArray(shape: [n, n], values: rows))
      let loss = stream.uniforms(n)
      let cost = 0.02
      let problem = try StoppingProblem(name: "chain", dynamics: .chain(chain, loss: loss), runningCost: cost)
      let solution = try BellmanRecursion().solve(problem, at: [])
      var v = loss
      for _ in 0..<20_000 { v = (0..<n).map { min(loss[$0], cost + chain.expectation(v, from: $0)) } }
      for x in 0..<n { #expect(abs(solution.values[x].value - v[x]) < 1e-12) }
      // T1: E tau* <= (g - inf g)/c
      for x in 0..<n { #expect(solution.expectedDepths[x].value <= (loss[x] - loss.min()!) / cost + 1e-12) }
      let finite = try StoppingProblem(
        name: "chain", dynamics: .chain(chain, loss: loss), runningCost: cost, horizon: 3)
      let three = try BellmanRecursion().solve(finite, at: [])
      var w = loss
      for _ in 0..<3 { w = (0..<n).map { min(loss[$0], cost + chain.expectation(w, from: $0)) } }
      for x in 0..<n { #expect(abs(three.values[x].value - w[x]) < 1e-14) }
    }
  }

  @Test func chainsRefuseNonsense() {
    #expect(throws: InputError.self) { try MarkovChain(transition: NumericArray(shape: [1, 2], values: [1, 0])) }
    #expect(throws: InputError.self) { try MarkovChain(transition: NumericArray(shape: [1, 1], values: [0.5])) }
    #expect(throws: InputError.self) {
      try MarkovChain(transition: NumericArray(shape: [2, 2], values: [2, -1, 0, 1]))
    }
  }

  @Test func extremesAreRefusedOrExact() throws {
    // a gain far below the cost stops at once; block indices and horizons have limits
    #expect(try Self.stop("geometric-returns", [("A", 1e-300), ("c", 1e99)]) == 0)
    let entry = try ProblemCatalogue.entry("geometric-returns")
    let problem = try entry.problem(entry.resolve([]))
    #expect(throws: InputError.self) { try BellmanRecursion().solve(problem, at: [[1e10]]) }
    let chain = try MarkovChain(transition: NumericArray(shape: [2, 2], values: [0.5, 0.5, 0, 1]))
    for horizon in [1e300, 2.5, 0.5] {
      #expect(throws: InputError.self) {
        try StoppingProblem(name: "chain", dynamics: .chain(chain, loss: [1, 0]), runningCost: 0.1, horizon: horizon)
      }
    }
  }

  @Test func roundedRowsDoNotVanish() throws {
    // rows that miss 1 by rounding are made whole: with g = 1 everywhere nothing is ever gained
    let rows = [0.3, 0.7 - 4.8e-10, 0.5, 0.5]
    let chain = try MarkovChain(transition: NumericArray(shape: [2, 2], values: rows))
    let problem = try StoppingProblem(name: "chain", dynamics: .chain(chain, loss: [1, 1]), runningCost: 1e-12)
    let solution = try BellmanRecursion().solve(problem, at: [])
    #expect(solution.values.allSatisfy { abs($0.value - 1) < 1e-9 })
  }
}
