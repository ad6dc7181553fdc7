/// Events on the kernel's own dense output, one sample.
extension RungeKutta {
  func locate<Field: VectorField>(
    _ events: [Event], _ problem: InitialValueProblem<Field>, saving depths: [Double]
  ) throws -> Trajectory {
    try validate(depths, problem)
    try tolerances.validate(dimension: problem.field.dimension)
    let d = problem.field.dimension
    let plan = plan(InitialValueBatch(problem), saving: depths)
    let stepper = RungeKuttaStepper(problem.field.functions, pair: pair, width: 1)
    // fixed steps have no tolerance: the network's own states are all there is to be met
    var locator = try EventLocator(
      events, depth: problem.start, state: problem.initialState, tolerances: prescribed == nil ? tolerances : nil)
    var occurrences = locator.occurrencesAtStart()
    if locator.isHalted {
      var saved = SavedStates(depths: depths, dimension: d)
      saved.keep(upTo: problem.start, state: problem.initialState)
      return saved.trajectory(occurrences, isHalted: true, notes: locator.notes, Trajectory.Statistics())
    }
    var states = [Double](repeating: 0, count: depths.count * d)
    let (outcome, saved) = states.withUnsafeMutableBufferPointer { output in
      problem.initialState.withUnsafeBufferPointer { initial in
        // an empty buffer may have no address; nothing is written to it then
        let target = output.baseAddress ?? stepper.scratch
        let run = LaneRun(stepper, plan, initialStates: initial.baseAddress!, sampleCount: 1, output: target)
        run.wantsDense = true
        run.observe = { (run) throws(IntegrationError) -> Double? in
          let (left, right) = run.stepEnds
          do {
            occurrences += try locator.occurrences(from: left, to: right) { run.interpolate(at: $0, into: $1) }
          } catch let error as IntegrationError {
            throw error
          } catch {
            preconditionFailure("an interpolant of our own threw \(error)")
          }
          return locator.isHalted ? occurrences.last?.depth : nil
        }
        return (run.outcome(of: 0..<1), run.savedCount)
      }
    }
    if let failure = outcome.failure { throw failure.ofSample(nil).afterSpending(outcome.statistics) }
    return Trajectory(
      dimension: d, depths: Array(depths.prefix(saved)), states: Array(states.prefix(saved * d)),
      occurrences: occurrences, event: locator.isHalted ? occurrences.last : nil, statistics: outcome.statistics,
      notes: locator.notes)
  }
}
