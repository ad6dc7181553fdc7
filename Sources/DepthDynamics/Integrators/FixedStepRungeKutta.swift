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
    let jumps = problem.field.discontinuities
    var step = HermiteStep(problem)
    var saved = SavedStates(depths: depths, dimension: problem.field.dimension)
    var locator = try EventLocator(events, depth: problem.start, state: step.state)
    var occurrences: [Trajectory.Occurrence] = []
    saved.keep(upTo: problem.start, state: step.state)
    for block in 0..<blocks where !locator.isHalted {
      try advance(&step, problem, jumps: jumps, to: depth(block + 1, problem))
      occurrences += try locator.occurrences(from: step.left, to: step.right) { step.interpolate(at: $0, into: $1) }
      saved.keep(upTo: locator.isHalted ? occurrences[occurrences.count - 1].depth : step.right) {
        step.interpolate(at: $0, into: $1)
      }
    }
    return saved.trajectory(occurrences, isHalted: locator.isHalted, step.statistics)
  }

  private func depth<Field>(_ block: Int, _ problem: InitialValueProblem<Field>) -> Double {
    block == blocks ? problem.end : problem.start + (problem.end - problem.start) * Double(block) / Double(blocks)
  }

  /// One step; the slope at its end is the next step's first stage.
  private func advance<Field: VectorField>(
    _ step: inout HermiteStep, _ problem: InitialValueProblem<Field>, jumps: [Double], to right: Double
  ) throws {
    let (d, left) = (problem.field.dimension, step.right)
    let h = right - left
    func isJump(_ depth: Double) -> Bool { jumps.contains { abs($0 - depth) < 1e-9 * h } }
    if isJump(left) { step.restart(slope: problem.field(depth: left, state: step.state)) }
    let last = isJump(right) ? right - 4e-12 * max(abs(right), h) : right
    step.begin()
    let k1 = step.leftSlope
    var stage = step.state
    var next = step.state
    func evaluate(_ depth: Double, _ state: [Double]) -> [Double] { problem.field(depth: depth, state: state) }
    func moved(_ k: [Double], _ length: Double) -> [Double] { (0..<d).map { step.state[$0] + length * k[$0] } }
    switch scheme {
    case .heun:
      stage = evaluate(last, moved(k1, h))
      for i in 0..<d { next[i] = step.state[i] + h / 2 * (k1[i] + stage[i]) }
      step.statistics.evaluations += 1
    case .rk4:
      let k2 = evaluate(left + h / 2, moved(k1, h / 2))
      let k3 = evaluate(left + h / 2, moved(k2, h / 2))
      let k4 = evaluate(last, moved(k3, h))
      for i in 0..<d { next[i] = step.state[i] + h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]) }
      step.statistics.evaluations += 3
    }
    try step.finish(next, slope: evaluate(last, next), at: right)
  }
}

/// The last step's ends with slopes: enough for cubic interpolation and events on it.
private struct HermiteStep {
  private(set) var left: Double
  private(set) var right: Double
  /// At the right end.
  private(set) var state: [Double]
  private var slope: [Double]
  private var leftState: [Double]
  private(set) var leftSlope: [Double]
  var statistics = Trajectory.Statistics()

  init<Field: VectorField>(_ problem: InitialValueProblem<Field>) {
    (left, right, state) = (problem.start, problem.start, problem.initialState)
    slope = problem.field(depth: problem.start, state: problem.initialState)
    (leftState, leftSlope) = (state, slope)
    statistics.evaluations = 1
  }

  /// Beyond a discontinuity the slope at the right end is another one.
  mutating func restart(slope: [Double]) {
    self.slope = slope
    statistics.evaluations += 1
  }

  mutating func begin() { (leftState, leftSlope, left) = (state, slope, right) }

  /// - Throws: `IntegrationError` when the step left the finite numbers.
  mutating func finish(_ next: [Double], slope nextSlope: [Double], at depth: Double) throws {
    if let bad = next.indices.first(where: { !next[$0].isFinite || !nextSlope[$0].isFinite }) {
      throw IntegrationError(reason: .nonFiniteField(component: bad), depth: left, state: leftState)
    }
    (state, slope, right) = (next, nextSlope, depth)
    statistics.steps += 1
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
