import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

/// Step control where it is tried hard, and what is counted.
@Suite struct LaneRunTests {
  /// `h' = 1`, but that the last evaluation of some attempts is something else: 6 evaluations an attempt after the first one.
  final class Faulty: VectorField, @unchecked Sendable {
    let value: Double
    let isFaulty: (_ attempt: Int) -> Bool
    private var count = -1

    init(_ value: Double, _ isFaulty: @escaping (_ attempt: Int) -> Bool) {
      self.value = value
      self.isFaulty = isFaulty
    }

    var dimension: Int { 1 }
    func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
      count += 1
      result[0] = count > 0 && count % 6 == 0 && isFaulty(count / 6 - 1) ? value : 1
    }
  }

  private static func method(_ pair: EmbeddedPair = .dormandPrince, _ control: StepControl = .perChunk) throws
    -> RungeKutta
  {
    RungeKutta(pair, tolerances: try Tolerances(relative: 1e-8, absolute: 1e-8), control: control)
  }

  /// The estimate's square overflows, the stages do not: steps are shortened as for any large error.
  @Test func anInfiniteEstimateIsALargeError() throws {
    let field = Faulty(1e200) { $0 < 30 && $0.isMultiple(of: 2) }
    let trajectory = try Self.method().integrate(InitialValueProblem(field: field, initialState: [0], end: 1))
    #expect(abs(trajectory.finalState[0] - 1) < 1e-12 && trajectory.statistics.rejectedSteps == 15)
  }

  /// Steps that leave the domain of f again and again, each time passed by shorter ones, are no failure in the end.
  @Test func triesAreCountedInARow() throws {
    let field = Faulty(.nan) { $0 < 100 && $0.isMultiple(of: 4) }
    let trajectory = try Self.method().integrate(InitialValueProblem(field: field, initialState: [0], end: 1e60))
    #expect(abs(trajectory.finalState[0] - 1e60) < 1e50 && trajectory.statistics.rejectedSteps >= 15)
  }

  @Test func theStepsAllowedMaySuffice() throws {
    let problem = try InitialValueProblem(field: SpiralField(), initialState: [2, 0], end: 3)
    for pair in RungeKuttaTests.pairs {
      let steps = try Self.method(pair).integrate(problem).statistics.steps
      let tolerances = try Tolerances(relative: 1e-8, absolute: 1e-8)
      let enough = try RungeKutta(pair, tolerances: tolerances, maximumSteps: steps).integrate(problem)
      #expect(enough.statistics.steps == steps)
      let error = #expect(throws: IntegrationError.self) {
        try RungeKutta(pair, tolerances: tolerances, maximumSteps: steps - 1).integrate(problem)
      }
      #expect(error?.reason == .tooManySteps(limit: steps - 1, isStiff: false) && error?.component != nil)
      #expect(error?.spent?.steps == steps - 1)
    }
  }

  /// A slope at a step's end that is not finite is none of an eighth-order step, but of its dense output and of the next step.
  @Test func anInfiniteSlopeAtAStepsEndIsSeen() throws {
    // f is infinite in one point alone, which the last step hits
    let field = FailureTests.Counted(1) { t, _, f in f[0] = t == 1 ? .infinity : 1 }
    let problem = try InitialValueProblem(field: field, initialState: [0], end: 1)
    let error = #expect(throws: IntegrationError.self) {
      try Self.method(.dop853).integrate(problem, saving: [0.999, 1], until: nil)
    }
    #expect(error?.reason == .nonFiniteField(component: 0) && field.count < 1000)
    // DOP853 has twelve stages, two of them at the step's end before the slope there
    let beyond = FailureTests.Counted(1) { t, h, f in f[0] = h[0] >= 0.5 ? .nan : 1 }
    let failure = #expect(throws: IntegrationError.self) {
      try Self.method(.dop853).integrate(InitialValueProblem(field: beyond, initialState: [0], end: 1))
    }
    #expect(failure?.reason == .nonFiniteField(component: 0) && beyond.count < 1000)
  }

  // MARK: what is counted

  /// Samples of very different cost.
  private static func rated() throws -> InitialValueBatch<RatedDecay> {
    try InitialValueBatch(
      field: RatedDecay(), initialStates: (0..<21).flatMap { [1, Double(1 + 7 * ($0 % 5))] }, end: 1)
  }

  /// Decay with a rate that is a state of its own.
  struct RatedDecay: VectorField {
    var dimension: Int { 2 }
    func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
      result[0] = -state[1] * state[0]
      result[1] = 0
    }
  }

  @Test func aBatchWithStepsOfItsSamplesCostsTheirSum() throws {
    let batch = try Self.rated()
    let depths = [0, 0.31, 0.7, 1]
    for pair in RungeKuttaTests.pairs {
      let together = try Self.method(pair, .perSample).integrate(batch, saving: depths).statistics
      let alone = try (0..<21).reduce(Trajectory.Statistics()) {
        try $0 + Self.method(pair).integrate(batch.problem($1), saving: depths, until: nil).statistics
      }
      #expect(together == alone, "\(pair.name)")
    }
  }

  @Test func aChunkCountsItsSamplesAndNoIdleLane() throws {
    let batch = try Self.rated()
    for scheme in [EmbeddedPair.euler, .heun, .rk4] {
      let statistics = try RungeKutta.blocks(10, of: scheme).integrate(batch, saving: [1]).statistics
      #expect(statistics.steps == 210 && statistics.evaluations == 21 * (1 + 10 * scheme.stageCount), "\(scheme.name)")
    }
    // the joint state of a library method counts for each sample too
    let joint = try ERKStep(tolerances: Tolerances()).integrate(jointly: batch, saving: [1]).statistics
    #expect(joint.steps.isMultiple(of: 21) && joint.evaluations.isMultiple(of: 21) && joint.steps > 0)
    let loss = try TerminalLoss.halfSquaredDistance(to: [0], dimension: 1, count: 5)
    let decay = try InitialValueBatch(field: LinearDecayField(rates: [1]), initialStates: [1, 2, 3, 4, 5], end: 1)
    let gradient = try DiscreteAdjoint(.blocks(10, of: .rk4)).gradient(of: loss, decay)
    // forward, and the stages once more on the way back
    #expect(gradient.statistics.evaluations == 5 * (1 + 40 + 40) && gradient.statistics.steps == 50)
  }

  // MARK: who failed

  /// `y' = y^2` from 1 blows up at depth 1, from 0 and below it does not.
  struct Blowup: DifferentiableField {
    var dimension: Int { 2 }
    var parameters: [Double] { [] }
    func replacing(parameters: [Double]) -> Blowup { self }
    func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
      (result[0], result[1]) = (-state[0], state[1] * state[1])
    }
    func pullback(
      depth: Double, state: UnsafePointer<Double>, cotangent: UnsafePointer<Double>,
      stateGradient: UnsafeMutablePointer<Double>, parameterGradient: UnsafeMutablePointer<Double>?
    ) {
      (stateGradient[0], stateGradient[1]) = (-cotangent[0], 2 * state[1] * cotangent[1])
    }
  }

  @Test func theSampleThatFailsIsNamed() throws {
    let states = (0..<11).flatMap { sample -> [Double] in [1, sample == 7 ? 1 : -0.5] }
    let batch = try InitialValueBatch(field: Blowup(), initialStates: states, end: 2)
    let tolerances = try Tolerances(relative: 1e-6, absolute: 1e-6)
    let loss = try TerminalLoss.halfSquaredDistance(to: [0, 0], dimension: 2, count: 11)
    let kernel = RungeKutta(tolerances: tolerances)
    let attempts: [(String, () throws -> Void)] = [
      ("chunk", { _ = try kernel.integrate(batch, saving: [2]) }),
      (
        "samples",
        { _ = try RungeKutta(.dop853, tolerances: tolerances, control: .perSample).integrate(batch, saving: [2]) }
      ),
      (
        "separately",
        { _ = try CVODE(.bdf, tolerances: tolerances).integrate(separately: batch, saving: [2], threads: 2) }
      ),
      ("jointly", { _ = try ERKStep(tolerances: tolerances).integrate(jointly: batch, saving: [2]) }),
      ("adjoint", { _ = try DiscreteAdjoint(kernel).gradient(of: loss, batch) }),
      ("cvodes", { _ = try CVODESAdjoint(.adams, tolerances: tolerances).gradient(of: loss, batch) }),
    ]
    for (name, attempt) in attempts {
      let error = try #require(#expect(throws: IntegrationError.self, "\(name)") { try attempt() })
      #expect(error.sample == 7 && error.description.hasPrefix("sample 7: "), "\(name): \(error)")
      #expect(error.state.count == 2 && error.state[1] > 100 && abs(error.depth - 1) < 0.01, "\(name): \(error)")
      let isNamed = error.component == 1 || error.reason == .nonFiniteField(component: 1)
      #expect(isNamed || error.reason == .noConvergence, "\(name): \(error)")
    }
    // alone there is nothing to name
    let alone = #expect(throws: IntegrationError.self) { try kernel.integrate(batch.problem(7)) }
    #expect(alone?.sample == nil && alone?.component == 1)
  }
}
