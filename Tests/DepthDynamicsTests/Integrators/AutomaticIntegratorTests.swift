import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

/// `auto` leaves an explicit method that fails for stiffness, and says what it cost.
@Suite struct AutomaticIntegratorTests {
  /// The final state; what was spent before BDF is in the statistics and in the verdict.
  private static func solved(_ field: some VectorField, _ end: Double) throws -> [Double] {
    let tolerances = try Tolerances(relative: 1e-6, absolute: 1e-8)
    let problem = try InitialValueProblem(
      field: field, initialState: [Double](repeating: 1, count: field.dimension), end: end)
    let (trajectory, verdict) = try IntegratorChoice("auto", tolerances: tolerances).integrate(problem, saving: [end])
    let bdf = try CVODE(.bdf, tolerances: tolerances, iteration: .newton(.dense)).integrate(problem)
    let spent = trajectory.statistics.evaluations - bdf.statistics.evaluations
    #expect(verdict.name == "cvode-bdf" && spent > 0)
    #expect(verdict.reason.contains("its \(spent) evaluations are counted"), "\(verdict.reason)")
    #expect(trajectory.states == bdf.states && !trajectory.statistics.isStiff)
    return trajectory.finalState
  }

  /// The kernel ends at the first verdict, Adams comes to the end.
  @Test(arguments: [4, 256])
  func stiffFieldsGoToBDF(dimension: Int) throws {
    let rates = (0..<dimension).map { $0.isMultiple(of: 2) ? 0.1 : 1000 }
    let state = try Self.solved(LinearDecayField(rates: rates), 5)
    for (value, rate) in zip(state, rates) { #expect(abs(value - exp(-5 * rate)) < 1e-5) }
  }

  /// `h_i = cos t`, to which everything is drawn at a rate that jumps to 1e18: Adams' iteration fails there.
  @Test func aFailedIterationGoesToBDF() throws {
    let field = FailureTests.Counted(256) { t, h, f in
      let rate = t < 1 ? 1 : 1e18
      for i in 0..<256 { f[i] = -rate * (h[i] - cos(t)) - sin(t) }
    }
    let problem = try InitialValueProblem(field: field, initialState: [Double](repeating: 1, count: 256), end: 2)
    let adams = CVODE(.adams, tolerances: try Tolerances(relative: 1e-6, absolute: 1e-8), maximumSteps: 10_000)
    let error = #expect(throws: IntegrationError.self) { try adams.integrate(problem) }
    #expect(error?.reason == .noConvergence && (error?.spent?.evaluations ?? 0) > 0, "\(String(describing: error))")
    for value in try Self.solved(field, 2) { #expect(abs(value - cos(2)) < 1e-5) }
  }

  @Test func otherFailuresAreThrown() throws {
    let field = FailureTests.Counted(256) { t, _, f in for i in 0..<256 { f[i] = t < 0.5 ? 1 : .nan } }
    let problem = try InitialValueProblem(field: field, initialState: [Double](repeating: 1, count: 256), end: 1)
    let error = #expect(throws: IntegrationError.self) {
      try IntegratorChoice("auto", tolerances: Tolerances()).integrate(problem, saving: [1])
    }
    #expect(error?.reason == .nonFiniteField(component: 0))
  }
}
