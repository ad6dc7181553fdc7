import DepthNumerics

/// How far computed states are from the flow's own: an estimate from a second, more accurate integration.
///
/// The distance of the two, times 1.25 for adaptive methods (the finer one has a few hundredths of the error) or
/// `2^p / (2^p - 1)` for fixed steps of order p (Richardson), plus rounding. An estimate, not a certificate: both
/// integrations may share a flaw. Chaotic flows outgrow it: then it is large.
public struct GlobalError: Equatable, Sendable {
  /// 2-norm of the error at each saved depth; of a batch, of its worst sample.
  public let perDepth: [Double]
  /// Of the terminal event's depth; nil where there is none.
  public let eventDepth: Double?
  /// 2-norm of the error of the state at the terminal event; nil where there is none.
  public let eventState: Double?
  /// How many times what the tolerances ask at the same depth and sample the error is at its worst, the event's state
  /// included: `||e|| / (rtol ||h|| + ||atol||)`; with a tolerance a component, root mean square of `e_i / (rtol |h_i| + atol_i)`.
  public let excess: Double

  public var largest: Double { perDepth.max() ?? 0 }

  /// - Throws: as the finer integration.
  public init<Field: VectorField>(
    of trajectory: Trajectory, _ problem: InitialValueProblem<Field>, by choice: IntegratorChoice, events: [Event]
  ) throws {
    let finer = try choice.refined()
    let (reference, _) = try finer.integrate(problem, saving: trajectory.depths, events: events)
    let (d, factor) = (trajectory.dimension, Self.factor(choice))
    let errors = trajectory.depths.indices.map { index in
      guard index < reference.depths.count else { return Double.infinity }
      return Self.distance(trajectory.states, reference.states, index * d, d, factor)
    }
    perDepth = errors
    eventDepth = trajectory.event.map { event in
      guard let other = reference.event else { return .infinity }
      return factor * abs(event.depth - other.depth) + 4 * event.depth.ulp
    }
    let stateError = trajectory.event.map { event in
      reference.event.map { Self.distance(event.state, $0.state, 0, d, factor) } ?? .infinity
    }
    eventState = stateError
    let ratios = errors.indices.map {
      Self.excess(errors[$0], trajectory.states, reference.states, $0 * d, factor, choice.tolerances, d)
    }
    let atEvent = trajectory.event.flatMap { event in
      stateError.map {
        Self.excess($0, event.state, reference.event?.state ?? event.state, 0, factor, choice.tolerances, d)
      }
    }
    excess = max(ratios.max() ?? 0, atEvent ?? 0)
  }

  /// - Throws: as the finer integration.
  public init<Field: VectorField>(
    of batch: TrajectoryBatch, _ problem: InitialValueBatch<Field>, by choice: IntegratorChoice
  ) throws {
    let (reference, _) = try choice.refined().integrate(problem, saving: batch.depths)
    let (d, n, factor) = (batch.dimension, batch.sampleCount, Self.factor(choice))
    var (worst, excess) = ([Double](repeating: 0, count: batch.depths.count), 0.0)
    for row in 0..<(batch.depths.count * n) {
      let error = Self.distance(batch.states, reference.states, row * d, d, factor)
      worst[row / n] = max(worst[row / n], error)
      excess = max(
        excess, Self.excess(error, batch.states, reference.states, row * d, factor, choice.tolerances, d))
    }
    (perDepth, self.excess) = (worst, excess)
    (eventDepth, eventState) = (nil, nil)
  }

  /// `||e|| / (rtol ||h|| + ||atol||)` by `error` = ||e||, a norm, since a component may cross zero; where each component has a
  /// tolerance of its own, the root mean square of `e_i / (rtol |h_i| + atol_i)`.
  private static func excess(
    _ error: Double, _ a: [Double], _ b: [Double], _ offset: Int, _ factor: Double, _ tolerances: Tolerances, _ d: Int
  ) -> Double {
    guard error.isFinite else { return .infinity }
    guard tolerances.absoluteByComponent == nil else {
      let sum = (0..<d).reduce(0.0) { sum, i in
        let weight = tolerances.relative * abs(a[offset + i]) + tolerances.absolute(i)
        let share = factor * (a[offset + i] - b[offset + i]) / weight
        return sum + share * share
      }
      return (sum / Double(d)).squareRoot()
    }
    let size = norm(d) { a[offset + $0] }
    return error / (tolerances.relative * size + tolerances.absolute * Double(d).squareRoot())
  }

  private static func factor(_ choice: IntegratorChoice) -> Double {
    guard let order = choice.fixedOrder else { return 1.25 }
    let power = Double(1 << order)
    return power / (power - 1)
  }

  private static func distance(_ a: [Double], _ b: [Double], _ offset: Int, _ d: Int, _ factor: Double) -> Double {
    let error = norm(d) { a[offset + $0] - b[offset + $0] }
    return factor * error + 4 * Double.ulpOfOne * norm(d) { a[offset + $0] }
  }

  /// The 2-norm of d entries, scaled: the squares of large states overflow.
  private static func norm(_ d: Int, _ entry: (Int) -> Double) -> Double {
    let largest = (0..<d).reduce(0) { max($0, abs(entry($1))) }
    guard largest > 0, largest.isFinite else { return largest }
    return largest * (0..<d).reduce(0) { $0 + (entry($1) / largest) * (entry($1) / largest) }.squareRoot()
  }
}
