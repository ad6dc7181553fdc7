import Foundation
import Testing

@testable import DepthDynamics

/// The estimate of the global error and its measure against the tolerances, on `h' = -h`.
@Suite struct GlobalErrorExcessTests {
  private let field = LinearDecayField(rates: [1, 1])

  private func estimate(_ tolerances: Tolerances, initial: [Double], events: [Event] = [], saving depths: [Double])
    throws -> (trajectory: Trajectory, error: GlobalError)
  {
    let problem = try InitialValueProblem(field: field, initialState: initial, end: 2)
    let choice = try IntegratorChoice("dormand-prince", tolerances: tolerances)
    let (trajectory, _) = try choice.integrate(problem, saving: depths, events: events)
    return (trajectory, try GlobalError(of: trajectory, problem, by: choice, events: events))
  }

  @Test func theExcessIsTheWorstRatioAtOneDepth() throws {
    let tolerances = try Tolerances(relative: 1e-6, absolute: 1e-9)
    let (trajectory, error) = try estimate(tolerances, initial: [3, 4], saving: [0.5, 1, 2])
    let ratios = trajectory.depths.indices.map { index -> Double in
      let size = trajectory.state(index).map { $0 * $0 }.reduce(0, +).squareRoot()
      return error.perDepth[index] / (1e-6 * size + 1e-9 * 2.0.squareRoot())
    }
    #expect(abs(error.excess - ratios.max()!) <= 1e-12 * error.excess)
    // the estimate is above the true error, and the tolerance is kept
    #expect(error.perDepth[2] > 0.8 * 5 * abs(trajectory.state(2)[0] / 3 - exp(-2)) && error.excess < 10)
  }

  @Test func aToleranceAComponentWeighsEachAlone() throws {
    // of equal error, the component with the small tolerance is what counts
    let loose = try estimate(Tolerances(relative: 1e-6, absoluteByComponent: [1, 1]), initial: [1, 1], saving: [2])
    let mixed = try estimate(Tolerances(relative: 1e-6, absoluteByComponent: [1, 1e-9]), initial: [1, 1], saving: [2])
    func errors(_ trajectory: Trajectory) -> [Double] { trajectory.finalState.map { abs($0 - exp(-2)) } }
    let (coarse, fine) = (errors(loose.trajectory), errors(mixed.trajectory))
    #expect(loose.error.excess < 10 && mixed.error.excess < 10)
    #expect(fine[1] < 1e-6 && fine[1] < 1e-2 * coarse[1], "\(fine), \(coarse)")
    // the bound contains both
    #expect(mixed.error.perDepth[0] >= fine[1] && loose.error.perDepth[0] >= coarse[1])
  }

  @Test func anEventBeforeAllDepthsIsMeasuredByItsState() throws {
    let event = Event.component(0, equals: 0.5)
    let (trajectory, error) = try estimate(
      Tolerances(relative: 1e-6, absolute: 1e-9), initial: [1, 2], events: [event], saving: [2])
    let found = try #require(trajectory.event)
    let distance = abs(found.state[1] - 1)
    #expect(trajectory.depths.isEmpty && error.perDepth.isEmpty)
    #expect(try #require(error.eventState) >= 0.5 * distance && error.excess > 0 && error.excess < 10)
  }

  @Test func largeStatesDoNotOverflow() throws {
    let (_, error) = try estimate(Tolerances(relative: 1e-6, absolute: 1e-9), initial: [1e200, 1e200], saving: [2])
    #expect(error.largest.isFinite && error.largest > 0 && error.excess < 10)
  }
}
