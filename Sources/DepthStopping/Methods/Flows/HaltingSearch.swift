import DepthDynamics
import DepthRuns
import Foundation

/// Where it is best to halt on one trajectory.
struct Halt {
  /// Depth gone through before halting.
  let depth: Double
  let state: [Double]
  let objective: Double
  let lossAtStart: Double
  /// The best objective of halting later than at once; infinite where no later halt can be one.
  let later: Double
  /// How far the trajectory was followed, and whether a bound of g proves that to be far enough.
  let searched: Double
  let isProven: Bool
}

/// The minimum of the objective along a trajectory: every local minimum is a rising root of the look-ahead, found as an event
/// of one integration.
struct HaltingSearch<Field: VectorField, Method: Integrator> {
  let objective: FlowObjective<Field>
  let integrator: Method

  /// The best of the start, of all local minima and of the horizon; the earliest among equals.
  func halt(from state: [Double], at start: Double = 0) throws -> Halt {
    var problem = objective
    problem.start = start
    let lossAtStart = problem.loss(depth: start, at: state)
    guard lossAtStart.isFinite else { throw StoppingError("the loss at \(state) is \(lossAtStart)") }
    var (length, isProven) = try reach(lossAtStart, start)
    while true {
      let found = try follow(problem, state, length)
      // without a bound of g: far enough once even the least loss seen could not pay for as far again
      if !isProven, found.lowest < lossAtStart, problem.leastCost > 0 {
        let needed = 2 * (lossAtStart - found.lowest) / problem.leastCost
        if needed > length, length < Self.longest {
          length = min(2 * needed, Self.longest)
          continue
        }
        if length >= Self.longest {
          throw StoppingError(
            "the loss along the flow from \(state) falls as fast as depth costs up to depth \(length): V may be minus infinity"
          )
        }
      }
      let halts = found.later.map { $0.objective < lossAtStart } ?? false
      return Halt(
        depth: halts ? found.later!.depth - start : 0, state: halts ? found.later!.state : state,
        objective: halts ? found.later!.objective : lossAtStart, lossAtStart: lossAtStart,
        later: found.later?.objective ?? .infinity, searched: length, isProven: isProven)
    }
  }

  private static var longest: Double { 1e5 }

  /// How far a halt can pay: to the horizon; to (g - inf g)/c; under a discount until nothing is left of it.
  private func reach(_ loss: Double, _ start: Double) throws -> (length: Double, isProven: Bool) {
    var length = objective.horizon.map { $0 - start } ?? .infinity
    if objective.discount > 0 { length = min(length, 40 / objective.discount) }
    if objective.discount == 0, let infimum = objective.infimum, objective.leastCost > 0 {
      length = min(length, (loss - infimum) / objective.leastCost)
    }
    if length.isFinite { return (length, true) }
    guard objective.leastCost > 0 else {
      throw StoppingError("neither cost, discount nor horizon limit the depth: V may not be attained")
    }
    return (max(1, 2 * abs(loss) / objective.leastCost), false)
  }

  private typealias Candidate = (depth: Double, state: [Double], objective: Double)

  private func follow(
    _ problem: FlowObjective<Field>, _ state: [Double], _ length: Double
  ) throws -> (later: Candidate?, lowest: Double) {
    let (start, d) = (problem.start, problem.stateDimension)
    guard length > 0 else { return (nil, problem.loss(depth: start, at: state)) }
    let end = start + length
    let first = problem.loss(depth: start, at: state)
    let initial = try InitialValueProblem(field: problem, initialState: state + [first], start: start, end: end)
    let minimum = Event(name: "halting", direction: .rising, isTerminal: false) { problem.lookAhead($0, $1) }
    let samples = problem.infimum == nil ? (1...32).map { start + length * Double($0) / 32 } : [end]
    let trajectory = try integrator.integrate(initial, saving: samples, events: [minimum])
    var (best, lowest) = (Candidate?.none, first)
    func consider(_ depth: Double, _ full: [Double]) {
      let objective = problem.objective(depth: depth, state: full)
      if objective < best?.objective ?? .infinity { best = (depth, Array(full[..<d]), objective) }
    }
    for occurrence in trajectory.occurrences where occurrence.depth > start {
      consider(occurrence.depth, occurrence.state)
      lowest = min(lowest, problem.loss(depth: occurrence.depth, at: occurrence.state))
    }
    for i in trajectory.depths.indices {
      lowest = min(lowest, problem.loss(depth: trajectory.depths[i], at: trajectory.state(i)))
    }
    if problem.horizon != nil || problem.discount > 0 { consider(end, trajectory.finalState) }
    return (best, lowest)
  }

  // MARK: block-wise

  /// The same with stops only at multiples of Delta; the smallest such depth among ties.
  func blockwiseHalt(from state: [Double], at start: Double = 0, blockSize: Double) throws -> Halt {
    var problem = objective
    problem.start = start
    let lossAtStart = problem.loss(depth: start, at: state)
    var best = (depth: 0.0, state: state, objective: lossAtStart)
    var later = Double.infinity
    let (ends, isProven) = try blockEnds(problem, state, lossAtStart, blockSize)
    for (depth, full) in ends {
      let objective = problem.objective(depth: depth, state: full)
      later = min(later, objective)
      if objective < best.objective {
        best = (depth - start, Array(full[..<problem.stateDimension]), objective)
      }
    }
    return Halt(
      depth: best.depth, state: best.state, objective: best.objective, lossAtStart: lossAtStart, later: later,
      searched: (ends.last?.depth ?? start) - start, isProven: isProven)
  }

  /// `g(h) - min_{k >= 1} J(k Delta)`: positive where one continues.
  func advantageOfContinuing(from state: [Double], blockSize: Double) throws -> Double {
    let halt = try blockwiseHalt(from: state, blockSize: blockSize)
    return halt.lossAtStart - halt.later
  }

  /// States at Delta, 2 Delta, ... as far as a stop may pay; at least one.
  private func blockEnds(
    _ problem: FlowObjective<Field>, _ state: [Double], _ loss: Double, _ blockSize: Double
  ) throws -> (ends: [(depth: Double, state: [Double])], isProven: Bool) {
    let (length, isProven) = try reach(loss, problem.start)
    let most = length / blockSize
    guard most < 1e6 else {
      throw StoppingError("up to \(most) blocks may pay from this state; allowed: a million (larger block size)")
    }
    let count = problem.horizon == nil ? max(1, Int(most)) : Int((most * (1 + 1e-12)).rounded(.down))
    guard count > 0 else { return ([], isProven) }
    let depths = (1...count).map { problem.start + Double($0) * blockSize }
    let initial = try InitialValueProblem(
      field: problem, initialState: state + [loss], start: problem.start, end: depths[count - 1])
    let trajectory = try integrator.integrate(initial, saving: depths, until: nil)
    return (trajectory.depths.indices.map { (trajectory.depths[$0], trajectory.state($0)) }, isProven)
  }
}
