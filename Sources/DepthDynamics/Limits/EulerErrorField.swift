import DepthNumerics

/// The flow together with the leading error of its Euler scheme: state (h, e) with
/// `h' = f`, `e' = J e - (T/2) (J f + f_t)`, `e(0) = 0`.
///
/// Then `h_L - h(T) = e(T) / L + O(1/L^2)` for the residual network of L blocks over depth T: "how many layers for
/// accuracy eps" is predicted, not only its slope. Needs f once continuously differentiable between discontinuities.
/// Source: Hairer, Norsett and Wanner, "Solving Ordinary Differential Equations I", II.8.
public struct EulerErrorField<Field: VectorField>: ExtendedField {
  public let field: Field
  /// T, the depth over which the blocks are spread.
  public let horizon: Double
  /// The unit that e is counted in: its components are `e / unit`, for an integrator's tolerances to suit them.
  public let unit: Double

  public init(of field: Field, horizon: Double, unit: Double = 1) {
    precondition(unit > 0 && unit.isFinite, "a unit of \(unit)")
    self.field = field
    self.horizon = horizon
    self.unit = unit
  }

  /// `(T/2) ||J f + f_t||`, the rate at which e starts, or 1 where that is less.
  public static func unit(of problem: InitialValueProblem<Field>) -> Double {
    var start = [Double](repeating: 0, count: 2 * problem.field.dimension)
    let field = EulerErrorField(of: problem.field, horizon: problem.end - problem.start)
    let state = problem.initialState + [Double](repeating: 0, count: problem.field.dimension)
    field.evaluate(depth: problem.start, state: state, into: &start)
    let rate = BLAS.norm(problem.field.dimension, Array(start.suffix(problem.field.dimension)))
    return rate.isFinite ? max(1, rate) : 1
  }

  public var dimension: Int { 2 * field.dimension }
  public var discontinuities: [Double] { field.discontinuities }
  public var carriedParts: [StatePart] { [StatePart("Euler scheme's error", length: field.dimension)] }

  public func carriedJacobian(
    depth: Double, state: UnsafePointer<Double>, base: UnsafePointer<Double>, into columns: UnsafeMutablePointer<Double>
  ) {
    fillDiagonal(count: 1, with: base, into: columns)
  }

  public func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    let d = field.dimension
    let error = result + d
    withUnsafeTemporaryAllocation(of: Double.self, capacity: d) { scratch in
      let temporary = scratch.baseAddress!
      field.evaluate(depth: depth, state: state, into: result)
      field.applyJacobian(depth: depth, state: state, vector: result, into: temporary)
      field.depthDerivative(depth: depth, state: state, into: error)
      for i in 0..<d { temporary[i] = -0.5 * horizon / unit * (temporary[i] + error[i]) }
      field.applyJacobian(depth: depth, state: state, vector: state + d, into: error)
      for i in 0..<d { error[i] += temporary[i] }
    }
  }
}
