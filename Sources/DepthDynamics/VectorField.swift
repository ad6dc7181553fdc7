/// The right-hand side f of `dh/dt = f(t, h)`: a residual network's block in continuous depth.
///
/// Evaluation writes into a caller's buffer and allocates nothing on the heap, so that one field serves the fixed-step
/// network, SUNDIALS and backpropagation alike. Buffers hold `dimension` doubles and do not overlap.
public protocol VectorField: Sendable {
  var dimension: Int { get }

  /// Depths at which f jumps, ascending (the block ends of a network): integrators restart there.
  var discontinuities: [Double] { get }

  /// `f(t, h)`.
  func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>)

  /// `J(t, h) v` with `J = df/dh`.
  func applyJacobian(
    depth: Double, state: UnsafePointer<Double>, vector: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>)

  /// `df/dt (t, h)`; zero for a field that does not depend on depth.
  func depthDerivative(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>)
}

extension VectorField {
  public var discontinuities: [Double] { [] }

  public func depthDerivative(
    depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>
  ) {
    result.update(repeating: 0, count: dimension)
  }

  /// `f(t, h)` as an array: a convenience for tests and figures, not for loops.
  public func callAsFunction(depth: Double, state: [Double]) -> [Double] {
    precondition(state.count == dimension, "state has \(state.count) entries, the field \(dimension)")
    return [Double](unsafeUninitializedCapacity: dimension) { buffer, count in
      evaluate(depth: depth, state: state, into: buffer.baseAddress!)
      count = dimension
    }
  }
}
