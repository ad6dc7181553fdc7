import DepthRuns

/// The explicit Euler scheme `h_{k+1} = h_k + Delta f(k Delta, h_k)`: the residual network itself.
///
/// `blocks` equal steps over the whole interval; order 1. States at depths between steps come from linear interpolation, the
/// method's own order. An event is located on the linear interpolant of a step.
public struct Euler: Integrator {
  public let name = "euler"
  /// L, the number of steps.
  public let blocks: Int

  public init(blocks: Int) throws {
    guard blocks > 0 else { throw InputError.value(blocks, of: "blocks", allowed: "positive integers") }
    self.blocks = blocks
  }

  public func integrate<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, saving depths: [Double], until event: TerminalEvent?
  ) throws -> Trajectory {
    try validate(depths, problem)
    let d = problem.field.dimension
    var state = problem.initialState
    var next = state
    var slope = [Double](repeating: 0, count: d)
    var saved = SavedStates(depths: depths, dimension: d)
    var statistics = Trajectory.Statistics()
    saved.keep(upTo: problem.start, from: problem.start, state, to: problem.start, state)
    for step in 0..<blocks {
      let (left, right) = (depth(step, problem), depth(step + 1, problem))
      problem.field.evaluate(depth: left, state: state, into: &slope)
      statistics.evaluations += 1
      if let bad = slope.firstIndex(where: { !$0.isFinite }) {
        throw IntegrationError(reason: .nonFiniteField(component: bad), depth: left, state: state)
      }
      for i in 0..<d { next[i] = state[i] + (right - left) * slope[i] }
      if let bad = next.firstIndex(where: { !$0.isFinite }) {
        throw IntegrationError(reason: .nonFiniteField(component: bad), depth: left, state: state)
      }
      statistics.steps += 1
      if let event, let share = crossing(event, left, state, right, next) {
        let depth = left + share * (right - left)
        let halted = (0..<d).map { state[$0] + share * (next[$0] - state[$0]) }
        saved.keep(upTo: depth, from: left, state, to: right, next)
        return saved.trajectory(.init(name: event.name, depth: depth, state: halted), statistics)
      }
      saved.keep(upTo: right, from: left, state, to: right, next)
      swap(&state, &next)
    }
    return saved.trajectory(nil, statistics)
  }

  /// The depth of block k, the last one exactly the end.
  private func depth<Field>(_ block: Int, _ problem: InitialValueProblem<Field>) -> Double {
    block == blocks ? problem.end : problem.start + (problem.end - problem.start) * Double(block) / Double(blocks)
  }

  /// Where on the step, as a share of it, the event's function crosses zero in its direction; by linear interpolation.
  private func crossing(
    _ event: TerminalEvent, _ left: Double, _ from: [Double], _ right: Double, _ to: [Double]
  ) -> Double? {
    let (before, after) = (event.function(left, from), event.function(right, to))
    let crosses =
      switch event.direction {
      case .falling: before > 0 && after <= 0
      case .rising: before < 0 && after >= 0
      case .either: (before > 0 && after <= 0) || (before < 0 && after >= 0)
      }
    return crosses ? before / (before - after) : nil
  }
}

/// The rows kept so far, filled in by interpolation as steps pass over the depths asked for.
struct SavedStates {
  let depths: [Double]
  let dimension: Int
  private var states: [Double] = []
  private var count = 0

  init(depths: [Double], dimension: Int) {
    self.depths = depths
    self.dimension = dimension
  }

  mutating func keep(upTo limit: Double, from left: Double, _ a: [Double], to right: Double, _ b: [Double]) {
    while count < depths.count, depths[count] <= limit {
      if depths[count] == right {
        states += b
      } else {
        let share = (depths[count] - left) / (right - left)
        states += (0..<dimension).map { a[$0] + share * (b[$0] - a[$0]) }
      }
      count += 1
    }
  }

  /// The same with an interpolant of the caller's.
  mutating func keep(upTo limit: Double, _ interpolate: (Double) -> [Double]) {
    while count < depths.count, depths[count] <= limit {
      states += interpolate(depths[count])
      count += 1
    }
  }

  func trajectory(_ event: Trajectory.Event?, _ statistics: Trajectory.Statistics) -> Trajectory {
    Trajectory(
      dimension: dimension, depths: Array(depths.prefix(count)), states: states, event: event, statistics: statistics)
  }
}
