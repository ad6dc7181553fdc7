/// A SUNDIALS solver in use: what the driver below needs of CVODE and ARKODE alike.
protocol SegmentedSolver: AnyObject {
  /// Whether `advance` gives states between steps at the method's own order and no great cost; else the driver takes single
  /// steps and interpolates itself.
  var interpolatesOnTheWay: Bool { get }
  /// Starts afresh at `depth` from the vector's present content; steps never pass `stop`.
  func restart(at depth: Double, stop: Double) throws
  /// Advances to `depth` and leaves the state there in the vector.
  func advance(to depth: Double) throws
  /// Takes one step of the method's own length towards `stop`; leaves the state in the vector and returns its depth.
  func step(towards stop: Double) throws -> Double
  /// A quick look at the last step, for what need not be exact.
  func glance(at depth: Double, into state: UnsafeMutablePointer<Double>) throws
  /// The dense output on the last step.
  func interpolate(at depth: Double, into state: UnsafeMutablePointer<Double>) throws
  /// Whether stability holds the steps short at the end of a segment of this length.
  func isStiff(length: Double) throws -> Bool
  /// Of the present segment.
  func statistics() throws -> Trajectory.Statistics
}

extension SegmentedSolver {
  func glance(at depth: Double, into state: UnsafeMutablePointer<Double>) throws {
    try interpolate(at: depth, into: state)
  }
}

/// Walks the segments between a field's discontinuities and keeps states at the depths asked for.
struct SegmentedDriver<Field: VectorField> {
  private let problem: InitialValueProblem<Field>
  private let depths: [Double]
  private let session: CallbackSession
  private let tolerances: Tolerances
  private let share: LocalShare

  /// - Parameter share: what of the tolerances the solver is handed.
  init(
    _ problem: InitialValueProblem<Field>, saving depths: [Double], session: CallbackSession, _ tolerances: Tolerances,
    _ share: LocalShare
  ) {
    self.problem = problem
    self.depths = depths
    self.session = session
    self.tolerances = tolerances
    self.share = share
  }

  /// Makes the surroundings and the solver, walks, and frees both.
  func integrate<Solver: SegmentedSolver>(
    events: [Event], errorFactor: Double = EventLocator.oneStepError, withView: Bool = true,
    makeSolver: (borrowing SundialsContext) throws -> Solver
  ) throws -> Trajectory {
    let locator = try EventLocator(
      events, depth: problem.start, state: problem.initialState, tolerances: tolerances, errorFactor: errorFactor)
    return try withExtendedLifetime(session) {
      let surroundings = try SundialsContext(state: problem.initialState, session: session, withView: withView)
      // the solver is freed inside, while its context and vector are there
      return try withExtendedLifetime(surroundings) {
        let solver = try makeSolver(surroundings)
        return try withExtendedLifetime(solver) {
          try run(solver, locator, state: Sundials.data(surroundings.vector))
        }
      }
    }
  }

  private func run(
    _ solver: some SegmentedSolver, _ events: consuming EventLocator, state: UnsafeMutablePointer<Double>
  ) throws -> Trajectory {
    var saved = SavedStates(depths: depths, dimension: problem.field.dimension)
    var locator = events
    var statistics = Trajectory.Statistics()
    var occurrences = locator.occurrencesAtStart()
    saved.keep(upTo: problem.start, state: problem.initialState)
    var left = problem.start
    for right in problem.field.jumps(from: problem.start, to: problem.end) + [problem.end] where !locator.isHalted {
      session.enterSegment(
        lastDepth: right == problem.end ? .infinity : right - 4e-12 * max(abs(right), right - left))
      var stop = right
      while left < right, !locator.isHalted {
        let start = Array(UnsafeBufferPointer(start: state, count: session.dimension))
        do {
          try solver.restart(at: left, stop: stop)
          if locator.events.isEmpty, solver.interpolatesOnTheWay || saved.next >= stop {
            try advance(solver, to: stop, &saved, state)
          } else {
            try walk(solver, from: left, to: stop, &saved, &locator, state, &occurrences)
          }
          statistics = try statistics + segmentStatistics(solver, length: stop - left)
          (left, stop) = (stop, min(right, stop + Self.reach * (stop - left)))
        } catch var error as IntegrationError {
          // a first step far too long may cost CVODE the digits of the state that it goes back to
          if error.depth == left { error = error.at(left, start) }
          guard let nearer = nearerStop(error, stop) else {
            // what was spent in vain counts where another method takes over
            var spent = statistics + ((try? solver.statistics()) ?? Trajectory.Statistics())
            spent.evaluations += session.extraEvaluations
            throw error.afterSpending(spent)
          }
          statistics = try statistics + segmentStatistics(solver, length: 0)
          session.forgetNonFinite()
          state.update(from: error.state, count: error.state.count)
          (left, stop) = (error.depth, nearer)
        }
      }
    }
    statistics.effectiveTolerance = tolerances.relative < share.tightest ? share.tightest : 0
    return saved.trajectory(occurrences, isHalted: locator.isHalted, notes: locator.notes, statistics)
  }

