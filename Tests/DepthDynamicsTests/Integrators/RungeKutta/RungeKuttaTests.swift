import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct RungeKuttaTests {
  static let pairs = [EmbeddedPair.dormandPrince, .dop853]

  /// `h' = -2 t h^2`, `h(0) = 1`: `1/(1 + t^2)`; and `y' = 4 y cos 4t`: `e^(sin 4t)`.
  private static func exactError(_ h: [Double], at depth: Double) -> Double {
    max(abs(h[0] - 1 / (1 + depth * depth)), abs(h[1] - exp(sin(4 * depth))))
  }

  private static func prescribed(_ pair: EmbeddedPair, steps: Int, end: Double) throws -> RungeKutta {
    var method = RungeKutta(pair, tolerances: try Tolerances())
    method.prescribed = .equal(steps)
    return method
  }

  /// `h' = (1 + 0.3 cos t) (1 - w + w |h|^2) (h_2, -h_1)` from (1, 0): `h = (cos phi, -sin phi)`, `phi = t + 0.3 sin t`.
  struct Rotation: VectorField {
    let w: Double
    var dimension: Int { 2 }
    func evaluate(depth t: Double, state h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
      let speed = (1 + 0.3 * cos(t)) * (1 - w + w * (h[0] * h[0] + h[1] * h[1]))
      result[0] = speed * h[1]
      result[1] = -speed * h[0]
    }
  }

  /// The slope between the two finest, and for the nonlinear field, whose next term still shows there, extrapolated linearly in
  /// the step from the two slopes.
  @Test(arguments: [(0, [400, 800, 1600]), (1, [80, 112, 160])])
  func pairsHaveTheirOrder(index: Int, counts: [Int]) throws {
    let pair = Self.pairs[index]
    for w in [0, 0.1] {
      let problem = try InitialValueProblem(field: Rotation(w: w), initialState: [1, 0], end: 20)
      let phase = 20 + 0.3 * sin(20.0)
      let errors = try counts.map { count in
        let state = try Self.prescribed(pair, steps: count, end: 20).integrate(problem).finalState
        return hypot(state[0] - cos(phase), state[1] + sin(phase))
      }
      func slope(_ i: Int) -> Double { log(errors[i] / errors[i + 1]) / log(Double(counts[i + 1]) / Double(counts[i])) }
      func middle(_ i: Int) -> Double { 1 / (Double(counts[i]) * Double(counts[i + 1])).squareRoot() }
      let trend = w == 0 ? 0 : (slope(0) - slope(1)) / (middle(0) - middle(1))
      let order = slope(1) - trend * middle(1)
      #expect(abs(order - Double(pair.order)) < 0.1, "\(order) \(pair.name) \(errors)")
    }
  }

  /// Between steps the error is that of the interpolant: O(h^(q+1)) for degree q, the order of the method.
  @Test(arguments: [(0, [40, 80, 160]), (1, [12, 20, 34])])
  func denseOutputKeepsTheOrder(index: Int, counts: [Int]) throws {
    let pair = Self.pairs[index]
    let errors = try counts.map { count -> Double in
      let problem = try InitialValueProblem(field: OrderTests.DepthDependent(), initialState: [1, 1], end: 2)
      let depths = (1..<400).map { 0.005 * Double($0) + 0.00123 }
      let trajectory = try Self.prescribed(pair, steps: count, end: 2.1).integrate(
        InitialValueProblem(field: problem.field, initialState: [1, 1], end: 2.1), saving: depths, until: nil)
      return depths.indices.map { Self.exactError(trajectory.state($0), at: depths[$0]) }.max()!
    }
    let slope = log(errors[0] / errors[2]) / log(Double(counts[2]) / Double(counts[0]))
    #expect(slope > Double(pair.order) - 0.2, "\(slope) \(pair.name) \(errors)")
  }

  @Test(arguments: [1e-4, 1e-6, 1e-8, 1e-10, 1e-12])
  func tolerancesAreMet(tolerance: Double) throws {
    for pair in Self.pairs {
      let method = RungeKutta(pair, tolerances: try Tolerances(relative: tolerance, absolute: tolerance))
      let problem = try InitialValueProblem(field: OrderTests.DepthDependent(), initialState: [1, 1], end: 4)
      let trajectory = try method.integrate(problem, saving: [0, 0.3, 1, 3.3, 4], until: nil)
      #expect(trajectory.state(0) == [1, 1])
      for index in 1..<5 {
        let error = Self.exactError(trajectory.state(index), at: trajectory.depths[index])
        #expect(error < 10 * tolerance * M_E, "\(pair.name) at \(tolerance): \(error)")
      }
    }
  }

  private static func tanhField(_ d: Int, _ m: Int, dependsOnDepth: Bool) -> TanhResidualField {
    let core = TanhResidualCore(dimension: d, width: m, dependsOnDepth: dependsOnDepth)
    return TanhResidualField(
      core: core, parameters: (0..<core.parameterCount).map { 0.8 * sin(1.7 * Double($0) + 0.3) })
  }

  /// 21 samples: two full chunks and a padded one; alone each sample gives the same within the tolerance.
  @Test(arguments: StepControl.allCases)
  func batchesAreTheirSamples(control: StepControl) throws {
    let field = Self.tanhField(3, 5, dependsOnDepth: true)
    let states = (0..<63).map { cos(2.3 * Double($0)) }
    let batch = try InitialValueBatch(field: field, initialStates: states, start: 0.2, end: 1.5)
    for pair in Self.pairs {
      let tolerances = try Tolerances(relative: 1e-9, absolute: 1e-9)
      let depths = [0.2, 0.55, 1.5]
      let method = RungeKutta(pair, tolerances: tolerances, control: control)
      let together = try method.integrate(batch, saving: depths)
      let reference = ERKStep(.fehlberg, tolerances: try Tolerances(relative: 1e-13, absolute: 1e-13))
      for sample in 0..<21 {
        let alone = try reference.integrate(batch.problem(sample), saving: depths, until: nil)
        for index in 0..<3 {
          for (a, b) in zip(together.state(index, sample: sample), alone.state(index)) {
            #expect(abs(a - b) < 2e-8, "\(pair.name) \(control) sample \(sample)")
          }
        }
      }
      let threaded = try RungeKutta(pair, tolerances: tolerances, control: control, threads: 2).integrate(
        batch, saving: depths)
      #expect(threaded.states == together.states && threaded.statistics == together.statistics)
    }
  }

  @Test func perSampleControlSparesTheOthers() throws {
    /// Decay with a rate that is a state of its own: one sample in 64 is a thousand times faster.
    struct RatedDecay: VectorField {
      var dimension: Int { 2 }
      func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        result[0] = -state[1] * state[0]
        result[1] = 0
      }
    }
    let states = (0..<64).flatMap { sample -> [Double] in [1, sample == 9 ? 1000 : 1] }
    let batch = try InitialValueBatch(field: RatedDecay(), initialStates: states, end: 1)
    let tolerances = try Tolerances(relative: 1e-6, absolute: 1e-6)
    let chunked = try RungeKutta(tolerances: tolerances).integrate(batch, saving: [1])
    let single = try RungeKutta(tolerances: tolerances, control: .perSample).integrate(batch, saving: [1])
    for sample in 0..<64 where sample != 9 {
      #expect(abs(single.state(0, sample: sample)[0] - exp(-1)) < 1e-6)
      #expect(abs(chunked.state(0, sample: sample)[0] - exp(-1)) < 1e-6)
    }
    // the fast sample's seven neighbours take its short steps in a chunk, their own by themselves
    #expect(single.statistics.steps > 300 && single.statistics.steps < chunked.statistics.steps + 64 * 12)
  }

  @Test func discontinuousWeightsKeepTheTolerance() throws {
    let field = BlockwiseField(blocks: [1.0, 3, 2].map { LinearDecayField(rates: [$0]) }, blockSize: 0.1)
    let states = (1...10).map(Double.init)
    let batch = try InitialValueBatch(field: field, initialStates: states, end: field.horizon)
    for pair in Self.pairs {
      for control in StepControl.allCases {
        let method = RungeKutta(pair, tolerances: try Tolerances(relative: 1e-11, absolute: 1e-13), control: control)
        let result = try method.integrate(batch, saving: [0.1, field.horizon])
        for sample in 0..<10 {
          #expect(abs(result.state(0, sample: sample)[0] / states[sample] - exp(-0.1)) < 1e-10)
          #expect(abs(result.state(1, sample: sample)[0] / states[sample] - exp(-0.6)) < 1e-10)
        }
      }
    }
  }

  @Test func stiffnessIsNoticed() throws {
    let stiff = try InitialValueProblem(field: VanDerPolField(mu: 1000), initialState: [2, 0], end: 1)
    let smooth = try InitialValueProblem(field: SpiralField(), initialState: [2, 0], end: 25)
    for pair in Self.pairs {
      let method = RungeKutta(pair, tolerances: try Tolerances(relative: 1e-5, absolute: 1e-8))
      #expect(try method.integrate(stiff).statistics.stiffSteps > 0, "\(pair.name)")
      #expect(try method.integrate(smooth).statistics.stiffSteps == 0, "\(pair.name)")
    }
  }

  @Test func nonsenseFailsAtOnce() throws {
    struct Pole: VectorField {
      var dimension: Int { 2 }
      func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        result[0] = 1
        result[1] = depth < 0.5 ? 1 : .nan
      }
    }
    for pair in Self.pairs {
      let method = RungeKutta(pair, tolerances: try Tolerances(relative: 1e-6, absolute: 1e-6))
      let problem = try InitialValueProblem(field: Pole(), initialState: [0, 0], end: 1)
      let error = #expect(throws: IntegrationError.self) { try method.integrate(problem) }
      #expect(error?.reason == .nonFiniteField(component: 1) && abs((error?.depth ?? 9) - 0.5) < 0.01)
      // h' = h^2 blows up at depth 1
      struct Blowup: VectorField {
        var dimension: Int { 1 }
        func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
          result[0] = state[0] * state[0]
        }
      }
      let blowup = try InitialValueProblem(field: Blowup(), initialState: [1], end: 2)
      let failure = #expect(throws: IntegrationError.self) { try method.integrate(blowup) }
      #expect(abs((failure?.depth ?? 9) - 1) < 1e-3, "\(pair.name) \(failure?.description ?? "")")
    }
  }

  @Test func eventsEndTheRunWhereTheyOccur() throws {
    // e^-t meets 1/3 at ln 3; on the way 0.9 and 0.5 are noted
    let problem = try InitialValueProblem(field: LinearDecayField(rates: [1]), initialState: [1], end: 5)
    var passed = Event.component(0, equals: 0.5)
    passed.isTerminal = false
    for pair in Self.pairs {
      let method = RungeKutta(pair, tolerances: try Tolerances(relative: 1e-10, absolute: 1e-10))
      let trajectory = try method.integrate(
        problem, saving: [0, 0.25, 1, 2], events: [.component(0, equals: 1.0 / 3), passed])
      #expect(trajectory.occurrences.count == 2 && trajectory.depths == [0, 0.25, 1], "\(pair.name)")
      #expect(abs(trajectory.occurrences[0].depth - log(2.0)) < 1e-9)
      #expect(abs(try #require(trajectory.event).depth - log(3.0)) < 1e-9)
      #expect(abs(trajectory.state(2)[0] - exp(-1)) < 1e-9)
      #expect(try method.integrate(problem, saving: [], events: []).states.isEmpty)
      let none = try method.integrate(problem, saving: [5], events: [.component(0, equals: 2)])
      #expect(none.event == nil && none.depths == [5])
    }
  }

  /// The kernel's fixed steps are the discrete networks: the same numbers as Euler, Heun and RK4 on their own, whether or not
  /// the blocks are the field's.
  @Test func fixedStepsAreTheNetworks() throws {
    let field = BlockwiseField(
      blocks: (0..<6).map { block -> TanhResidualField in
        let core = TanhResidualCore(dimension: 3, width: 4)
        return TanhResidualField(
          core: core, parameters: (0..<core.parameterCount).map { cos(Double($0 * 7 + block * 31)) })
      }, blockSize: 0.7 / 6)
    let states = (0..<30).map { sin(1.3 * Double($0)) }
    let batch = try InitialValueBatch(field: field, initialStates: states, end: field.horizon)
    for count in [6, 12, 48, 5, 1] {
      let alone: [(EmbeddedPair, any Integrator)] = [
        (.euler, try Euler(blocks: count)), (.heun, try FixedStepRungeKutta(.heun, blocks: count)),
        (.rk4, try FixedStepRungeKutta(.rk4, blocks: count)),
      ]
      for (scheme, integrator) in alone {
        let together = try RungeKutta.blocks(count, of: scheme).integrate(
          batch, saving: [field.horizon])
        for sample in 0..<10 {
          let state = try integrator.integrate(batch.problem(sample)).finalState
          for (a, b) in zip(together.state(0, sample: sample), state) {
            #expect(abs(a - b) < 1e-13, "\(scheme.name), \(count) blocks")
          }
        }
      }
    }
    #expect(throws: InputError.self) { try RungeKutta.blocks(0, of: .euler) }
    // a jump that lies just below the end by rounding is no step of its own: 7 (1/35) < 0.2
    let rates = BlockwiseField(blocks: (0..<35).map { LinearDecayField(rates: [Double($0)]) }, blockSize: 1.0 / 35)
    let short = try InitialValueBatch(field: rates, initialStates: [1, 2, 3], end: 0.2)
    let ends = try RungeKutta.blocks(7, of: .euler).integrate(short, saving: [0.2])
    let expected = (0..<7).reduce(1.0) { $0 * (1 - Double($1) / 35) }
    #expect(abs(ends.state(0, sample: 0)[0] - expected) < 1e-12)
  }
}
