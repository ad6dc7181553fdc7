import DepthRuns

/// Heun's and the classical Runge-Kutta scheme with equal steps: residual networks whose blocks are of higher order.
///
/// `blocks` steps over the whole interval, `order` evaluations each. A step that ends on a discontinuity of the field takes
/// f's limit from the left there, and the next one starts afresh, so that the order survives. States between steps come from
/// the cubic Hermite interpolant (error O(Delta^4), at most the method's own), on which events are located too.
public struct FixedStepRungeKutta: Integrator {
  public enum Scheme: String, CaseIterable, Sendable {
    /// Order 2, two stages. Heun (1900).
    case heun
    /// Order 4, four stages. Kutta (1901).
    case rk4
  }

  public let scheme: Scheme
  /// L, the number of steps.
  public let blocks: Int

  /// - Throws: `InputError.usage` unless `blocks` is positive.
  public init(_ scheme: Scheme, blocks: Int) throws {
    guard blocks > 0 else { throw InputError.value(blocks, of: "blocks", allowed: "positive integers") }
    self.scheme = scheme
    self.blocks = blocks
  }

  public var name: String { scheme.rawValue }

  public func integrate<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, saving depths: [Double], events: [Event]
  ) throws -> Trajectory {
    try validate(depths, problem)
    var step = HermiteStep(problem)
    var saved = SavedStates(depths: depths, dimension: problem.field.dimension)
    var locator = try EventLocator(events, depth: problem.start, state: step.state)
    var occurrences: [Trajectory.Occurrence] = []
    saved.keep(upTo: problem.start, state: step.state)
    let jumps = problem.field.discontinuities
    var nextJump = 0
    for block in 0..<blocks where !locator.isHalted {
      let (left, right) = (step.right, depth(block + 1, problem))
      // a block that ends where f jumps has f's values from before the jump, as in a network
      let rounding = 1e-9 * (right - left)
      while nextJump < jumps.count, jumps[nextJump] < right - rounding { nextJump += 1 }
      let jumps = nextJump < jumps.count && jumps[nextJump] <= right + rounding
      let lastDepth = jumps ? right - 4e-12 * max(abs(right), right - left) : .infinity
      try step.advance(scheme, problem.field, to: right, lastDepth: lastDepth)
      occurrences += try locator.occurrences(from: left, to: right) { step.interpolate(at: $0, into: $1) }
      saved.keep(upTo: locator.isHalted ? occurrences[occurrences.count - 1].depth : right) {
        step.interpolate(at: $0, into: $1)
      }
      if jumps { step.restart(problem.field) }
    }
    return saved.trajectory(occurrences, isHalted: locator.isHalted, step.statistics)
  }

  private func depth<Field>(_ block: Int, _ problem: InitialValueProblem<Field>) -> Double {
    block == blocks ? problem.end : problem.start + (problem.end - problem.start) * Double(block) / Double(blocks)
  }
}

/// One step after the other: the last one's ends with slopes, enough for cubic interpolation and events on it.
private struct HermiteStep {
  private var left: Double
  private(set) var right: Double
  /// At the right end.
  private(set) var state: [Double]
  private var slope: [Double]
  private var leftState: [Double]
  private var leftSlope: [Double]
  /// Slopes at the stages after the first, and one stage's state.
  private var stages: [[Double]]
  private var argument: [Double]
  var statistics = Trajectory.Statistics()

  init<Field: VectorField>(_ problem: InitialValueProblem<Field>) {
    (left, right, state) = (problem.start, problem.start, problem.initialState)
    slope = problem.field(depth: problem.start, state: problem.initialState)
    (leftState, leftSlope, argument) = (state, slope, state)
    stages = [[Double]](repeating: state, count: 3)
    statistics.evaluations = 1
  }

  /// f has jumped at the right end.
  mutating func restart(_ field: some VectorField) {
    field.evaluate(depth: right, state: state, into: &slope)
    statistics.evaluations += 1
  }

  /// - Throws: `IntegrationError` when the step left the finite numbers.
  mutating func advance(
    _ scheme: FixedStepRungeKutta.Scheme, _ field: some VectorField, to depth: Double, lastDepth: Double
  ) throws {
    swap(&leftState, &state)
    swap(&leftSlope, &slope)
    (left, right) = (right, depth)
    let h = right - left
    switch scheme {
    case .heun:
      evaluate(field, min(right, lastDepth), 0, from: leftSlope, h)
      for i in state.indices { state[i] = leftState[i] + h / 2 * (leftSlope[i] + stages[0][i]) }
    case .rk4:
      evaluate(field, left + h / 2, 0, from: leftSlope, h / 2)
      evaluate(field, left + h / 2, 1, from: stages[0], h / 2)
      evaluate(field, min(right, lastDepth), 2, from: stages[1], h)
      for i in state.indices {
        let middle = stages[0][i] + stages[1][i]
        state[i] = leftState[i] + h / 6 * (leftSlope[i] + 2 * middle + stages[2][i])
      }
    }
    // the slope at the end is the next step's first stage
    field.evaluate(depth: min(right, lastDepth), state: state, into: &slope)
    statistics.steps += 1
    statistics.evaluations += 1
    if let bad = state.indices.first(where: { !state[$0].isFinite || !slope[$0].isFinite }) {
      throw IntegrationError(reason: .nonFiniteField(component: bad), depth: left, state: leftState)
    }
  }

  private mutating func evaluate(
    _ field: some VectorField, _ depth: Double, _ stage: Int, from slope: [Double], _ length: Double
  ) {
    for i in argument.indices { argument[i] = leftState[i] + length * slope[i] }
    field.evaluate(depth: depth, state: argument, into: &stages[stage])
    statistics.evaluations += 1
  }

  func interpolate(at depth: Double, into result: UnsafeMutablePointer<Double>) {
    guard depth < right else { return result.update(from: state, count: state.count) }
    let h = right - left
    let s = (depth - left) / h
    let (a, b) = ((1 + 2 * s) * (1 - s) * (1 - s), s * (1 - s) * (1 - s) * h)
    let (c, e) = (s * s * (3 - 2 * s), s * s * (s - 1) * h)
    for i in state.indices { result[i] = a * leftState[i] + b * leftSlope[i] + c * state[i] + e * slope[i] }
  }
}
