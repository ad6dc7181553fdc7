import DepthNumerics

/// How far computed states are from the flow's own: an estimate from a second integration, more accurate where rounding allows one.
///
/// How their distance becomes a bound: see `ErrorComparison`. An estimate, not a certificate: both integrations may share a flaw.
/// Chaotic flows outgrow it: then it is large.
public struct GlobalError: Equatable, Sendable {
  /// 2-norm of the error at each saved depth; of a batch, of its worst sample.
  public let perDepth: [Double]
  /// Of the terminal event's depth; nil where neither integration met one, infinite where only one did.
  public let eventDepth: Double?
  /// 2-norm of the error of the state at the terminal event; nil where there is none.
  public let eventState: Double?
  /// How many times what the tolerances ask at the same depth and sample the error is at its worst, the event's state
  /// included: `||e|| / (rtol ||h|| + ||atol||)`; with a tolerance a component, root mean square of `e_i / (rtol |h_i| + atol_i)`.
  public let excess: Double
  /// What the two integrations disagree on, a sentence each.
  public let notes: [String]

  /// Infinite where any part of it is.
  public var largest: Double { eventDepth == .infinity ? .infinity : perDepth.max() ?? 0 }

  /// - Throws: as the finer integration.
  public init<Field: VectorField>(
    of trajectory: Trajectory, _ problem: InitialValueProblem<Field>, by choice: IntegratorChoice, events: [Event]
  ) throws {
    let comparison = try choice.comparison()
    let (reference, _) = try comparison.choice.integrate(problem, saving: trajectory.depths, events: events)
    let (d, steps) = (trajectory.dimension, trajectory.statistics.steps)
    let errors = trajectory.depths.indices.map { index in
      guard index < reference.depths.count else { return Double.infinity }
      return comparison.bound(trajectory.states, reference.states, index * d, d, steps: steps)
    }
    perDepth = errors
    let stateError = trajectory.event.map { event in
      reference.event.map { comparison.bound(event.state, $0.state, 0, d, steps: steps) } ?? .infinity
    }
    eventState = stateError
    let ratios = errors.indices.map {
      comparison.excess(errors[$0], trajectory.states, reference.states, $0 * d, d, choice.tolerances)
    }
    let atEvent = trajectory.event.flatMap { event in
      stateError.map {
        comparison.excess($0, event.state, reference.event?.state ?? event.state, 0, d, choice.tolerances)
      }
    }
    excess = max(ratios.max() ?? 0, atEvent ?? 0)
    switch (trajectory.event, reference.event) {
    case (let event?, let other?):
      eventDepth = comparison.bound(distance: abs(event.depth - other.depth), size: abs(event.depth))
    case (nil, nil): eventDepth = nil
    default: eventDepth = .infinity
    }
    notes = Self.disagreements(trajectory, reference)
  }

  private static func disagreements(_ first: Trajectory, _ second: Trajectory) -> [String] {
    let names = Set((first.occurrences + second.occurrences).map(\.name)).sorted()
    return names.compactMap { name in
      let counts = [first, second].map { $0.occurrences.count { $0.name == name } }
      guard counts[0] != counts[1] else { return nil }
      return
        "the event \(name) occurs \(counts[0]) times, but \(counts[1]) times in the integration that measures the error"
    }
  }

  /// - Throws: as the finer integration.
  public init<Field: VectorField>(
    of batch: TrajectoryBatch, _ problem: InitialValueBatch<Field>, by choice: IntegratorChoice
  ) throws {
    let comparison = try choice.comparison()
    let (reference, _) = try comparison.choice.integrate(problem, saving: batch.depths)
    let (d, n) = (batch.dimension, batch.sampleCount)
    let steps = batch.statistics.steps / n
    var (worst, excess) = ([Double](repeating: 0, count: batch.depths.count), 0.0)
    for row in 0..<(batch.depths.count * n) {
      let error = comparison.bound(batch.states, reference.states, row * d, d, steps: steps)
      worst[row / n] = max(worst[row / n], error)
      excess = max(
        excess, comparison.excess(error, batch.states, reference.states, row * d, d, choice.tolerances))
    }
    (perDepth, self.excess) = (worst, excess)
    (eventDepth, eventState, notes) = (nil, nil, [])
  }
}
