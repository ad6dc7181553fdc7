/// N samples of one field as one state, a row each: what a method without batches of its own integrates, one product with the
/// weights per evaluation. One step length for all; a method's error norm is the root mean square over all samples, so that one
/// bad sample may exceed its tolerance by sqrt(N).
public struct BatchField<Field: VectorField>: VectorField {
  public let field: Field
  /// N.
  public let count: Int

  public init(of field: Field, count: Int) {
    precondition(count > 0, "\(count) samples")
    self.field = field
    self.count = count
  }

  public var dimension: Int { count * field.dimension }
  public var discontinuities: [Double] { field.discontinuities }

  public func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    field.evaluate(depth: depth, states: state, count: count, into: result)
  }

  public func applyJacobian(
    depth: Double, state: UnsafePointer<Double>, vector: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    for row in stride(from: 0, to: dimension, by: field.dimension) {
      field.applyJacobian(depth: depth, state: state + row, vector: vector + row, into: result + row)
    }
  }

  public func depthDerivative(
    depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>
  ) {
    for row in stride(from: 0, to: dimension, by: field.dimension) {
      field.depthDerivative(depth: depth, state: state + row, into: result + row)
    }
  }
}
