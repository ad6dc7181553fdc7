import DepthNumerics

/// The flow together with the length of its path: state (h, s), `h' = f`, `s' = ||f||_2`, so that the integrator's error
/// control covers the length.
public struct PathLengthField<Field: VectorField>: ExtendedField {
  public let field: Field

  public init(of field: Field) { self.field = field }

  public var dimension: Int { field.dimension + 1 }
  public var discontinuities: [Double] { field.discontinuities }
  public var carriedParts: [StatePart] { [StatePart("path length", length: 1)] }

  public func carriedJacobian(
    depth: Double, state: UnsafePointer<Double>, base: UnsafePointer<Double>, into columns: UnsafeMutablePointer<Double>
  ) {
    // s' does not depend on s
  }

  public func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    field.evaluate(depth: depth, state: state, into: result)
    result[field.dimension] = BLAS.norm(field.dimension, result)
  }
}
