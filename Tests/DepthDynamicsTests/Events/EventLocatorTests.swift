import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct EventLocatorTests {
  /// `x' = y`, `y' = -x`: from (0, 1), x = sin t and y = cos t.
  struct Rotation: VectorField {
    var dimension: Int { 2 }
    func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
      result[0] = state[1]
      result[1] = -state[0]
    }
  }

  /// Methods whose dense output is good to 1e-9 and better.
  static func methods() throws -> [any Integrator] {
    let tolerances = try Tolerances(relative: 1e-8, absolute: 1e-10)
    return [
      CVODE(.adams, tolerances: tolerances), CVODE(.bdf, tolerances: tolerances),
      try FixedStepRungeKutta(.rk4, blocks: 6000), ARKStep(tolerances: tolerances),
    ] + ERKStep.Pair.allCases.map { ERKStep($0, tolerances: tolerances) }
  }

  private static func occurrences(
    _ method: any Integrator, _ events: [Event], from start: [Double] = [0, 1], to end: Double = 10,
    saving depths: [Double] = []
  ) throws -> Trajectory {
    let problem = try InitialValueProblem(field: Rotation(), initialState: start, end: end)
    return try method.integrate(problem, saving: depths, events: events)
  }

  @Test func rootsAreFoundInOrderAndDirection() throws {
    var falling = Event(name: "down", direction: .falling) { _, h in h[0] }
    falling.isTerminal = false
    let rising = Event(name: "up", direction: .rising, isTerminal: false) { _, h in h[0] }
    let cosine = Event(name: "cos", isTerminal: false) { _, h in h[1] }
    // sin t from a root at the start: down at pi and 3 pi, up at 2 pi; cos at pi/2, 3 pi/2, 5 pi/2
    let expected = (1...6).map { Double($0) * Double.pi / 2 }
    for method in try Self.methods() {
      let found = try Self.occurrences(method, [falling, rising, cosine]).occurrences
      #expect(found.map(\.name) == ["cos", "down", "cos", "up", "cos", "down"], "\(method.name)")
      for (occurrence, depth) in zip(found, expected) {
        #expect(abs(occurrence.depth - depth) < 1e-8 * 5, "\(method.name) \(occurrence.depth - depth)")
        #expect(abs(occurrence.state[0] - sin(occurrence.depth)) < 1e-7)
      }
    }
  }

  @Test func terminalEventsEndTheFlowThere() throws {
    let noted = Event(name: "cos", isTerminal: false) { _, h in h[1] }
    let last = Event(name: "third", direction: .rising) { _, h in h[0] }
    for method in try Self.methods() {
      let trajectory = try Self.occurrences(method, [last, noted], saving: [1, 2, 6.2, 6.3, 10])
      #expect(trajectory.occurrences.map(\.name) == ["cos", "cos", "third"], "\(method.name)")
      #expect(trajectory.event == trajectory.occurrences.last && trajectory.depths == [1, 2, 6.2], "\(method.name)")
      #expect(abs(trajectory.state(2)[0] - sin(6.2)) < 1e-7 && abs(trajectory.finalState[0]) < 1e-7)
    }
  }

  @Test func aRootAtTheStartDoesNotBlock() throws {
    // from (1, 0): x - 1 = cos t - 1 is zero at the start and touches zero again at 2 pi
    let touch = Event(name: "touch") { _, h in h[0] - 1 }
    // phi at the start is a rounding below zero: (0.1 + 0.2) - 0.3 has the wrong sign for what follows
    let rounded = Event(name: "rounded", direction: .rising) { _, h in h[1] - (0.1 + 0.2) + 0.3 }
    for method in try Self.methods() {
      let event = try #require(try Self.occurrences(method, [touch], from: [1, 0]).event, "\(method.name)")
      #expect(abs(event.depth - 2 * .pi) < 1e-6, "\(method.name) \(event.depth - 2 * .pi)")
      // from (-1, 0), y = sin t
      let back = try #require(try Self.occurrences(method, [rounded], from: [-1, 0]).event, "\(method.name)")
      #expect(abs(back.depth - 2 * .pi) < 1e-6, "\(method.name) \(back.depth)")
    }
  }

  @Test func doubleRootsAndPairsAreFound() throws {
    // sin t touches 1 at pi/2; sin t > 1 - 1e-5 for 0.0089 about it, where its slope is 0.0045
    let touch = Event(name: "touch", isTerminal: false) { _, h in h[0] - 1 }
    let pair = Event(name: "pair", isTerminal: false) { _, h in h[0] - (1 - 1e-5) }
    // a square touches zero from above wherever its root crosses
    let square = Event(name: "square", isTerminal: false) { _, h in (h[0] - 0.5) * (h[0] - 0.5) }
    let half = acos(1 - 1e-5)
    for method in try Self.methods() {
      let touches = try Self.occurrences(method, [touch], to: 7).occurrences
      #expect(touches.count == 1 && abs(touches[0].depth - .pi / 2) < 1e-6, "\(method.name) \(touches)")
      let pairs = try Self.occurrences(method, [pair], to: 7).occurrences
      #expect(pairs.count == 2, "\(method.name)")
      #expect(zip(pairs, [.pi / 2 - half, .pi / 2 + half]).allSatisfy { abs($0.depth - $1) < 2e-5 }, "\(method.name)")
      let squares = try Self.occurrences(method, [square], to: 7).occurrences
      #expect(squares.count == 3, "\(method.name) \(squares.map(\.depth))")
      let roots = [Double.pi / 6, 5 * .pi / 6, 13 * .pi / 6]
      #expect(zip(squares, roots).allSatisfy { abs($0.depth - $1) < 1e-7 }, "\(method.name)")
    }
  }

  /// All methods, ours among them.
  private static func all() throws -> [any Integrator] {
    let tolerances = try Tolerances(relative: 1e-8, absolute: 1e-10)
    return try methods() + [
      RungeKutta(.dormandPrince, tolerances: tolerances), RungeKutta(.dop853, tolerances: tolerances),
    ]
  }

  @Test func whatIsNotReachedIsNoTouchAndATouchIsMarked() throws {
    // sin t stays a ten-millionth short of the level
    let missed = Event(name: "missed", isTerminal: false) { _, h in h[0] - 1.0000001 }
    let touch = Event(name: "touch", isTerminal: false) { _, h in h[0] - 1 }
    let square = Event(name: "square", isTerminal: false) { _, h in (h[0] - 0.5) * (h[0] - 0.5) }
    let crossed = Event(name: "crossed", isTerminal: false) { _, h in h[0] - 0.5 }
    for method in try Self.all() {
      let found = try Self.occurrences(method, [missed, touch, square, crossed], to: 3).occurrences
      #expect(!found.contains { $0.name == "missed" }, "\(method.name)")
      #expect(found.filter(\.isTouch).map(\.name) == ["square", "touch", "square"], "\(method.name) \(found)")
      #expect(found.filter { !$0.isTouch }.map(\.name) == ["crossed", "crossed"], "\(method.name) \(found)")
    }
  }

  @Test func touchesOnAStepsEndAreMarked() throws {
    // h = t on Euler's steps of 1/4: (h - 1/2)^2 is zero at the end of the second, h - 1/2 passes through zero there
    let field = FailureTests.Counted(1) { _, _, f in f[0] = 1 }
    let problem = try InitialValueProblem(field: field, initialState: [0], end: 1)
    let touch = Event(name: "touch", isTerminal: false) { _, h in (h[0] - 0.5) * (h[0] - 0.5) }
    let cross = Event(name: "cross", isTerminal: false) { _, h in h[0] - 0.5 }
    for blocks in [4, 2, 1, 3] {
      let found = try Euler(blocks: blocks).integrate(problem, saving: [1], events: [touch, cross]).occurrences
      #expect(found.map(\.name) == ["touch", "cross"] && found.map(\.isTouch) == [true, false], "\(blocks): \(found)")
    }
  }

  @Test func functionsThatAreZeroAllAlongAreSaidToBe() throws {
    let zero = Event(name: "zero") { _, h in h[0] * h[0] + h[1] * h[1] > 0 ? 0 : 1 }
    // the radius is kept, but for the method's error
    let other = Event(name: "other", isTerminal: false) { _, h in h[1] }
    for method in try Self.all() {
      let trajectory = try Self.occurrences(method, [zero, other], to: 3, saving: [3])
      #expect(trajectory.occurrences.map(\.name) == ["other"] && trajectory.depths == [3], "\(method.name)")
      #expect(trajectory.notes.count == 1 && trajectory.notes[0].contains("event zero"), "\(method.name)")
    }
  }

  @Test func haltingEventsHoldAtTheStart() throws {
    let decay = LinearDecayField(rates: [1])
    let problem = try InitialValueProblem(field: decay, initialState: [1], end: 2)
    let curve = try BoundaryCurve(depths: [0, 2], values: [1.5, 1.5])
    let onIt = try BoundaryCurve(depths: [0, 2], values: [1, 1])
    let above = Event.haltingBoundary(.component(0), meets: curve, dimension: 1, direction: .falling)
    var noted = Event.fieldNorm(3, of: decay)
    noted.isTerminal = false
    let tolerances = try Tolerances(relative: 1e-8, absolute: 1e-10)
    for method in try Self.all() + [TaylorIntegrator(tolerance: tolerances.relative)] {
      for event in [above, .fieldNorm(2, of: decay), .haltingBoundary(.stateNorm, meets: onIt, dimension: 1)] {
        let trajectory = try method.integrate(problem, saving: [0, 1], events: [noted, event])
        #expect(trajectory.event == .init(name: event.name, depth: 0, state: [1]), "\(method.name) \(event.name)")
        #expect(trajectory.occurrences.map(\.name) == ["field-norm", event.name] && trajectory.depths == [0])
      }
      // an ordinary event asks for a crossing, and a halting one that does not hold yet waits
      let later = Event.fieldNorm(0.5, of: decay)
      let ordinary = Event.component(0, equals: 1)
      let trajectory = try method.integrate(problem, saving: [], events: [ordinary, later])
      #expect(trajectory.occurrences.map(\.name) == ["field-norm"], "\(method.name)")
      let depth = try #require(trajectory.event).depth
      #expect(abs(depth - log(2)) < 1e-7 && trajectory.notes.isEmpty, "\(method.name)")
    }
  }

  @Test func rootsAtTheEndOfAStepAreReportedOnce() throws {
    // Euler's states on h' = 1 are exact: h = t meets 1 at the end of the fourth of eight steps
    struct One: VectorField {
      var dimension: Int { 1 }
      func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        result[0] = 1
      }
    }
    let problem = try InitialValueProblem(field: One(), initialState: [0], end: 2)
    let event = Event(name: "one", isTerminal: false) { _, h in h[0] - 1 }
    let found = try Euler(blocks: 8).integrate(problem, saving: [2], events: [event]).occurrences
    #expect(found == [.init(name: "one", depth: 1, state: [1])])
  }

  @Test func jumpsOfTheFieldAreSeen() throws {
    // rates 1, 3, 2 on blocks of 0.4: h(0.6) = e^-1, and ||f|| jumps from 0.61 down to 0.40 at 0.8
    let field = BlockwiseField(blocks: [1.0, 3, 2].map { LinearDecayField(rates: [$0]) }, blockSize: 0.4)
    let problem = try InitialValueProblem(field: field, initialState: [1], end: field.horizon)
    let jump = Event.fieldNorm(0.5, of: field)
    var smooth = Event.component(0, equals: exp(-1))
    smooth.isTerminal = false
    for method in try Self.methods() {
      let found = try method.integrate(problem, saving: [1], events: [jump, smooth])
      #expect(found.occurrences.map(\.name) == ["component-0", "field-norm"], "\(method.name)")
      #expect(abs(found.occurrences[0].depth - 0.6) < 1e-8, "\(method.name)")
      #expect(abs(found.occurrences[1].depth - 0.8) < 1e-11, "\(method.name)")
      #expect(found.depths.isEmpty)
    }
  }

  @Test func functionsThatAreNotFiniteAreNamed() throws {
    let bad = Event(name: "bad") { depth, _ in depth < 1 ? 1 : .nan }
    for method in try Self.methods() {
      let error = #expect(throws: IntegrationError.self) { try Self.occurrences(method, [bad]) }
      #expect(error?.reason == .nonFiniteEvent(name: "bad"))
    }
  }
}
