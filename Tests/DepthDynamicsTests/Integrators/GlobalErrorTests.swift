import Foundation
import Testing

@testable import DepthDynamics

@Suite struct GlobalErrorTests {
  private static let adaptive = IntegratorChoice.names.filter { !["euler", "heun", "rk4", "taylor"].contains($0) }

  /// At ends of steps and between them, from few long steps to tolerances next to rounding.
  @Test(arguments: adaptive)
  func boundsHoldBetweenSteps(name: String) throws {
    let depths = (1...60).map { Double($0) / 20 - 0.0123 }
    let lively = try InitialValueProblem(field: OrderTests.DepthDependent(), initialState: [1, 1], end: 3)
    let decay = try InitialValueProblem(field: LinearDecayField(rates: [1]), initialState: [1], end: 3)
    var (checks, exceptions, widest) = (0, 0, 0.0)
    for exponent in 4...13 {
      let tolerance = pow(10, -Double(exponent))
      let choice = try IntegratorChoice(
        name, tolerances: Tolerances(relative: tolerance, absolute: tolerance / 100))
      func check(_ problem: InitialValueProblem<some VectorField>, _ error: ([Double], Double) -> Double) throws {
        let (trajectory, verdict) = try choice.integrate(problem, saving: depths)
        let bound = try GlobalError(of: trajectory, problem, by: choice.settled(verdict), events: [])
        for i in depths.indices {
          checks += 1
          if error(trajectory.state(i), depths[i]) > bound.perDepth[i] { exceptions += 1 }
          widest = max(widest, bound.perDepth[i] / tolerance)
        }
      }
      try check(lively) { OrderTests.exactError($0, at: $1) }
      try check(decay) { abs($0[0] - exp(-$1)) }
    }
    // the estimate is no certificate: one in a hundred
    #expect(exceptions <= checks / 100, "\(exceptions) of \(checks)")
    #expect(widest < 200, "\(widest)")
  }

  @Test(arguments: ["cvode-bdf", "cvode-adams", "dop853", "ark-implicit", "erk-fehlberg"])
  func boundsDoNotCollapseNextToRounding(name: String) throws {
    let problem = try InitialValueProblem(field: VanDerPolField(mu: 5), initialState: [2, 0], end: 10)
    for tolerance in [2.3e-14, 1e-13, 2.2e-13, 3e-13, 1e-12, 2e-12, 1e-11] {
      let choice = try IntegratorChoice(
        name, tolerances: Tolerances(relative: tolerance, absolute: tolerance / 100))
      let (trajectory, _) = try choice.integrate(problem, saving: [10])
      let bound = try GlobalError(of: trajectory, problem, by: choice, events: []).perDepth[0]
      let error = AccuracyTests.distance(trajectory.finalState, AccuracyTests.vanDerPol5)
      #expect(error <= bound && bound < 1e-9, "\(name) \(tolerance): \(error), \(bound)")
    }
  }

  @Test func fixedStepsHaveRichardsonsFactor() throws {
    let problem = try InitialValueProblem(field: LinearDecayField(rates: [1]), initialState: [1], end: 1)
    for name in ["euler", "heun", "rk4"] {
      let choice = try IntegratorChoice(name, tolerances: Tolerances(), blocks: 50)
      let (trajectory, _) = try choice.integrate(problem, saving: [1])
      let bound = try GlobalError(of: trajectory, problem, by: choice, events: []).perDepth[0]
      #expect(abs(bound / abs(trajectory.finalState[0] - exp(-1)) - 1) < 0.03, "\(name)")
    }
  }

  @Test func eventsThatOneRunAloneMeetsHaveNoBound() throws {
    // (1 + 1/4)^4 = 2.44 stays below 2.5, (1 + 1/8)^8 = 2.57 does not; and the other way round for decay
    for (rate, level, isMet) in [(-1.0, 2.5, false), (1.0, 0.33, true)] {
      let problem = try InitialValueProblem(field: LinearDecayField(rates: [rate]), initialState: [1], end: 1)
      let choice = try IntegratorChoice("euler", tolerances: Tolerances(), blocks: 4)
      var event = Event.component(0, equals: level)
      for isTerminal in [true, false] {
        event.isTerminal = isTerminal
        let (trajectory, _) = try choice.integrate(problem, saving: [1], events: [event])
        #expect(trajectory.occurrences.isEmpty != isMet)
        let error = try GlobalError(of: trajectory, problem, by: choice, events: [event])
        #expect(error.eventDepth == (isTerminal ? .infinity : nil))
        #expect((error.largest == .infinity) == isTerminal)
        #expect(error.notes.count == 1 && error.notes[0].contains("component-0"))
      }
    }
  }
}
