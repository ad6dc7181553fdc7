import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

/// Bounds on random flows, chains and block-wise problems contain the truth, which comes from extended precision or a finer, separate
/// computation. `DEPTH_INSTANCES` instances each (default 12).
@Suite struct CertifiedWideTests {
  private static var count: Int {
    ProcessInfo.processInfo.environment["DEPTH_INSTANCES"].flatMap { Int($0) } ?? 12
  }

  // MARK: flows

  @Test(arguments: ["flow-decay", "anisotropic-decay", "transport-cosine"])
  func flowsContainTheTruth(name: String) throws {
    let entry = try ProblemCatalogue.entry(name)
    var stream = RandomStream(seed: 91)
    for instance in 0..<Self.count {
      let u = stream.uniforms(8)
      let settings: [(String, Double)] = entry.parameters.enumerated().map { i, parameter in
        (parameter.name, name == "transport-cosine" ? 1e-3 + 0.99 * u[i] : pow(10, 3 * u[i] - 2))
      }
      let values = try entry.resolve(settings)
      let (problem, reference) = (try entry.problem(values), try entry.reference(values))
      let point = (0..<problem.stateDimension).map { 20 * u[4 + $0] - 10 }
      // by branch and bound, and now and then (a boundary takes hundreds of trajectories) by integration
      guard case .flow(let field, let loss, let probes) = problem.dynamics else { continue }
      let open = StateLoss(infimum: loss.infimum, value: loss.value, gradient: loss.gradient)
      let numeric = try StoppingProblem(
        name: name, dynamics: .flow(field, open, probes: Array(probes.prefix(2))), runningCost: problem.runningCost)
      let exact = try #require(reference.value(point))
      let methods =
        [(problem, StoppingSolution.BoundKind.certified)] + (instance % 6 == 0 ? [(numeric, .estimate)] : [])
      // block-wise: the least of all block ends
      let blockSize = 0.05 + 0.4 * u[7]
      var blockwise: [StoppingSolution.Value] = []
      for (problem, kind) in methods {
        let value = try Characteristics().solve(problem, at: [point]).values[0]
        #expect(value.boundKind == kind)
        #expect(
          abs(value.value - exact) <= value.errorBound + reference.accuracy * max(abs(exact), value.stoppingLoss, 1),
          "\(name) \(settings) at \(point): \(value.value) +- \(value.errorBound), exact \(exact)")
        blockwise.append(try Characteristics(blockSize: blockSize).solve(problem, at: [point]).values[0])
      }
      for value in blockwise {
        #expect(value.value >= exact - value.errorBound)
        #expect(abs(value.value - blockwise[0].value) <= value.errorBound + blockwise[0].errorBound, "\(settings)")
      }
    }
  }

  // MARK: chains

  /// Value iteration in extended precision from V = g: it falls to V, and stays once no longer rule helps.
  @Test(arguments: [0.0, 0.2], [nil, 25.0]) func chainsContainTheTruth(discount: Double, horizon: Double?) throws {
    var stream = RandomStream(seed: 92)
    for _ in 0..<Self.count {
      let n = 3 + Int(6 * stream.uniforms(1)[0])
      var weights = stream.uniforms(n * n).map { $0 * $0 * $0 + 1e-3 }
      for row in 0..<n {
        let sum = weights[(row * n)..<((row + 1) * n)].reduce(0, +)
        for column in 0..<n { weights[row * n + column] /= sum }
      }
      let chain = try MarkovChain(transition: NumericArray(shape: [n, n], values: weights))
      let losses = stream.uniforms(n).map { 10 * $0 }
      let cost = 0.02 + stream.uniforms(1)[0]
      let problem = try StoppingProblem(
        name: "chain", dynamics: .chain(chain, loss: losses), cost: .constant(cost),
        discount: ScalarFunction(constant: discount), horizon: horizon)
      let solution = try BellmanRecursion().solve(problem, at: [])
      var values = losses.map { Float80($0) }
      let factor = Float80(exp(-discount))
      for _ in 0..<Int(horizon ?? 6000) {
        values = (0..<n).map { x in
          var expected: Float80 = 0
          for y in 0..<n { expected += Float80(chain.transition[x * n + y]) * values[y] }
          return min(Float80(losses[x]), Float80(cost) + factor * expected)
        }
      }
      for (value, exact) in zip(solution.values, values) {
        #expect(value.boundKind == .certified)
        #expect(abs(Float80(value.value) - exact) <= Float80(value.errorBound), "n \(n) c \(cost) at \(value.at)")
        // nobody pays for more than max g / c steps, each of a rounding of sums of losses up to 10; 25 steps to settle
        #expect(value.errorBound < 2e-13 * (25 + 10 / cost))
      }
    }
  }

  // MARK: block-wise diffusions

  private static func blockwise(_ index: Int, _ u: [Double]) throws -> (StoppingProblem, Double, [[Double]]) {
    func spread(_ share: Double) -> Double { pow(4, share - 0.5) }
    let blockSize = 0.02 + 0.2 * u[0]
    func entry(_ name: String, _ settings: [(String, Double)]) throws -> StoppingProblem {
      let entry = try ProblemCatalogue.entry(name)
      return try entry.problem(entry.resolve(settings))
    }
    switch index {
    case 0:
      let blocks = 3 + (20 * u[1]).rounded()
      return (
        try entry(
          "american-put",
          [
            ("strike", 1), ("rate", 0.05 * spread(u[2])), ("volatility", 0.2 * spread(u[3])),
            ("maturity", blocks * blockSize),
          ]),
        blockSize, [[0.8], [1], [1.3]]
      )
    case 1:
      return (
        try entry("ou-contraction", [("a", spread(u[1])), ("s", 0.5 * spread(u[2])), ("c", 0.1 * spread(u[3]))]),
        blockSize,
        [[0.2], [0.6], [2]]
      )
    case 2:
      return (
        try entry("sequential-test", [("rho", spread(u[1])), ("w", 5 * spread(u[2])), ("c", 0.3 * spread(u[3]))]),
        blockSize,
        [[0.2], [0.5], [0.77]]
      )
    default:
      let statement = CustomStatement(
        drift: ["m"], diffusion: ["1"], stoppingLoss: "max(x, 0)", runningCost: "0", discount: "r", maximizes: true,
        parameters: [("m", u[1] - 0.5), ("r", 0.4 * spread(u[2]))])
      return (try CustomProblem.problem(statement), blockSize, [[-0.5], [0], [0.4]])
    }
  }

  /// Against panels half as wide with more nodes, a kernel cut off farther out and a domain twice as wide.
  @Test(arguments: 0..<4) func blockwiseBoundsContainAFinerComputation(index: Int) throws {
    var stream = RandomStream(seed: 93)
    for _ in 0..<max(3, Self.count / 4) {
      let (problem, blockSize, points) = try Self.blockwise(index, stream.uniforms(4))
      let solution = try BlockwiseBellman(blockSize: blockSize).solve(problem, at: points)
      guard case .diffusion(let process, _) = problem.dynamics else { continue }
      let finer = try BlockProblem(problem, blockSize: blockSize)
      let asked = try points.map { point -> BlockPoint in
        let state = try process.scalarState(point)
        return BlockPoint(state: state, coordinate: finer.transition.coordinate(state))
      }
      let domain = try BlockDomain(finer, points: asked.map(\.coordinate), widening: 8)
      let recursion = BlockRecursion(
        problem: finer, domain: domain, resolution: BlockResolution(nodes: 28, width: 1, deviations: 9.5))
      let outcome =
        finer.blocks == nil
        ? try recursion.settle(points: asked, blocks: [0], from: []) : recursion.recede(points: asked, blocks: [0])
      for (value, exact) in zip(solution.values, outcome.values[0]) {
        #expect(
          abs(value.value - problem.sign * exact) <= value.errorBound,
          "\(index) Delta \(blockSize) \(problem.parameters) at \(value.at): \(value.value - problem.sign * exact) of \(value.errorBound)"
        )
      }
      let states = (outcome.roots.first ?? []).map { finer.transition.state($0.at) }
      let found = solution.boundary.branches.compactMap { $0.state(at: 0) }
      #expect(states.count == found.count)
      for (a, b) in zip(found, states) {
        #expect(abs(a - b) <= solution.boundary.errorBound, "\(index) \(problem.parameters): b \(a), finer \(b)")
      }
    }
  }
}
