import DepthNumerics

extension Integrator {
  /// Samples of one batch, jointly: one state of N d entries, one product with the weights an evaluation, one step length.
  ///
  /// - Throws: as for one sample.
  public func integrate<Field: VectorField>(
    jointly batch: InitialValueBatch<Field>, saving depths: [Double]
  ) throws -> TrajectoryBatch {
    let problem = try InitialValueProblem(
      field: BatchField(of: batch.field, count: batch.count), initialState: batch.initialStates, start: batch.start,
      end: batch.end)
    let trajectory = try integrate(problem, saving: depths, events: [])
    return TrajectoryBatch(
      dimension: batch.field.dimension, sampleCount: batch.count, depths: depths, states: trajectory.states,
      statistics: trajectory.statistics)
  }

  /// The same one by one, each with its own step lengths; in parallel, with results that do not depend on the threads.
  public func integrate<Field: VectorField>(
    separately batch: InitialValueBatch<Field>, saving depths: [Double], threads: Int
  ) throws -> TrajectoryBatch {
    let (d, n) = (batch.field.dimension, batch.count)
    let outcomes = Parallel.map(n, threads: threads) { sample in
      Result { try integrate(try batch.problem(sample), saving: depths, events: []) }
    }
    var states = [Double](repeating: 0, count: depths.count * n * d)
    var statistics = Trajectory.Statistics()
    for (sample, outcome) in outcomes.enumerated() {
      let trajectory = try outcome.get()
      statistics = statistics + trajectory.statistics
      for index in depths.indices {
        let offset = (index * n + sample) * d
        states.replaceSubrange(offset..<(offset + d), with: trajectory.state(index))
      }
    }
    return TrajectoryBatch(dimension: d, sampleCount: n, depths: depths, states: states, statistics: statistics)
  }
}
