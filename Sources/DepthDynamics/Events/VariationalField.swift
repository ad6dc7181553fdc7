/// The flow together with its derivative with respect to the initial state: `h' = f`, `S' = J S`, `S(0) = I`.
///
/// State: h (d), then the columns of S one after the other (d x d). O(d) Jacobian products an evaluation.
public struct VariationalField<Field: VectorField>: ExtendedField {
  public let field: Field

  public init(of field: Field) { self.field = field }

  public var dimension: Int { field.dimension * (field.dimension + 1) }
  public var discontinuities: [Double] { field.discontinuities }
  public var carriedParts: [StatePart] {
    [StatePart("tangent vector", length: field.dimension, copies: field.dimension)]
  }

  public func carriedJacobian(
    depth: Double, state: UnsafePointer<Double>, base: UnsafePointer<Double>, into columns: UnsafeMutablePointer<Double>
  ) {
    fillDiagonal(count: field.dimension, with: base, into: columns)
  }

  /// h0 followed by the identity.
  public func initialState(_ state: [Double]) -> [Double] {
    let d = field.dimension
    return state + (0..<(d * d)).map { $0 / d == $0 % d ? 1 : 0 }
  }

  public func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    let d = field.dimension
    field.evaluate(depth: depth, state: state, into: result)
    for column in 1...d {
      field.applyJacobian(depth: depth, state: state, vector: state + column * d, into: result + column * d)
    }
  }
}
