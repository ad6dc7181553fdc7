public import DepthRuns

extension Trajectory {
  /// What an integration cost.
  ///
  /// Of a batch: summed over its samples, each with the steps and the evaluations that carried it. A step or an evaluation of n
  /// samples side by side, or in one joint state, counts n times; idle lanes count nothing.
  public struct Statistics: Equatable, Sendable {
    public var steps = 0
    public var rejectedSteps = 0
    /// Calls of f.
    public var evaluations = 0
    public var jacobianEvaluations = 0
    public var nonlinearIterations = 0
    /// Accepted steps of an explicit method that its stability held short, not the tolerance.
    public var stiffSteps = 0
    /// The relative tolerance that was in effect where a tighter one was asked for than rounding allows; 0: the one asked for.
    public var effectiveTolerance = 0.0
    public init() {}

    /// Whether stability held most of an explicit method's steps short: an implicit method would take fewer.
    public var isStiff: Bool { stiffSteps >= 20 && 2 * stiffSteps > steps }

    /// Of n samples that went together.
    func times(_ n: Int) -> Statistics {
      var product = self
      product.steps *= n
      product.rejectedSteps *= n
      product.evaluations *= n
      product.jacobianEvaluations *= n
      product.nonlinearIterations *= n
      product.stiffSteps *= n
      return product
    }

    /// What a reader of the states should know, a sentence each.
    public var notes: [String] {
      guard effectiveTolerance > 0 else { return [] }
      return [
        "rounding lets this method have no relative tolerance below \(effectiveTolerance): the one asked for changes nothing"
      ]
    }

    public static func + (a: Statistics, b: Statistics) -> Statistics {
      var sum = a
      sum.steps += b.steps
      sum.rejectedSteps += b.rejectedSteps
      sum.evaluations += b.evaluations
      sum.jacobianEvaluations += b.jacobianEvaluations
      sum.nonlinearIterations += b.nonlinearIterations
      sum.stiffSteps += b.stiffSteps
      sum.effectiveTolerance = max(a.effectiveTolerance, b.effectiveTolerance)
      return sum
    }

    public var json: JSONValue {
      [
        "steps": .integer(steps), "rejected_steps": .integer(rejectedSteps), "evaluations": .integer(evaluations),
        "jacobian_evaluations": .integer(jacobianEvaluations), "nonlinear_iterations": .integer(nonlinearIterations),
        "stiff_steps": .integer(stiffSteps),
        "effective_tolerance": JSONValue(effectiveTolerance > 0 ? effectiveTolerance : nil),
      ]
    }
  }
}
