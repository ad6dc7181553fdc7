internal import CSundials

/// ARKStep on its way: one memory block that walks, and one, made when needed, that steps again to depths inside a step.
final class ARKStepSolver: SegmentedSolver {
  private let choice: ARKStep
  private let walker: ARKStepMemory
  private var prober: ARKStepMemory?
  private let context: SUNContext
  private let view: N_Vector
  private let session: CallbackSession
  /// The last step's left end and the state there.
  private var depth: Double
  private var leftDepth: Double
  private let leftState: UnsafeMutablePointer<Double>

  let interpolatesOnTheWay = true

  init(
    _ choice: ARKStep, _ surroundings: borrowing SundialsContext, _ session: CallbackSession, start: Double
  ) throws {
    self.choice = choice
    self.session = session
    context = surroundings.context
    view = try Sundials.unwrap(surroundings.view, "N_VMake_Serial", session)
    (depth, leftDepth) = (start, start)
    leftState = .allocate(capacity: session.dimension)
    do {
      walker = try ARKStepMemory(choice, surroundings.context, surroundings.vector, session, start: start)
    } catch {
      leftState.deallocate()
      throw error
    }
  }

  deinit {
    leftState.deallocate()
    if let vector = prober?.vector { N_VDestroy(vector) }
  }

  func restart(at depth: Double, stop: Double) throws {
    self.depth = depth
    try walker.restart(at: depth, stop: stop)
  }

  func advance(to depth: Double) throws { self.depth = try walker.evolve(to: depth, inOneStep: false) }

  func step(towards stop: Double) throws -> Double {
    leftDepth = depth
    leftState.update(from: Sundials.data(walker.vector), count: session.dimension)
    depth = try walker.evolve(to: stop, inOneStep: true)
    return depth
  }

  func glance(at depth: Double, into state: UnsafeMutablePointer<Double>) throws {
    Sundials.point(view, at: state)
    try walker.interpolate(at: depth, into: view)
  }

  /// Integrates anew from the step's left end: as good as the step, however stiff the field.
  func interpolate(at depth: Double, into state: UnsafeMutablePointer<Double>) throws {
    guard depth > leftDepth else { return state.update(from: leftState, count: session.dimension) }
    let prober = try self.prober ?? makeProber()
    let vector = Sundials.data(prober.vector)
    vector.update(from: leftState, count: session.dimension)
    let walked = session.stepDepth
    try prober.restart(at: leftDepth, stop: depth, firstStep: depth - leftDepth)
    _ = try prober.evolve(to: depth, inOneStep: false)
    session.extraEvaluations += try prober.statistics().evaluations
    state.update(from: vector, count: session.dimension)
    session.stepDepth = walked
    session.stepState.update(from: Sundials.data(walker.vector), count: session.dimension)
  }

  private func makeProber() throws -> ARKStepMemory {
    let vector = try Sundials.unwrap(N_VClone(walker.vector), "N_VClone", session)
    Sundials.data(vector).update(from: leftState, count: session.dimension)
    do {
      let made = try ARKStepMemory(choice, context, vector, session, start: leftDepth)
      prober = made
      return made
    } catch {
      N_VDestroy(vector)
      throw error
    }
  }

  func isStiff(length: Double) throws -> Bool { false }

  func statistics() throws -> Trajectory.Statistics { try walker.statistics() }
}
