import DepthNumerics

/// The one-sided-Lipschitz bound of the residual network's error: state (h, B), `B' = mu_2(J) B + (T/2) ||J f + f_t||`,
/// `B(0) = 0`.
///
/// `||e(t)|| <= B(t)`, e of `EulerErrorField`: what can be said of `L ||h_L - h(T)||` for large L from norms alone. Far below
/// the classical bound, which has `||J||` in place of mu_2 and grows even for a decaying flow.
/// Source: Hairer, Norsett and Wanner, "Solving Ordinary Differential Equations I", I.10, theorem 10.6.
public struct EulerErrorBoundField<Field: VectorField>: ExtendedField {
  public let field: Field
  /// T, the depth over which the blocks are spread.
  public let horizon: Double
  /// The unit that B is counted in, as in `EulerErrorField`.
  public let unit: Double

  public init(of field: Field, horizon: Double, unit: Double = 1) {
    precondition(unit > 0 && unit.isFinite, "a unit of \(unit)")
    self.field = field
    self.horizon = horizon
    self.unit = unit
  }

  public var dimension: Int { field.dimension + 1 }
  public var discontinuities: [Double] { field.discontinuities }
  public var carriedParts: [StatePart] { [StatePart("error bound", length: 1)] }

  public func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    let d = field.dimension
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * d + d * d) { buffer in
      let change = buffer.baseAddress!
      let (explicit, jacobian) = (change + d, change + 2 * d)
      field.evaluate(depth: depth, state: state, into: result)
      field.applyJacobian(depth: depth, state: state, vector: result, into: change)
      field.depthDerivative(depth: depth, state: state, into: explicit)
      for i in 0..<d { change[i] += explicit[i] }
      field.jacobian(depth: depth, state: state, into: jacobian)
      result[d] = LogarithmicNorm.two.value(jacobian, count: d) * state[d] + 0.5 * horizon / unit * BLAS.norm(d, change)
    }
  }
}
