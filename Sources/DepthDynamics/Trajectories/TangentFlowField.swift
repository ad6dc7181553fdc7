import DepthNumerics

/// The flow with k tangent vectors and the integral of its divergence: state (h, S, D), `S' = J S`, `D' = tr J - r`.
///
/// S is kept column after column. O(d) Jacobian products and one d x d x k product an evaluation.
struct TangentFlowField<Field: VectorField>: ExtendedField {
  let field: Field
  /// k.
  let count: Int
  /// r, which is taken off tr J: only what differs from it suffers from the rounding of depths.
  var referenceDivergence = 0.0
  /// f is not evaluated beyond this depth: just below a jump at the end of an interval, infinite without one.
  let latestDepth: Double

  var dimension: Int { field.dimension * (count + 1) + 1 }
  var discontinuities: [Double] { field.discontinuities }
  var carriedParts: [StatePart] {
    [
      StatePart("tangent vector", length: field.dimension, copies: count),
      StatePart("integral of the divergence", length: 1),
    ]
  }

  func carriedJacobian(
    depth: Double, state: UnsafePointer<Double>, base: UnsafePointer<Double>, into columns: UnsafeMutablePointer<Double>
  ) {
    fillDiagonal(count: count, with: base, into: columns)
  }

  func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    let d = field.dimension
    let depth = min(depth, latestDepth)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: d * d) { buffer in
      let jacobian = buffer.baseAddress!
      field.evaluate(depth: depth, state: state, into: result)
      field.jacobian(depth: depth, state: state, into: jacobian)
      // columns of S are rows of S^T, and the columns of J rows of J^T: (J S)^T = S^T J^T
      BLAS.multiply(rows: count, columns: d, inner: d, state + d, .normal, jacobian, .normal, into: result + d)
      var trace = -referenceDivergence
      for i in 0..<d { trace += jacobian[i * (d + 1)] }
      result[d * (count + 1)] = trace
    }
  }
}