  /// How many times further than it has come, or than the state's own scale, a piece of a segment may go.
  private static var reach: Double { 1e6 }

  /// Where a solver should have been told to stop that failed on its way to `stop`; nil when that is not the matter.
  ///
  /// The library's first step is at least 100 roundings of the depth at which it stops and no step is less than eight, which is too
  /// long for a state that changes at once and shall go very far: `robertson` to 1e9. The state's own scale is `||h|| / ||f||`,
  /// weighted by the tolerances.
  private func nearerStop(_ error: IntegrationError, _ stop: Double) -> Double? {
    switch error.reason {
    case .stepUnderflow, .noConvergence, .nonFiniteField: break
    default: return nil
    }
    var slope = [Double](repeating: 0, count: error.state.count)
    guard session.evaluate(error.depth, error.state, into: &slope) else { return nil }
    var (sizes, slopes) = (0.0, 0.0)
    for (i, h) in error.state.enumerated() {
      let weight = tolerances.relative * abs(h) + tolerances.absolute(i)
      sizes += (h / weight) * (h / weight)
      slopes += (slope[i] / weight) * (slope[i] / weight)
    }
    let nearer = error.depth + Self.reach * (max(1, sizes) / slopes).squareRoot()
    let gain = stop.ulp / max(abs(nearer), abs(error.depth)).ulp
    return nearer > error.depth && gain >= 64 ? nearer : nil
  }

  private func segmentStatistics(
    _ solver: some SegmentedSolver, length: Double
  ) throws -> Trajectory.Statistics {
    var statistics = try solver.statistics()
    statistics.evaluations += session.extraEvaluations
    session.extraEvaluations = 0
    if try solver.isStiff(length: length) { statistics.stiffSteps = statistics.steps }
    return statistics
  }

  /// Without events: the library goes from one depth asked for to the next.
  private func advance(
    _ solver: some SegmentedSolver, to right: Double, _ saved: inout SavedStates,
    _ state: UnsafeMutablePointer<Double>
  ) throws {
    while saved.next < right {
      let target = saved.next
      try solver.advance(to: target)
      session.note(target, state)
      saved.keep(upTo: target, state: state)
    }
    try solver.advance(to: right)
    session.note(right, state)
    saved.keep(upTo: right, state: state)
  }

  /// Step by step, each looked through for events and depths asked for.
  private func walk(
    _ solver: some SegmentedSolver, from start: Double, to right: Double, _ saved: inout SavedStates,
    _ locator: inout EventLocator, _ state: UnsafeMutablePointer<Double>,
    _ occurrences: inout [Trajectory.Occurrence]
  ) throws {
    let d = session.dimension
    var left = start
    while left < right, !locator.isHalted {
      let reached = try solver.step(towards: right)
      func interpolate(_ depth: Double, _ result: UnsafeMutablePointer<Double>) throws {
        if depth == reached {
          result.update(from: state, count: d)
        } else {
          try solver.interpolate(at: depth, into: result)
        }
      }
      func glance(_ depth: Double, _ result: UnsafeMutablePointer<Double>) throws {
        if depth == reached {
          result.update(from: state, count: d)
        } else {
          try solver.glance(at: depth, into: result)
        }
      }
      occurrences += try locator.occurrences(from: left, to: reached, glance: glance, interpolate: interpolate)
      let limit = locator.isHalted ? occurrences[occurrences.count - 1].depth : reached
      try saved.keep(upTo: limit, interpolate)
      session.note(reached, state)
      left = reached
    }
  }
}
