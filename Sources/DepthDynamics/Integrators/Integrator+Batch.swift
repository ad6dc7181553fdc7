import DepthNumerics

extension Integrator {
  /// Samples of one batch, jointly: one state of N d entries, one product with the weights an evaluation, one step length.
  ///
  /// - Throws: as for one sample; of an `IntegrationError` the sample is named where its component is known.
  public func integrate<Field: VectorField>(
    jointly batch: InitialValueBatch<Field>, saving depths: [Double]
  ) throws -> TrajectoryBatch {
    let problem = try InitialValueProblem(
      field: BatchField(of: batch.field, count: batch.count), initialState: batch.initialStates, start: batch.start,
      end: batch.end)
    let trajectory: Trajectory
    do {
      trajectory = try integrate(problem, saving: depths, events: [])
    } catch let error as IntegrationError {
      throw error.ofRow(dimension: batch.field.dimension, count: batch.count)
    }
    return TrajectoryBatch(
      dimension: batch.field.dimension, sampleCount: batch.count, depths: depths, states: trajectory.states,
      statistics: trajectory.statistics.times(batch.count))
  }

  /// The same one by one, each with its own step lengths; in parallel, with results that do not depend on the threads.
  ///
  /// - Throws: as the first sample that fails, which an `IntegrationError` names.
  public func integrate<Field: VectorField>(
    separately batch: InitialValueBatch<Field>, saving depths: [Double], threads: Int
  ) throws -> TrajectoryBatch {
    let (d, n) = (batch.field.dimension, batch.count)
    let outcomes = Parallel.map(n, threads: threads) { sample in
      Result { try integrate(try batch.problem(sample), saving: depths, events: []) }.naming(sample)
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

extension Result where Failure == any Error {
  /// An `IntegrationError` in it names the sample.
  func naming(_ sample: Int) -> Self {
    mapError { ($0 as? IntegrationError)?.ofSample(sample) ?? $0 }
  }
}

extension IntegrationError {
  /// Of a joint state of `count` rows: the row that its component, or its reason's, lies in, with that row's state and component;
  /// the whole as it is where none is known.
  func ofRow(dimension d: Int, count: Int) -> IntegrationError {
    guard count > 1, let joint = reason.component ?? component, state.count == d * count else { return self }
    let row = joint / d
    return IntegrationError(
      reason: reason.with(component: joint % d), depth: depth, state: Array(state[(row * d)..<((row + 1) * d)]),
      component: component.map { $0 % d }, sample: row, spent: spent?.times(count))
  }
}

extension IntegrationError.Reason {
  fileprivate var component: Int? {
    switch self {
    case .nonFiniteField(let component), .nonFiniteState(let component): component
    default: nil
    }
  }

  fileprivate func with(component: Int) -> Self {
    switch self {
    case .nonFiniteField: .nonFiniteField(component: component)
    case .nonFiniteState: .nonFiniteState(component: component)
    default: self
    }
  }
}
