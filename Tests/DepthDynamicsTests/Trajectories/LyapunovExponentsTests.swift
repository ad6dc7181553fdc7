import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct LyapunovExponentsTests {
  private static func method(_ tolerance: Double = 1e-10) throws -> ERKStep {
    ERKStep(tolerances: try Tolerances(relative: tolerance, absolute: tolerance / 100))
  }

  @Test func linearFieldsHaveMinusTheirRates() throws {
    let problem = try InitialValueProblem(
      field: LinearDecayField(rates: [3, 0.5, 1.25]), initialState: [1, 1, 1], end: 60)
    let found = try LyapunovExponents(problem, transient: 40, segments: 80, integrator: Self.method(1e-12))
    for (exponent, exact) in zip(found.exponents, [-0.5, -1.25, -3]) { #expect(abs(exponent - exact) < 1e-10) }
    #expect(found.standardErrors.allSatisfy { $0 < 1e-10 } && abs(found.meanDivergence + 4.75) < 1e-12)
    #expect(found.kaplanYorkeDimension == nil && found.firstDrifting == nil)
    // the largest alone, although the first axis is invariant under the flow
    let first = try LyapunovExponents(
      problem, transient: 40, segments: 40, count: 1, integrator: Self.method(1e-12))
    #expect(abs(first.exponents[0] + 0.5) < 1e-10 && first.exponents.count == 1)
  }

  @Test func divergencesDoNotSufferFromTheRoundingOfDepths() throws {
    // a depth of a million is rounded to 1e-10, and so is every step that leads on from it
    let problem = try InitialValueProblem(
      field: LinearDecayField(rates: [3, 0.5, 1.25]), initialState: [1, 1, 1], start: 1e6, end: 1e6 + 20)
    let found = try LyapunovExponents(problem, transient: 10, segments: 40, integrator: Self.method(1e-12))
    #expect(abs(found.meanDivergence + 4.75) < 1e-13, "\(found.meanDivergence + 4.75)")
  }

  @Test func lorenzHasItsDivergenceAndItsLargestExponent() throws {
    let problem = try InitialValueProblem(field: LorenzField(), initialState: [1, 1, 1], end: 420)
    let found = try LyapunovExponents(problem, transient: 20, segments: 4000, integrator: Self.method(1e-9))
    // the divergence is the constant -(10 + 1 + 8/3): the sum is as exact as the integration
    #expect(abs(found.meanDivergence + 41.0 / 3) < 1e-10)
    #expect(abs(found.sum + 41.0 / 3) < 1e-6, "\(found.sum)")
    // literature: 0.9056, 0, -14.572 (Sprott, "Chaos and Time-Series Analysis", 2003; Viswanath 1998)
    #expect(abs(found.exponents[0] - 0.9056) < 4 * found.standardErrors[0], "\(found)")
    #expect(found.standardErrors[0] < 0.03 && found.standardErrors[0] > 0.001)
    #expect(abs(found.exponents[1]) < 0.01 && abs(found.exponents[2] + 14.572) < 0.1)
    #expect(abs(try #require(found.kaplanYorkeDimension) - 2.062) < 0.005)
    #expect(found.firstDrifting == nil)
    #expect(found.runningDepths.count == 200 && abs(found.runningExponents.last![0] - found.exponents[0]) < 1e-12)
  }

  @Test func theSumIsTheMeanDivergenceOnRandomFieldsAndAcrossJumps() throws {
    let field = BlockwiseField(
      blocks: (0..<5 as Range<UInt64>).map { RandomTanh.field(dimension: 4, width: 6, scale: 0.8, seed: $0) },
      blockSize: 0.2)
    let problem = try InitialValueProblem(field: field, initialState: [0.1, -0.4, 0.6, 0.3], end: field.horizon)
    // segments that end on jumps and segments that do not
    for (transient, segments) in [(0.0, 5), (0.2, 7), (0.37, 3)] {
      let found = try LyapunovExponents(
        problem, transient: transient, segments: segments, integrator: Self.method(1e-11))
      #expect(abs(found.sum - found.meanDivergence) < 1e-8, "\(segments) segments")
      #expect(abs(found.averagedDepth - (1 - transient)) < 1e-15)
    }
  }

  @Test func theWholeIntervalsExponentsAreTheDeterminant() throws {
    // one block's jump is not seen by its neighbour: ln det S from the variational equation of the whole interval
    let field = BlockwiseField(
      blocks: [1.0, 3].map { LinearDecayField(rates: [$0]) }, blockSize: 0.5)
    let problem = try InitialValueProblem(field: field, initialState: [1], end: 1)
    let found = try LyapunovExponents(problem, transient: 0, segments: 2, integrator: Self.method(1e-12))
    #expect(abs(found.exponents[0] + 2) < 1e-11 && abs(found.meanDivergence + 2) < 1e-11)
  }

  @Test func aTransientThatWasTooShortShowsAsDrift() throws {
    let problem = try InitialValueProblem(field: LinearDecayField(rates: [1, 2]), initialState: [1, 1], end: 2)
    var flagged = 0
    for seed in 0..<8 as Range<UInt64> {
      let found = try LyapunovExponents(problem, transient: 0, segments: 40, seed: seed, integrator: Self.method())
      #expect(abs(found.sum + 3) < 1e-8)
      // a first vector that happens to lie along an axis has nothing to drift to
      if abs(found.exponents[0] + 1) > 0.02 {
        #expect(found.firstDrifting == 0, "seed \(seed)")
        flagged += 1
      }
    }
    #expect(flagged >= 4, "\(flagged)")
  }

  @Test func nonsenseIsRefused() throws {
    let problem = try InitialValueProblem(field: LinearDecayField(rates: [1, 80]), initialState: [1, 1], end: 2)
    #expect(throws: InputError.self) {
      try LyapunovExponents(problem, transient: 2, segments: 10, integrator: Self.method())
    }
    #expect(throws: InputError.self) {
      try LyapunovExponents(problem, transient: 0, segments: 1, integrator: Self.method())
    }
    #expect(throws: InputError.self) {
      try LyapunovExponents(problem, transient: 0, segments: 10, count: 3, integrator: Self.method())
    }
    // e^-79 between the two directions within one segment
    #expect(throws: InputError.self) {
      try LyapunovExponents(problem, transient: 0, segments: 2, integrator: Self.method())
    }
  }
}
