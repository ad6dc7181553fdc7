import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct DiscreteAdjointTests {
  private static func random(_ count: Int, seed: UInt64) -> [Double] {
    var stream = RandomStream(seed: seed)
    return stream.normals(count)
  }

  private static func tanhField(dependsOnDepth: Bool = true, seed: UInt64 = 1) -> TanhResidualField {
    let core = TanhResidualCore(dimension: 3, width: 5, dependsOnDepth: dependsOnDepth)
    return TanhResidualField(core: core, parameters: random(core.parameterCount, seed: seed).map { 0.6 * $0 })
  }

  private static func method(_ pair: EmbeddedPair, _ tolerance: Double, threads: Int = 1) throws -> RungeKutta {
    RungeKutta(pair, tolerances: try Tolerances(relative: tolerance, absolute: tolerance), threads: threads)
  }

  @Test func decayMatchesItsClosedForm() throws {
    // L = (h0 e^-aT - y)^2 / 2
    let (a, start, target, depth) = (0.7, 1.3, 0.2, 1.5)
    let problem = try InitialValueProblem(field: LinearDecayField(rates: [a]), initialState: [start], end: depth)
    let loss = try TerminalLoss.halfSquaredDistance(to: [target], dimension: 1, count: 1)
    let end = start * exp(-a * depth)
    for pair in [EmbeddedPair.dormandPrince, .dop853] {
      let gradient = try DiscreteAdjoint(Self.method(pair, 1e-11)).gradient(of: loss, InitialValueBatch(problem))
      #expect(abs(gradient.loss - 0.5 * (end - target) * (end - target)) < 1e-10)
      #expect(abs(gradient.initialStates[0] - (end - target) * exp(-a * depth)) < 1e-10)
      #expect(abs(gradient.parameters[0] + (end - target) * depth * end) < 1e-10)
    }
  }

  /// The exact gradient of what was computed: fourth-order differences of the loss with the accepted steps frozen.
  @Test func equalsDifferencesOfTheComputedLossWithFrozenSteps() throws {
    let blocks = BlockwiseField(
      blocks: (0..<3).map { Self.tanhField(seed: 10 + $0) }, blockSize: 0.4)
    // blocks of different widths keep different numbers of activations
    let uneven = BlockwiseField(
      blocks: [5, 2, 7].map { width -> TanhResidualField in
        let core = TanhResidualCore(dimension: 3, width: width, dependsOnDepth: true)
        return TanhResidualField(
          core: core, parameters: Self.random(core.parameterCount, seed: UInt64(width)).map { 0.6 * $0 })
      }, blockSize: 0.4)
    #expect(uneven.parameterCount == uneven.parameters.count)
    for count in [1, 11] {
      try check(uneven, end: uneven.horizon, count: count)
      try check(Self.tanhField(), end: 1.2, count: count)
      try check(blocks, end: blocks.horizon, count: count)
      try check(GradientFlowField(dimension: 3, width: 4, parameters: Self.random(16, seed: 3)), end: 1, count: count)
    }
    try check(SpiralField(), end: 2, count: 9)

    func check(_ field: some DifferentiableField, end: Double, count: Int) throws {
      let d = field.dimension
      let states = Self.random(d * count, seed: 5).map { 0.8 * $0 }
      let loss = try TerminalLoss.halfSquaredDistance(
        to: Self.random(d * count, seed: 6), dimension: d, count: count)
      for pair in [EmbeddedPair.dormandPrince, .dop853] {
        var method = try Self.method(pair, 1e-6)
        // equal steps ending where the field jumps; coarse, so that the computed loss is far from the exact one
        method.prescribed = .ends((1...12).map { $0 == 12 ? end : end * Double($0) / 12 })
        let gradient = try DiscreteAdjoint(method).gradient(
          of: loss, InitialValueBatch(field: field, initialStates: states, end: end))
        let (u, v) = (Self.random(field.parameterCount, seed: 7), Self.random(d * count, seed: 8))
        func value(_ s: Double) throws -> Double {
          let moved = field.replacing(parameters: zip(field.parameters, u).map { $0 + s * $1 })
          let batch = try InitialValueBatch(
            field: moved, initialStates: zip(states, v).map { $0 + s * $1 }, end: end)
          return try DiscreteAdjoint(method).gradient(of: loss, batch).loss
        }
        let s = 2e-4
        let difference = try (8 * (value(s) - value(-s)) - (value(2 * s) - value(-2 * s))) / (12 * s)
        let exact =
          zip(gradient.parameters, u).reduce(0) { $0 + $1.0 * $1.1 }
          + zip(gradient.initialStates, v).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(difference - exact) < 1e-9 * max(1, abs(exact)), "\(pair.name) \(type(of: field)) \(count)")
      }
    }
  }

  @Test func convergesWithTheTolerance() throws {
    let field = Self.tanhField()
    let states = Self.random(3 * 20, seed: 2)
    let batch = try InitialValueBatch(field: field, initialStates: states, end: 1)
    let loss = try TerminalLoss.halfSquaredDistance(to: [0.1, 0.2, -0.4], dimension: 3, count: 20)
    let reference = try DiscreteAdjoint(Self.method(.dop853, 1e-13)).gradient(of: loss, batch)
    for (pair, tolerance) in [(EmbeddedPair.dormandPrince, 1e-6), (.dormandPrince, 1e-8), (.dop853, 1e-8)] {
      let gradient = try DiscreteAdjoint(Self.method(pair, tolerance)).gradient(of: loss, batch)
      #expect(gradient.relativeDistance(to: reference) < 2 * tolerance, "\(pair.name)")
    }
  }

  @Test func threadsAndMemoryChangeNothing() throws {
    let field = Self.tanhField()
    let batch = try InitialValueBatch(field: field, initialStates: Self.random(3 * 70, seed: 2), end: 3)
    let loss = try TerminalLoss.halfSquaredDistance(to: [0.1, 0.2, -0.4], dimension: 3, count: 70)
    let plenty = try DiscreteAdjoint(Self.method(.dormandPrince, 1e-8)).gradient(of: loss, batch)
    let threaded = try DiscreteAdjoint(Self.method(.dormandPrince, 1e-8, threads: 2)).gradient(of: loss, batch)
    #expect(plenty == threaded)
    for states in [2, 3, 5, 17] {
      let scarce = try DiscreteAdjoint(
        Self.method(.dormandPrince, 1e-8), memory: states * 8 * 24
      ).gradient(of: loss, batch)
      #expect(scarce.parameters == plenty.parameters && scarce.initialStates == plenty.initialStates, "\(states)")
      #expect(scarce.statistics.evaluations > plenty.statistics.evaluations)
    }
  }

  /// With s snapshots and r recomputations of each step, C(s + r, s) steps can be reversed, and no fewer are needed.
  @Test func checkpointsAreBinomial() {
    /// Fewest advances for n steps with s snapshots, by dynamic programming.
    func best(_ n: Int, _ s: Int, _ memo: inout [[Int]: Int]) -> Int {
      if n == 1 { return 0 }
      if s == 1 { return n * (n - 1) / 2 }
      if let known = memo[[n, s]] { return known }
      let value = (1..<n).map { $0 + best(n - $0, s - 1, &memo) + best($0, s, &memo) }.min()!
      memo[[n, s]] = value
      return value
    }
    func scheduled(_ n: Int, _ s: Int) -> Int {
      if n == 1 { return 0 }
      if s == 1 { return n * (n - 1) / 2 }
      let split = StepTape.split(n, s)
      return split + scheduled(n - split, s - 1) + scheduled(split, s)
    }
    var memo: [[Int]: Int] = [:]
    for n in 1...60 {
      for s in 1...6 { #expect(scheduled(n, s) == best(n, s, &memo), "\(n) steps, \(s) snapshots") }
    }
  }
}
