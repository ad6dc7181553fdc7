import DepthDynamics
import Foundation

/// Where it is best to halt on one trajectory.
struct Halt {
  let depth: Double
  let state: [Double]
  let objective: Double
  let lossAtStart: Double
  let integrations: Int
}

/// The minimum of `g(h_s) + c s` along a trajectory, by events of an integration.
struct HaltingSearch<Field: VectorField, Method: Integrator> {
  let field: Field
  let loss: StateLoss
  let runningCost: Double
  let integrator: Method

  /// The best of the start and of all local minima up to depth (g - inf g)/c.
  func halt(from start: [Double]) throws -> Halt {
    let lossAtStart = loss.value(start)
    let lastDepth = (lossAtStart - loss.infimum) / runningCost
    var best = (depth: 0.0, state: start, objective: lossAtStart)
    var (depth, state, integrations) = (0.0, start, 0)
    while depth < lastDepth {
      let problem = try InitialValueProblem(field: field, initialState: state, start: depth, end: lastDepth)
      let trajectory = try integrator.integrate(problem, saving: [], until: minimum)
      integrations += 1
      guard let event = trajectory.event, event.depth > depth else { break }
      let objective = loss.value(event.state) + runningCost * event.depth
      if objective < best.objective { best = (event.depth, event.state, objective) }
      (depth, state) = (event.depth, event.state)
    }
    return Halt(
      depth: best.depth, state: best.state, objective: best.objective, lossAtStart: lossAtStart,
      integrations: integrations)
  }

  /// The same with stops only at multiples of Delta; the smallest such depth among ties.
  func blockwiseHalt(from start: [Double], blockSize: Double) throws -> Halt {
    let lossAtStart = loss.value(start)
    var best = (depth: 0.0, state: start, objective: lossAtStart)
    for (depth, state) in try blockEnds(from: start, blockSize: blockSize) {
      let objective = loss.value(state) + runningCost * depth
      if objective < best.objective { best = (depth, state, objective) }
    }
    return Halt(
      depth: best.depth, state: best.state, objective: best.objective, lossAtStart: lossAtStart, integrations: 1)
  }

  /// `g(h) - min_{k >= 1} [g(h_{k Delta}) + c k Delta]`: positive where one continues.
  func advantageOfContinuing(from start: [Double], blockSize: Double) throws -> Double {
    let continued = try blockEnds(from: start, blockSize: blockSize).map { loss.value($1) + runningCost * $0 }
    return continued.min().map { loss.value(start) - $0 } ?? -runningCost * blockSize
  }

  /// States at Delta, 2 Delta, ... as far as a stop may pay; at least one.
  private func blockEnds(from start: [Double], blockSize: Double) throws -> [(depth: Double, state: [Double])] {
    let most = (loss.value(start) - loss.infimum) / (runningCost * blockSize)
    guard most < 1e6 else {
      throw StoppingError("up to \(most) blocks may pay from this state; allowed: a million (larger block size)")
    }
    let depths = (1...max(1, Int(most))).map { Double($0) * blockSize }
    let problem = try InitialValueProblem(field: field, initialState: start, end: depths.last!)
    let trajectory = try integrator.integrate(problem, saving: depths, until: nil)
    return trajectory.depths.indices.map { (trajectory.depths[$0], trajectory.state($0)) }
  }

  /// `grad g . f + c` rises through zero at a local minimum of the objective.
  private var minimum: Event {
    let (field, loss, cost) = (self.field, self.loss, runningCost)
    return Event(name: "halting", direction: .rising) { depth, state in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * field.dimension) { buffer in
        let d = field.dimension
        let slope = buffer.baseAddress!
        field.evaluate(depth: depth, state: state, into: slope)
        loss.gradient(state, slope + d)
        return (0..<d).reduce(cost) { $0 + slope[$1] * slope[d + $1] }
      }
    }
  }
}
