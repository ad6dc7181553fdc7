import Foundation
import Testing

@testable import DepthDynamics

@Suite struct GradientErrorTests {
  /// h' = -h from 1.5 to depth 1, target 0.2.
  private static func decay() throws -> (InitialValueBatch<LinearDecayField>, TerminalLoss, LossGradient) {
    let miss = 1.5 * exp(-1) - 0.2
    return (
      try InitialValueBatch(field: LinearDecayField(rates: [1]), initialStates: [1.5], end: 1),
      try TerminalLoss.halfSquaredDistance(to: [0.2], dimension: 1, count: 1),
      LossGradient(
        loss: miss * miss / 2, parameters: [-miss * 1.5 * exp(-1)], initialStates: [miss * exp(-1)], statistics: .init()
      )
    )
  }

  @Test func fixedStepsHaveRichardsonsFactor() throws {
    let (batch, loss, exact) = try Self.decay()
    for name in ["euler", "heun", "rk4"] {
      let choice = try GradientChoice(
        "discrete", integrator: IntegratorChoice(name, tolerances: Tolerances(), blocks: 50))
      let gradient = try choice.gradient(of: loss, batch).0
      let error = try GradientError(of: gradient, loss, batch, by: choice)
      #expect(abs(error.relative / gradient.relativeDistance(to: exact) - 1) < 0.05, "\(name)")
      #expect(abs(error.loss / abs(gradient.loss - exact.loss) - 1) < 0.05, "\(name)")
    }
  }

  @Test func estimatesHoldDownToRounding() throws {
    let (batch, loss, exact) = try Self.decay()
    for (adjoint, integrator) in [
      ("discrete", "auto"), ("cvodes", "auto"), ("cvodes", "cvode-adams"), ("forward", "auto"),
      ("forward", "cvode-bdf"),
    ] {
      for tolerance in [1e-4, 1e-6, 1e-8, 1e-10, 1e-12, 1e-13, 3e-14] {
        let choice = try GradientChoice(
          adjoint,
          integrator: IntegratorChoice(
            integrator, tolerances: Tolerances(relative: tolerance, absolute: tolerance / 100)))
        let gradient = try choice.gradient(of: loss, batch).0
        let (error, estimate) = (
          gradient.relativeDistance(to: exact), try GradientError(of: gradient, loss, batch, by: choice)
        )
        let label = "\(adjoint) \(integrator) \(tolerance): \(error), \(estimate.relative)"
        #expect(error <= estimate.relative && estimate.relative < 20 * max(tolerance, 1e-12), "\(label)")
        // next to rounding no run is tighter: a looser one measures
        let other = try choice.refined().integrator.tolerances.relative
        #expect((other < tolerance) == (tolerance >= 1e-10), "\(label): \(other)")
      }
    }
  }

  @Test func theContinuousAdjointKeepsTwiceItsTolerance() throws {
    let batch = try InitialValueBatch(field: VanDerPolField(mu: 5), initialStates: [2, 0], end: 3)
    let loss = try TerminalLoss.halfSquaredDistance(to: [0, 0], dimension: 2, count: 1)
    let tight = try Tolerances(relative: 1e-13, absolute: 1e-15)
    let exact = try DiscreteAdjoint(RungeKutta(.dop853, tolerances: tight)).gradient(of: loss, batch)
    for tolerance in [1e-4, 1e-6, 1e-8, 1e-10] {
      let choice = try GradientChoice(
        "cvodes",
        integrator: IntegratorChoice("auto", tolerances: Tolerances(relative: tolerance, absolute: tolerance / 100)))
      let error = try choice.gradient(of: loss, batch).0.relativeDistance(to: exact)
      #expect(error < 2 * tolerance, "\(tolerance): \(error)")
    }
  }

  @Test func forwardSensitivitiesOfStiffFieldsUseBDF() throws {
    let loss = try TerminalLoss.halfSquaredDistance(to: [0, 0], dimension: 2, count: 1)
    for (mu, end, formula) in [(1000.0, 100.0, "bdf"), (1, 3, "adams")] {
      let batch = try InitialValueBatch(field: VanDerPolField(mu: mu), initialStates: [2, 0], end: end)
      let integrator = try IntegratorChoice("auto", tolerances: Tolerances(relative: 1e-6, absolute: 1e-8))
      let (gradient, verdict) = try GradientChoice("forward", integrator: integrator).gradient(of: loss, batch)
      #expect(verdict.name == "forward, \(formula)" && gradient.statistics.steps < 2000, "\(verdict)")
      let adjoint = try GradientChoice("cvodes", integrator: integrator).gradient(of: loss, batch).0
      #expect(gradient.relativeDistance(to: adjoint) < 1e-5, "mu = \(mu)")
    }
  }
}
