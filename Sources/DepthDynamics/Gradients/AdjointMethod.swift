/// How the gradient of a loss of the final state is computed; applies to any differentiable field.
public protocol AdjointMethod: Sendable {
  /// Kebab-case, as the command names it: "discrete".
  var name: String { get }

  /// `dL/dp` and `dL/dh_0` of `L = mean_b l(h_b(T))`.
  ///
  /// - Throws: `IntegrationError` with the last good state.
  func gradient<Field: DifferentiableField>(
    of loss: TerminalLoss, _ batch: InitialValueBatch<Field>
  ) throws -> LossGradient
}

/// A loss with its gradient, and how well it is known.
public struct LossGradient: Equatable, Sendable {
  public let loss: Double
  /// `dL/dp`, in the order of the field's parameters.
  public let parameters: [Double]
  /// `dL/dh_0`, a row a sample.
  public let initialStates: [Double]
  public let statistics: Trajectory.Statistics

  public init(loss: Double, parameters: [Double], initialStates: [Double], statistics: Trajectory.Statistics) {
    self.loss = loss
    self.parameters = parameters
    self.initialStates = initialStates
    self.statistics = statistics
  }

  /// `||g - other||_2 / ||other||_2` over parameters and initial states together: the measure of a gradient's error.
  public func relativeDistance(to other: LossGradient) -> Double {
    let (a, b) = (parameters + initialStates, other.parameters + other.initialStates)
    let (difference, size) = zip(a, b).reduce((0.0, 0.0)) { sums, pair in
      (sums.0 + (pair.0 - pair.1) * (pair.0 - pair.1), sums.1 + pair.1 * pair.1)
    }
    return size > 0 ? (difference / size).squareRoot() : difference.squareRoot()
  }
}
