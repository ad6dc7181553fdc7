/// A SUNDIALS solver in use: what the driver below needs of CVODE and ERKStep alike.
protocol SegmentedSolver: AnyObject {
  /// Starts afresh at `depth` from the vector's present content; steps never pass `stop`.
  func restart(at depth: Double, stop: Double) throws
  /// Advances to `depth` (interpolating back to it) or to an event; leaves the state in the vector.
  func advance(to depth: Double) throws -> (depth: Double, isEvent: Bool)
  func statistics() throws -> Trajectory.Statistics
}

/// Walks the segments between a field's discontinuities and keeps states at the depths asked for.
struct SegmentedDriver<Field: VectorField> {
  let problem: InitialValueProblem<Field>
  let depths: [Double]
  let session: CallbackSession

  /// Makes the surroundings and the solver, walks, and frees both.
  static func integrate<Solver: SegmentedSolver>(
    _ problem: InitialValueProblem<Field>, saving depths: [Double], until event: TerminalEvent?,
    makeSolver: (borrowing SundialsContext, CallbackSession) throws -> Solver
  ) throws -> Trajectory {
    let session = TypedSession(problem, event: event)
    return try withExtendedLifetime(session) {
      let surroundings = try SundialsContext(state: problem.initialState, session: session)
      // the solver is freed inside, while its context and vector are there
      return try withExtendedLifetime(surroundings) {
        let solver = try makeSolver(surroundings, session)
        let driver = SegmentedDriver(problem: problem, depths: depths, session: session)
        return try driver.run(solver, state: Sundials.data(surroundings.vector))
      }
    }
  }

  private func run(
    _ solver: some SegmentedSolver, state: UnsafeMutablePointer<Double>
  ) throws -> Trajectory {
    let d = problem.field.dimension
    var saved = SavedStates(depths: depths, dimension: d)
    var statistics = Trajectory.Statistics()
    saved.keep(
      upTo: problem.start, from: problem.start, problem.initialState, to: problem.start, problem.initialState)
    var left = problem.start
    for right in problem.field.discontinuities.filter({ $0 > problem.start && $0 < problem.end }) + [problem.end] {
      session.lastDepth = right == problem.end ? .infinity : right - 4e-12 * max(abs(right), right - left)
      try solver.restart(at: left, stop: right)
      let inside = depths.filter { $0 > left && $0 < right }
      for target in inside + [right] {
        let reached = try solver.advance(to: target)
        session.nonFiniteCount = 0
        session.goodDepth = reached.depth
        session.goodState = Array(UnsafeBufferPointer(start: state, count: d))
        if reached.isEvent {
          statistics = try statistics + solver.statistics()
          let event = Trajectory.Event(
            name: session.event?.name ?? "event", depth: reached.depth, state: session.goodState)
          return saved.trajectory(event, statistics)
        }
        saved.keep(upTo: target, from: target, session.goodState, to: target, session.goodState)
      }
      statistics = try statistics + solver.statistics()
      left = right
    }
    return saved.trajectory(nil, statistics)
  }
}
