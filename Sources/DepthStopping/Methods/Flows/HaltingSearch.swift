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
  ///
  /// Where a bound of g is known the trajectory is followed in legs that double, no farther than the best value so far leaves
  /// room for: O(log) legs from afar.
  func halt(from state: [Double], at start: Double = 0) throws -> Halt {
    var problem = objective
    problem.start = start
    let lossAtStart = problem.loss(depth: start, at: state)
    guard lossAtStart.isFinite else { throw StoppingError("the loss at \(state) is \(lossAtStart)") }
    var (length, isProven) = try reach(lossAtStart, start)
    var run = Run(state: state + [lossAtStart], lowest: lossAtStart)
    if isProven {
      var leg = firstLeg(problem, state, lossAtStart, length)
      while run.done < length {
        try follow(problem, &run, to: min(length, run.done + leg))
        leg = run.done
        length = min(length, room(problem, min(lossAtStart, run.later?.objective ?? .infinity)))
      }
    } else {
      // without a bound of g: far enough once even the least loss seen could not pay for as far again
      func needed() -> Double {
        let least = min(lossAtStart, run.later?.objective ?? .infinity)
        let far = 2 * max(abs(least), least - run.lowest) / problem.leastCost
        return max(min(length, 1000), far)
      }
      let most = max(length, Self.longest)
      var leg = min(length, 20)
      while run.done < needed() {
        guard run.done < most else {
          throw StoppingError(
            "the loss along the flow from \(state) falls as fast as depth costs up to depth \(run.done): V may be minus infinity"
          )
        }
        try follow(problem, &run, to: min(max(needed(), run.done + 0.1 * leg), run.done + leg, most))
        leg = run.done
      }
    }
    let halts = run.later.map { $0.objective < lossAtStart } ?? false
    return Halt(
      depth: halts ? run.later!.depth - start : 0, state: halts ? run.later!.state : state,
      objective: halts ? run.later!.objective : lossAtStart, lossAtStart: lossAtStart,
      later: run.later?.objective ?? .infinity, searched: run.done, isProven: isProven)
  }

  /// How far a trajectory has been followed: the state there with J, and the best halt on the way.
  private struct Run {
    var state: [Double]
    var lowest: Double
    var done = 0.0
    var later: Candidate?
  }

  /// The depth beyond which no halt can be better than one of that value.
  private func room(_ problem: FlowObjective<Field>, _ best: Double) -> Double {
    guard problem.discount == 0, let infimum = problem.infimum, problem.leastCost > 0 else { return .infinity }
    return max(0, (best - infimum) / problem.leastCost)
  }

  /// A few times the depth in which the loss would fall to its bound at the rate of the start.
  private func firstLeg(
    _ problem: FlowObjective<Field>, _ state: [Double], _ loss: Double, _ length: Double
  ) -> Double {
    guard let infimum = problem.infimum, problem.discount == 0 else { return length }
    let rate = abs(problem.lookAhead(depth: problem.start, at: state)) + problem.leastCost
    let leg = 4 * (loss - infimum) / rate
    return leg > 1e-9 * length ? leg : length
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

  /// Follows the trajectory on to the depth `length` beyond its start.
  private func follow(_ problem: FlowObjective<Field>, _ run: inout Run, to length: Double) throws {
    let (start, d) = (problem.start, problem.stateDimension)
    let (from, end) = (start + run.done, start + length)
    guard end > from else {
      run.done = length
      return
    }
    let initial = try InitialValueProblem(field: problem, initialState: run.state, start: from, end: end)
    let minimum = Event(name: "halting", direction: .rising, isTerminal: false) { problem.lookAhead($0, $1) }
    let samples =
      problem.infimum == nil ? (1..<32).map { from + (end - from) * Double($0) / 32 } + [end] : [end]
    let trajectory = try integrator.integrate(initial, saving: samples, events: [minimum])
    var later = run.later
    func consider(_ depth: Double, _ full: [Double]) {
      let objective = problem.objective(depth: depth, state: full)
      if objective < later?.objective ?? .infinity { later = (depth, Array(full[..<d]), objective) }
    }
    for occurrence in trajectory.occurrences where occurrence.depth > start {
      consider(occurrence.depth, occurrence.state)
      run.lowest = min(run.lowest, problem.loss(depth: occurrence.depth, at: occurrence.state))
    }
    for i in trajectory.depths.indices {
      run.lowest = min(run.lowest, problem.loss(depth: trajectory.depths[i], at: trajectory.state(i)))
    }
    run.state = trajectory.finalState
    run.done = length
    // an end of a leg is a halt like any other: it shows how far to go
    if problem.horizon != nil || problem.discount > 0 || problem.infimum != nil { consider(end, run.state) }
    run.later = later
  }

  // MARK: block-wise

  /// The same with stops only at multiples of Delta; the smallest such depth among ties.
  func blockwiseHalt(from state: [Double], at start: Double = 0, blockSize: Double) throws -> Halt {
    var problem = objective
    problem.start = start
    let lossAtStart = problem.loss(depth: start, at: state)
    guard lossAtStart.isFinite else { throw StoppingError("the loss at \(state) is \(lossAtStart)") }
    let (length, isProven) = try reach(lossAtStart, start)
    var (full, done, later) = (state + [lossAtStart], 0, Candidate?.none)
    var lowest = lossAtStart
    /// As for continuous stopping, from what has been seen.
    func needed() -> Double {
      let least = min(lossAtStart, later?.objective ?? .infinity)
      if isProven { return min(length, room(problem, least)) }
      return max(min(length, 1000), 2 * max(abs(least), least - lowest) / problem.leastCost)
    }
    var most = blocks(isProven ? length : min(length, 1000), blockSize)
    let scale = isProven ? firstLeg(problem, state, lossAtStart, length) : min(length, 20)
    var leg = max(1, min(most, Int(min(1e6, (scale / blockSize).rounded(.up)))))
    while done < most {
      let next = min(most, done + leg)
      guard next < 1_000_000 else {
        throw StoppingError("more than a million blocks may pay from \(state); allowed: fewer (larger block size)")
      }
      let depths = (done + 1...next).map { start + Double($0) * blockSize }
      let initial = try InitialValueProblem(
        field: problem, initialState: full, start: start + Double(done) * blockSize, end: depths[depths.count - 1])
      let trajectory = try integrator.integrate(initial, saving: depths, until: nil)
      for i in trajectory.depths.indices {
        let here = trajectory.state(i)
        let objective = problem.objective(depth: trajectory.depths[i], state: here)
        lowest = min(lowest, problem.loss(depth: trajectory.depths[i], at: here))
        if objective < later?.objective ?? .infinity {
          later = (trajectory.depths[i], Array(here[..<problem.stateDimension]), objective)
        }
      }
      (full, done, leg) = (trajectory.finalState, next, next)
      most = isProven ? min(most, blocks(needed(), blockSize)) : max(done, blocks(needed(), blockSize))
    }
    let halts = later.map { $0.objective < lossAtStart } ?? false
    return Halt(
      depth: halts ? later!.depth - start : 0, state: halts ? later!.state : state,
      objective: halts ? later!.objective : lossAtStart, lossAtStart: lossAtStart,
      later: later?.objective ?? .infinity, searched: Double(done) * blockSize, isProven: isProven)
  }

  /// Whole blocks in a depth; at least one without a horizon, so that going on is always weighed.
  private func blocks(_ length: Double, _ blockSize: Double) -> Int {
    let most = length / blockSize
    if objective.horizon == nil { return max(1, Int(min(most, 1e15))) }
    return Int(min(most * (1 + 1e-12), 1e15).rounded(.down))
  }

  /// `g(h) - min_{k >= 1} J(k Delta)`: positive where one continues.
  func advantageOfContinuing(from state: [Double], blockSize: Double) throws -> Double {
    let halt = try blockwiseHalt(from: state, blockSize: blockSize)
    return halt.lossAtStart - halt.later
  }
}
