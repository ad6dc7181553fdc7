/// The flow with the leading errors of its residual and of its imbedded network of L blocks over depth T: state (h, e, b, M),
/// `h' = f`, `e' = J e - (T/2) (J f + f_t)`, `b' = J b + sum_ij M_ij d^2 f / dh_i dh_j`, `M' = J M + M J^T + f f^T`.
///
/// `ResNet - flow = e / L`, `imbedded - ResNet = -(T/2) b / L`, `imbedded - flow = (e - (T/2) b) / L`, each + O(1/L^2): a
/// factor `I + H D` falls short of its residual block by `(H^2/2) Hess phi [f, f]`, and b collects these second variations
/// along the trajectory. For an autonomous field and one segment the last is `-(T^2/(2L)) (J f)(phi_T(x))`, since
/// `(I + H D)^L = exp(T D) (I - T^2 D^2/(2L) + ...)`. Where a segment starts, M starts from zero.
public struct ImbeddingErrorField<Field: TaylorField>: ExtendedField {
  public let field: Field
  /// T.
  public let horizon: Double
  private let algebra = GradedAlgebra.nilpotent(2)

  public init(of field: Field, horizon: Double) {
    self.field = field
    self.horizon = horizon
  }

  public var dimension: Int { field.dimension * (field.dimension + 3) }
  public var discontinuities: [Double] { field.discontinuities }
  public var carriedParts: [StatePart] {
    let d = field.dimension
    return [
      StatePart("Euler scheme's error", length: d), StatePart("second variation", length: d),
      StatePart("second moment", length: d, copies: d),
    ]
  }

  public func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    let d = field.dimension
    let (e, b, m) = (state + d, state + 2 * d, state + 3 * d)
    let (e1, b1, m1) = (result + d, result + 2 * d, result + 3 * d)
    field.evaluate(depth: depth, state: state, into: result)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * d) { buffer in
      let (product, rate) = (buffer.baseAddress!, buffer.baseAddress! + d)
      field.applyJacobian(depth: depth, state: state, vector: result, into: product)
      field.depthDerivative(depth: depth, state: state, into: rate)
      field.applyJacobian(depth: depth, state: state, vector: e, into: e1)
      for i in 0..<d { e1[i] -= 0.5 * horizon * (product[i] + rate[i]) }
    }
    field.applyJacobian(depth: depth, state: state, vector: b, into: b1)
    addCurvature(depth: depth, state: state, matrix: m, to: b1)
    // M is symmetric: (J M)^T = M J^T
    for j in 0..<d { field.applyJacobian(depth: depth, state: state, vector: m + j * d, into: m1 + j * d) }
    for i in 0..<d {
      for j in 0...i {
        let sum = m1[i * d + j] + m1[j * d + i] + result[i] * result[j]
        m1[i * d + j] = sum
        m1[j * d + i] = sum
      }
    }
  }

  /// Adds `sum_j (d^2 f)[e_j, M_j]`, exactly: the coefficient of eps_1 eps_2 in `f(h + eps_1 e_j + eps_2 M_j)`.
  private func addCurvature(
    depth: Double, state: UnsafePointer<Double>, matrix: UnsafePointer<Double>, to sum: UnsafeMutablePointer<Double>
  ) {
    let d = field.dimension
    let time = GradedSeries(depth, in: algebra)
    for j in 0..<d {
      let shifted = (0..<d).map { i in
        GradedSeries(coefficients: [state[i], i == j ? 1 : 0, matrix[j * d + i], 0], in: algebra)
      }
      let values = field.evaluate(depth: time, state: shifted)
      for i in 0..<d { sum[i] += values[i].coefficients[3] }
    }
  }
}
