/// A stopping loss g(h) >= infimum of a state in R^d, with its gradient.
public struct StateLoss: Sendable {
  public let value: @Sendable (UnsafePointer<Double>) -> Double
  public let gradient: @Sendable (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
  /// A lower bound of g: it bounds every optimal depth by (g - infimum) / c. Minus infinity where none is known.
  public let infimum: Double
  /// The loss along the flow of its own problem, where that is known in closed form; nil where not.
  public let alongFlow: FlowEnclosure?

  public init(
    infimum: Double, alongFlow: FlowEnclosure? = nil, value: @escaping @Sendable (UnsafePointer<Double>) -> Double,
    gradient: @escaping @Sendable (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
  ) {
    self.infimum = infimum
    self.alongFlow = alongFlow
    self.value = value
    self.gradient = gradient
  }
}
