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
    var locator = try EventLocator(
      events, depth: problem.start, state: problem.initialState, tolerances: tolerances)
    var occurrences: [Trajectory.Occurrence] = []
    var states = [Double](repeating: 0, count: depths.count * d)
    let (saved, statistics) = try states.withUnsafeMutableBufferPointer { output in
      try problem.initialState.withUnsafeBufferPointer { initial in
        // an empty buffer may have no address; nothing is written to it then
        let target = output.baseAddress ?? stepper.scratch
        let run = LaneRun(stepper, plan, initialStates: initial.baseAddress!, sampleCount: 1, output: target)
        run.observe = { (run) throws(RungeKuttaFailure) -> Double? in
          let (left, right) = run.stepEnds
          do {
            occurrences += try locator.occurrences(from: left, to: right) { run.interpolate(at: $0, into: $1) }
          } catch let error as IntegrationError {
            throw .event(error)
          } catch {
            preconditionFailure("an interpolant of our own threw \(error)")
          }
          return locator.isHalted ? occurrences.last?.depth : nil
        }
        do throws(RungeKuttaFailure) { try run.run(0..<1) } catch { throw integrationError(error) }
        return (run.savedCount, run.statistics)
      }
    }
    return Trajectory(
      dimension: d, depths: Array(depths.prefix(saved)), states: Array(states.prefix(saved * d)),
      occurrences: occurrences, event: locator.isHalted ? occurrences.last : nil, statistics: statistics)
  }
}
