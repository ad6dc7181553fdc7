public import DepthRuns

/// States along depth, as an integrator leaves them.
public struct Trajectory: Equatable, Sendable {
  public let dimension: Int
  /// The depths asked for, up to the terminal event if there was one.
  public let depths: [Double]
  /// A row of `dimension` entries per depth.
  public let states: [Double]
  /// Where the terminal event stopped the flow; nil when it did not occur.
  public let event: Event?
  public let statistics: Statistics

  public struct Event: Equatable, Sendable {
    public let name: String
    public let depth: Double
    public let state: [Double]
  }

  public struct Statistics: Equatable, Sendable {
    public var steps = 0
    public var rejectedSteps = 0
    /// Calls of f.
    public var evaluations = 0
    public var jacobianEvaluations = 0
    public var nonlinearIterations = 0
    /// How often an explicit method found its steps held by stability, not by accuracy.
    public var stiffSteps = 0
    public init() {}

    static func + (a: Statistics, b: Statistics) -> Statistics {
      var sum = a
      sum.steps += b.steps
      sum.rejectedSteps += b.rejectedSteps
      sum.evaluations += b.evaluations
      sum.jacobianEvaluations += b.jacobianEvaluations
      sum.nonlinearIterations += b.nonlinearIterations
      sum.stiffSteps += b.stiffSteps
      return sum
    }

    public var json: JSONValue {
      [
        "steps": .integer(steps), "rejected_steps": .integer(rejectedSteps), "evaluations": .integer(evaluations),
        "jacobian_evaluations": .integer(jacobianEvaluations), "nonlinear_iterations": .integer(nonlinearIterations),
        "stiff_steps": .integer(stiffSteps),
      ]
    }
  }

  /// The state at the i-th saved depth.
  public func state(_ index: Int) -> [Double] {
    Array(states[(index * dimension)..<((index + 1) * dimension)])
  }

  /// The state at the event, or else at the last saved depth.
  public var finalState: [Double] { event?.state ?? state(depths.count - 1) }

  /// Columns `depth`, `state_0`, `state_1`, ...
  public func table(name: String = "trajectory") -> Table {
    var table = Table(name: name)
    table.add("depth", depths)
    for component in 0..<dimension {
      table.add("state_\(component)", depths.indices.map { states[$0 * dimension + component] })
    }
    return table
  }
}
