/// A SUNDIALS solver in use: what the driver below needs of CVODE and ARKODE alike.
protocol SegmentedSolver: AnyObject {
  /// Starts afresh at `depth` from the vector's present content; steps never pass `stop`.
  func restart(at depth: Double, stop: Double) throws
  /// Advances to `depth`, interpolating back to it, and leaves the state in the vector.
  func advance(to depth: Double) throws
  /// Takes one step of the method's own length towards `stop`; leaves the state in the vector and returns its depth.
  func step(towards stop: Double) throws -> Double
  /// The dense output on the last step.
  func interpolate(at depth: Double, into state: UnsafeMutablePointer<Double>) throws
  func statistics() throws -> Trajectory.Statistics
}

/// Walks the segments between a field's discontinuities and keeps states at the depths asked for.
struct SegmentedDriver<Field: VectorField> {
  let problem: InitialValueProblem<Field>
  let depths: [Double]
  let session: CallbackSession

  /// Makes the surroundings and the solver, walks, and frees both.
  static func integrate<Solver: SegmentedSolver>(
    _ problem: InitialValueProblem<Field>, saving depths: [Double], events: [Event], tolerances: Tolerances,
    makeSolver: (borrowing SundialsContext, CallbackSession) throws -> Solver
  ) throws -> Trajectory {
    let session = TypedSession(problem)
    let locator = try EventLocator(
      events, depth: problem.start, state: problem.initialState, tolerances: tolerances)
    return try withExtendedLifetime(session) {
      let surroundings = try SundialsContext(state: problem.initialState, session: session)
      // the solver is freed inside, while its context and vector are there
      return try withExtendedLifetime(surroundings) {
        let solver = try makeSolver(surroundings, session)
        let driver = SegmentedDriver(problem: problem, depths: depths, session: session)
        return try driver.run(solver, locator, state: Sundials.data(surroundings.vector))
      }
    }
  }

  private func run(
    _ solver: some SegmentedSolver, _ events: consuming EventLocator, state: UnsafeMutablePointer<Double>
  ) throws -> Trajectory {
    var saved = SavedStates(depths: depths, dimension: problem.field.dimension)
    var locator = events
    var statistics = Trajectory.Statistics()
    var occurrences: [Trajectory.Occurrence] = []
    saved.keep(upTo: problem.start, state: problem.initialState)
    var left = problem.start
    for right in problem.field.discontinuities.filter({ $0 > problem.start && $0 < problem.end }) + [problem.end] {
      session.lastDepth = right == problem.end ? .infinity : right - 4e-12 * max(abs(right), right - left)
      try solver.restart(at: left, stop: right)
      if locator.events.isEmpty {
        try advance(solver, to: right, &saved, state)
      } else {
        occurrences += try walk(solver, from: left, to: right, &saved, &locator, state)
      }
      statistics = try statistics + solver.statistics()
      if locator.isHalted { break }
      left = right
    }
    return saved.trajectory(occurrences, isHalted: locator.isHalted, statistics)
  }

  /// Without events: the library goes from one depth asked for to the next.
  private func advance(
    _ solver: some SegmentedSolver, to right: Double, _ saved: inout SavedStates,
    _ state: UnsafeMutablePointer<Double>
  ) throws {
    while saved.next < right {
      let target = saved.next
      try solver.advance(to: target)
      note(target, state)
      saved.keep(upTo: target, state: state)
    }
    try solver.advance(to: right)
    note(right, state)
    saved.keep(upTo: right, state: state)
  }

  /// With events: step by step, each looked through.
  private func walk(
    _ solver: some SegmentedSolver, from start: Double, to right: Double, _ saved: inout SavedStates,
    _ locator: inout EventLocator, _ state: UnsafeMutablePointer<Double>
  ) throws -> [Trajectory.Occurrence] {
    var occurrences: [Trajectory.Occurrence] = []
    var left = start
    while left < right, !locator.isHalted {
      let reached = try solver.step(towards: right)
      func interpolate(_ depth: Double, _ result: UnsafeMutablePointer<Double>) throws {
        if depth == reached {
          result.update(from: state, count: session.dimension)
        } else {
          try solver.interpolate(at: depth, into: result)
        }
      }
      occurrences += try locator.occurrences(from: left, to: reached, interpolate: interpolate)
      let limit = locator.isHalted ? occurrences[occurrences.count - 1].depth : reached
      try saved.keep(upTo: limit, interpolate)
      note(reached, state)
      left = reached
    }
    return occurrences
  }

  private func note(_ depth: Double, _ state: UnsafeMutablePointer<Double>) {
    session.nonFiniteCount = 0
    session.goodDepth = depth
    session.goodState.withUnsafeMutableBufferPointer {
      $0.baseAddress!.update(from: state, count: session.dimension)
    }
  }
}
