/// A stopping loss g(h) >= infimum of a state in R^d, with its gradient.
public struct StateLoss: Sendable {
  public let value: @Sendable (UnsafePointer<Double>) -> Double
  public let gradient: @Sendable (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
  /// A lower bound of g: it bounds every optimal depth by (g - infimum) / c.
  public let infimum: Double

  public init(
    infimum: Double, value: @escaping @Sendable (UnsafePointer<Double>) -> Double,
    gradient: @escaping @Sendable (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
  ) {
    self.infimum = infimum
    self.value = value
    self.gradient = gradient
  }
}
