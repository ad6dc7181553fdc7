import DepthRuns

/// The explicit Euler scheme `h_{k+1} = h_k + Delta f(k Delta, h_k)`: the residual network itself.
///
/// `blocks` equal steps over the whole interval; order 1. States at depths between steps come from linear interpolation, the
/// method's own order. Events are located on the linear interpolant of a step.
public struct Euler: Integrator {
  public let name = "euler"
  /// L, the number of steps.
  public let blocks: Int

  public init(blocks: Int) throws {
    guard blocks > 0 else { throw InputError.value(blocks, of: "blocks", allowed: "positive integers") }
    self.blocks = blocks
  }

  public func integrate<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, saving depths: [Double], events: [Event]
  ) throws -> Trajectory {
    try validate(depths, problem)
    let d = problem.field.dimension
    var state = problem.initialState
    var next = state
    var slope = [Double](repeating: 0, count: d)
    var saved = SavedStates(depths: depths, dimension: d)
    var statistics = Trajectory.Statistics()
    var locator = try EventLocator(events, depth: problem.start, state: state)
    var occurrences: [Trajectory.Occurrence] = []
    saved.keep(upTo: problem.start, state: state)
    for step in 0..<blocks {
      let (left, right) = (depth(step, problem), depth(step + 1, problem))
      problem.field.evaluate(depth: left, state: state, into: &slope)
      statistics.evaluations += 1
      for i in 0..<d { next[i] = state[i] + (right - left) * slope[i] }
      if let bad = next.indices.first(where: { !slope[$0].isFinite || !next[$0].isFinite }) {
        throw IntegrationError(reason: .nonFiniteField(component: bad), depth: left, state: state)
      }
      statistics.steps += 1
      func interpolate(_ depth: Double, _ result: UnsafeMutablePointer<Double>) {
        let share = (depth - left) / (right - left)
        for i in 0..<d { result[i] = depth == right ? next[i] : state[i] + share * (next[i] - state[i]) }
      }
      occurrences += try locator.occurrences(from: left, to: right, interpolate: interpolate)
      saved.keep(upTo: locator.isHalted ? occurrences[occurrences.count - 1].depth : right, interpolate)
      if locator.isHalted { break }
      swap(&state, &next)
    }
    return saved.trajectory(occurrences, isHalted: locator.isHalted, statistics)
  }

  /// The depth of block k, the last one exactly the end.
  private func depth<Field>(_ block: Int, _ problem: InitialValueProblem<Field>) -> Double {
    block == blocks ? problem.end : problem.start + (problem.end - problem.start) * Double(block) / Double(blocks)
  }
}
