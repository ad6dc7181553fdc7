import Foundation
import Testing

@testable import DepthDynamics

/// Errors against the tolerances asked, on problems where errors add up or stability holds the steps.
///
/// References: Radau IIA with seven stages in 80-bit arithmetic (Benchmarks/collocation.py), but for closed forms.
@Suite struct AccuracyTests {
  static let vanDerPol5 = [-1.1587012660309908, 0.4304698089791424]  // mu = 5, depth 10
  static let vanDerPol1000 = [1.706167732170465, -0.0008928097010248166]  // depth 2000
  static let robertson = [0.017865921142099464, 7.274751468436319e-8, 0.9821340061103858]  // depth 1e5
  static let spiral = [-0.44362348669863483, 0.2794406416189395]  // depth 25

  static func distance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
  }

  private static func norm(_ a: [Double]) -> Double { a.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  /// The final state's error in tolerances.
  private static func excess(
    _ name: String, _ tolerance: Double, absolute share: Double = 0.01, _ field: some VectorField, _ start: [Double],
    _ end: Double, _ expected: [Double]
  ) throws -> Double {
    let choice = try IntegratorChoice(
      name, tolerances: Tolerances(relative: tolerance, absolute: share * tolerance))
    let problem = try InitialValueProblem(field: field, initialState: start, end: end)
    let found = try choice.integrate(problem, saving: [end]).0.finalState
    return distance(found, expected) / (tolerance * (norm(expected) + share))
  }

  @Test(arguments: [1e-4, 1e-6, 1e-8, 1e-10, 1e-12])
  func theSpiralsPhaseStaysWithinFiftyTolerances(tolerance: Double) throws {
    for name in IntegratorChoice.names where !["euler", "heun", "rk4"].contains(name) {
      let excess = try Self.excess(name, tolerance, SpiralField(), [2, 0], 25, Self.spiral)
      #expect(excess < 50, "\(name): \(excess)")
      // one-step methods do not drift so far
      if name.hasPrefix("erk") { #expect(excess < 10, "\(name): \(excess)") }
    }
  }

  @Test(arguments: [1e-4, 1e-6, 1e-8, 1e-10, 1e-11, 1e-12])
  func multistepMethodsKeepTightTolerances(tolerance: Double) throws {
    for name in ["cvode-adams", "cvode-bdf"] {
      let excess = try Self.excess(name, tolerance, VanDerPolField(mu: 5), [2, 0], 10, Self.vanDerPol5)
      #expect(excess < 10, "\(name): \(excess)")
    }
  }

  @Test(arguments: [1e-4, 1e-6, 1e-8, 1e-10])
  func implicitMethodsSolveStiffProblems(tolerance: Double) throws {
    for name in ["ark-implicit", "cvode-bdf", "auto"] {
      let oscillation = try Self.excess(name, tolerance, VanDerPolField(mu: 1000), [2, 0], 2000, Self.vanDerPol1000)
      let chemistry = try Self.excess(
        name, tolerance, absolute: 1e-6, RobertsonField(), [1, 0, 0], 1e5, Self.robertson)
      #expect(oscillation < 10 && chemistry < 10, "\(name): \(oscillation), \(chemistry)")
    }
  }

  @Test func stepsThatStabilityHoldsHaveTheirErrorsControlled() throws {
    // an iteration that stops too early leaves an error that no tolerance reduces
    let problem = try InitialValueProblem(field: VanDerPolField(mu: 100), initialState: [2, 0], end: 10)
    let exact = try CVODE(.bdf, tolerances: Tolerances(relative: 1e-12, absolute: 1e-14)).integrate(problem).finalState
    for tolerance in [1e-4, 1e-5, 1e-6, 1e-7, 1e-8] {
      let adams = CVODE(.adams, tolerances: try Tolerances(relative: tolerance, absolute: tolerance / 100))
      let trajectory = try adams.integrate(problem)
      let error = Self.distance(trajectory.finalState, exact)
      #expect(trajectory.statistics.isStiff && error < 0.5 * tolerance, "\(tolerance): \(error)")
    }
  }

  @Test(arguments: [1e9, 1e12])
  func farHorizonsDoNotSpoilTheStart(end: Double) throws {
    for name in ["cvode-bdf", "ark-implicit", "auto"] {
      for tolerance in [1e-4, 1e-8, 1e-12] {
        let choice = try IntegratorChoice(
          name, tolerances: Tolerances(relative: tolerance, absolute: tolerance * 1e-6))
        let decay = try InitialValueProblem(field: LinearDecayField(rates: [1]), initialState: [1], end: end)
        let found = try choice.integrate(decay, saving: [0.5, end]).0
        #expect(abs(found.state(0)[0] - exp(-0.5)) < 10 * tolerance, "\(name) \(tolerance)")
        #expect(abs(found.state(1)[0]) < tolerance)
        // at great depth h_0 = 2.0833...e3 / t and the sum is 1
        let chemistry = try InitialValueProblem(field: RobertsonField(), initialState: [1, 0, 0], end: end)
        let last = try choice.integrate(chemistry, saving: [0.5, end]).0.state(1)
        #expect(abs(last[0] + last[1] + last[2] - 1) < 10 * tolerance, "\(name) \(tolerance)")
        #expect(abs(last[0] * end / 2083.3 - 1) < 0.01, "\(name) \(tolerance): \(last)")
      }
    }
  }

  @Test func theKernelStartsAtTheStatesOwnScale() throws {
    // rounding of the horizon's depth is 1e284: no length for a first step
    let problem = try InitialValueProblem(field: LinearDecayField(rates: [1]), initialState: [1], end: 1e300)
    for pair in [EmbeddedPair.dormandPrince, .dop853] {
      let kernel = RungeKutta(pair, tolerances: try Tolerances(), maximumSteps: 200)
      let error = #expect(throws: IntegrationError.self) { try kernel.integrate(problem) }
      #expect(error.map { $0.depth > 1 && $0.depth < 1e4 } == true, "\(String(describing: error))")
    }
  }
}
