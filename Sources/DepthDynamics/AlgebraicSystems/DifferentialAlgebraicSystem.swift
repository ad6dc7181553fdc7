/// `F(t, y, y') = 0` of index 1: differential equations and constraints together.
///
/// Index 1 means that `F` together with the derivative of its constraints determines y'. F must be affine in y'.
public protocol DifferentialAlgebraicSystem: Sendable {
  var dimension: Int { get }
  /// Whether equation i holds no y'.
  func isConstraint(_ equation: Int) -> Bool
  /// Writes F; numbers that are not finite make the integrator shorten its step.
  func residual(
    depth: Double, state: UnsafePointer<Double>, slope: UnsafePointer<Double>,
    into residual: UnsafeMutablePointer<Double>)
}
