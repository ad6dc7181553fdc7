import DepthNumerics

/// The samples of a batch, each on its own way to its own event: what a batch with events comes to.
public struct SampleTrajectories: Sendable {
  /// One row of the batch.
  public struct Sample: Sendable {
    public let trajectory: Trajectory
    /// The method that carried it; under `auto` samples may differ.
    public let verdict: MethodVerdict
    /// Of its states and its event's depth; nil where it was not asked for, or has no estimate.
    public let error: GlobalError?
    /// The trajectory's notes, and why there is no estimate.
    public let notes: [String]

    /// Where a terminal event ended it; nil where none did.
    public var eventDepth: Double? { trajectory.event?.depth }
    /// At its event, or else at the last depth saved.
    public var finalState: [Double] { trajectory.finalState }
  }

  /// In the order of the batch's rows.
  public let samples: [Sample]

  public var statistics: Trajectory.Statistics {
    samples.reduce(Trajectory.Statistics()) { $0 + $1.trajectory.statistics }
  }

  /// The methods that ran, in order of their first sample, with how many samples each carried.
  public var methods: [(name: String, count: Int)] {
    var methods: [(name: String, count: Int)] = []
    for sample in samples {
      if let known = methods.firstIndex(where: { $0.name == sample.verdict.name }) {
        methods[known].count += 1
      } else {
        methods.append((sample.verdict.name, 1))
      }
    }
    return methods
  }
}

extension IntegratorChoice {
  /// Integrates the samples of a batch one by one, `threads` at a time, each up to its own terminal event.
  ///
  /// A sample whose error has no estimate says so in its notes.
  /// - Throws: as the first sample that fails, which an `IntegrationError` names.
  public func integrate<Field: VectorField>(
    _ batch: InitialValueBatch<Field>, saving depths: [Double], events: [Event], estimatingErrors: Bool = false
  ) throws -> SampleTrajectories {
    let outcomes = Parallel.map(batch.count, threads: threads) { sample in
      Result { try self.sample(try batch.problem(sample), depths, events, estimatingErrors) }.naming(sample)
    }
    return SampleTrajectories(samples: try outcomes.map { try $0.get() })
  }

  private func sample<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, _ depths: [Double], _ events: [Event], _ estimatesError: Bool
  ) throws -> SampleTrajectories.Sample {
    let (trajectory, verdict) = try integrate(problem, saving: depths, events: events)
    var (error, notes): (GlobalError?, [String]) = (nil, trajectory.notes)
    if estimatesError {
      do {
        error = try GlobalError(of: trajectory, problem, by: settled(verdict), events: events)
      } catch {
        notes.append("the error has no estimate: \(error)")
      }
    }
    return SampleTrajectories.Sample(trajectory: trajectory, verdict: verdict, error: error, notes: notes)
  }
}
