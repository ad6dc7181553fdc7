/// How far a computed gradient is from the flow's own: an estimate by a second gradient, as `GlobalError` is of states.
///
/// The distance to a gradient of other tolerances or twice the blocks becomes a bound of the first one's error as in
/// `ErrorComparison`; for fixed steps of order p it is `2^p / (2^p - 1)` times the distance (Richardson).
public struct GradientError: Equatable, Sendable {
  /// 2-norm over parameters and initial states together, relative to the gradient's.
  public let relative: Double
  /// Of the loss.
  public let loss: Double

  /// - Throws: as the second gradient.
  public init<Field: DifferentiableField>(
    of gradient: LossGradient, _ loss: TerminalLoss, _ batch: InitialValueBatch<Field>, by choice: GradientChoice
  ) throws {
    try self.init(of: gradient, against: choice.refined().gradient(of: loss, batch).0, by: choice)
  }

  /// - Parameter reference: the gradient by `choice.refined()`.
  /// - Throws: never for a choice that a gradient was computed by.
  public init(of gradient: LossGradient, against reference: LossGradient, by choice: GradientChoice) throws {
    let comparison = try choice.comparison()
    relative = comparison.bound(distance: gradient.relativeDistance(to: reference), size: 1)
    loss = comparison.bound(distance: abs(gradient.loss - reference.loss), size: abs(gradient.loss))
  }
}
