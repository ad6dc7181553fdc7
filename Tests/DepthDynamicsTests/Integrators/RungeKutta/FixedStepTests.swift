import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

/// Euler, Heun and RK4 are one implementation, for one sample and for a batch.
@Suite struct FixedStepTests {
  private static let schemes: [EmbeddedPair] = [.euler, .heun, .rk4]

  private static func single(_ scheme: EmbeddedPair, _ blocks: Int) throws -> any Integrator {
    switch scheme.name {
    case "euler": try Euler(blocks: blocks)
    case "heun": try FixedStepRungeKutta(.heun, blocks: blocks)
    default: try FixedStepRungeKutta(.rk4, blocks: blocks)
    }
  }

  /// `h' = 1/(1 - t)`: infinite at depth 1.
  struct Pole: VectorField {
    var dimension: Int { 1 }
    func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
      result[0] = 1 / (1 - depth)
    }
  }

  @Test func oneSampleAndABatchAgreeBetweenStepsToo() throws {
    let states = (0..<20).map { sin(1.3 * Double($0)) }
    let depths = [0.1, 0.33, 0.35, 0.61, 0.7]
    for scheme in Self.schemes {
      let batch = try InitialValueBatch(
        field: RungeKuttaTests.Rotation(w: 0.4), initialStates: states, start: 0.1, end: 0.7)
      let together = try RungeKutta.blocks(7, of: scheme).integrate(batch, saving: depths)
      for sample in 0..<10 {
        let alone = try Self.single(scheme, 7).integrate(batch.problem(sample), saving: depths, until: nil)
        for index in depths.indices {
          for (a, b) in zip(alone.state(index), together.state(index, sample: sample)) {
            #expect(abs(a - b) < 1e-14, "\(scheme.name) at \(depths[index])")
          }
        }
      }
    }
  }

  /// A grid of steps is where it is said to be, not where the sum of their lengths is.
  @Test func stepsEndWhereBlocksDo() throws {
    final class Depths: VectorField, @unchecked Sendable {
      var seen: [Double] = []
      var dimension: Int { 1 }
      func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        seen.append(depth)
        result[0] = 1
      }
    }
    let field = Depths()
    _ = try Euler(blocks: 1000).integrate(InitialValueProblem(field: field, initialState: [0], start: 0.3, end: 1))
    let ends = (0...1000).map { k -> Double in k == 1000 ? 1 : 0.3 + (1 - 0.3) * Double(k) / 1000 }
    #expect(field.seen.count == 1001 && zip(field.seen, ends).allSatisfy { abs($0 - $1) <= 2 * $1.ulp })
  }

  @Test func aNetworkThatEndsAtAJumpKeepsItsOwnWeights() throws {
    // the first two of three blocks: a step that ends on the jump takes the weights before it
    let field = BlockwiseField(blocks: [1.0, 3, 50].map { LinearDecayField(rates: [$0]) }, blockSize: 0.1)
    let batch = try InitialValueBatch(field: field, initialStates: [1, 2, 3, 4], end: 0.2)
    for (scheme, terms) in zip(Self.schemes, [1, 2, 4]) {
      var expected = 1.0
      for rate in [1.0, 3] {
        var (term, growth) = (1.0, 1.0)
        for k in 1...terms {
          term *= -0.1 * rate / Double(k)
          growth += term
        }
        expected *= growth
      }
      let together = try RungeKutta.blocks(2, of: scheme).integrate(batch, saving: [0.2])
      #expect(abs(together.state(0, sample: 3)[0] / 4 - expected) < 1e-14, "\(scheme.name)")
      let alone = try Self.single(scheme, 2).integrate(batch.problem(1)).finalState[0]
      #expect(abs(alone / 2 - expected) < 1e-14, "\(scheme.name)")
    }
    // error control too sees the end from its left
    let exact = exp(-0.4)
    for pair in RungeKuttaTests.pairs {
      let method = RungeKutta(pair, tolerances: try Tolerances(relative: 1e-10, absolute: 1e-12))
      let result = try method.integrate(batch, saving: [0.2])
      #expect(abs(result.state(0, sample: 0)[0] - exact) < 1e-10, "\(pair.name)")
      let shorter = try InitialValueBatch(
        field: BlockwiseField(blocks: Array(field.blocks.prefix(2)), blockSize: 0.1), initialStates: [1, 2, 3, 4],
        end: 0.2)
      #expect(try method.integrate(shorter, saving: [0.2]) == result)
    }
  }

  /// Euler needs no slope at the end of a step; where it is infinite it may not spoil what lies before.
  @Test func anInfiniteSlopeEndsTheRunAndNotTheStepBefore() throws {
    let through = try InitialValueProblem(field: Pole(), initialState: [0], end: 2)
    let error = #expect(throws: IntegrationError.self) { try Euler(blocks: 4).integrate(through) }
    // the states 1/2 and 3/2 at depths 1/2 and 1 are good
    #expect(error?.reason == .nonFiniteField(component: 0) && error?.depth == 1 && error?.state == [1.5])
    let event = try #require(
      try Euler(blocks: 4).integrate(through, saving: [0.25, 0.6, 1.5], until: .component(0, equals: 1)).event)
    #expect(event.depth > 0.5 && event.depth < 1 && abs(event.state[0] - 1) < 1e-12)
    let ends = try InitialValueProblem(field: Pole(), initialState: [0], end: 1)
    let trajectory = try Euler(blocks: 2).integrate(ends, saving: [0.75, 1], until: nil)
    // Euler's step is a straight line
    #expect(abs(trajectory.state(0)[0] - 1) < 1e-15 && trajectory.state(1) == [1.5])
    for scheme in Self.schemes.dropFirst() {
      let failure = #expect(throws: IntegrationError.self) { try Self.single(scheme, 2).integrate(ends) }
      #expect(failure?.reason == .nonFiniteField(component: 0) && failure?.depth == 0.5, "\(scheme.name)")
    }
  }

  @Test func whatIsNotFiniteFailsAtOnceAndSaysWhat() throws {
    for scheme in Self.schemes {
      let field = FailureTests.Counted(2) { t, _, f in (f[0], f[1]) = (1, t < 0.45 ? 1 : .nan) }
      let problem = try InitialValueProblem(field: field, initialState: [0, 0], end: 1)
      let error = #expect(throws: IntegrationError.self) { try Self.single(scheme, 10).integrate(problem) }
      #expect(error?.reason == .nonFiniteField(component: 1), "\(scheme.name)")
      #expect(error.map { $0.depth >= 0.4 && $0.depth <= 0.5 } == true, "\(scheme.name)")
      #expect(field.count <= 1 + 6 * scheme.stageCount, "\(scheme.name): \(field.count)")
      // f is finite, the state is not
      let steep = try InitialValueProblem(
        field: FailureTests.Counted(2) { _, _, f in (f[0], f[1]) = (0, 1e308) }, initialState: [0, 1e308], end: 10)
      let overflow = #expect(throws: IntegrationError.self) { try Self.single(scheme, 1).integrate(steep) }
      #expect(overflow?.reason == .nonFiniteState(component: 1) && overflow?.depth == 0, "\(scheme.name)")
      #expect(overflow?.description.contains("overflows in component 1") == true)
    }
  }
}
