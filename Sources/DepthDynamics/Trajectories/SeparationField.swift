import DepthNumerics

/// Two trajectories h and h + delta and what logarithmic norms say of their distance: state (h, delta, M_1, M_2, M_inf),
/// `delta' = f(t, h + delta) - f(t, h)`, `M_p' = mu_p(J_mean)`, with `J_mean = int_0^1 J(t, h + s delta) ds`.
///
/// `delta' = J_mean delta` exactly, hence `||delta(t)||_p <= ||delta(0)||_p e^(M_p(t))` for a delta of any size; mu along h
/// alone would bound infinitesimal ones only. J_mean comes from five Gauss nodes, exact for J of degree 9 in s. The
/// difference keeps delta's own relative accuracy until it is rounding of h. O(5 d) Jacobian products an evaluation.
public struct SeparationField<Field: VectorField>: ExtendedField {
  public let field: Field

  public init(of field: Field) { self.field = field }

  public var dimension: Int { 2 * field.dimension + LogarithmicNorm.allCases.count }
  public var discontinuities: [Double] { field.discontinuities }
  public var carriedParts: [StatePart] {
    [StatePart("separation", length: field.dimension)]
      + LogarithmicNorm.allCases.map { StatePart("integral of mu_\($0.rawValue)", length: 1) }
  }

  /// J at the second trajectory; differences for what the separation does to the integrals.
  public func carriedJacobian(
    depth: Double, state: UnsafePointer<Double>, base: UnsafePointer<Double>, into columns: UnsafeMutablePointer<Double>
  ) {
    let d = field.dimension
    carriedDifferences(depth: depth, state: state, into: columns)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: d + d * d) { buffer in
      let (shifted, jacobian) = (buffer.baseAddress!, buffer.baseAddress! + d)
      for i in 0..<d { shifted[i] = state[i] + state[d + i] }
      field.jacobian(depth: depth, state: shifted, into: jacobian)
      fillDiagonal(count: 1, with: jacobian, into: columns)
    }
  }

  public func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    let d = field.dimension
    let delta = state + d
    withUnsafeTemporaryAllocation(of: Double.self, capacity: d + 2 * d * d) { buffer in
      let shifted = buffer.baseAddress!
      let (jacobian, mean) = (shifted + d, shifted + d + d * d)
      field.evaluate(depth: depth, state: state, into: result)
      for i in 0..<d { shifted[i] = state[i] + delta[i] }
      field.evaluate(depth: depth, state: shifted, into: result + d)
      for i in 0..<d { result[d + i] -= result[i] }
      mean.initialize(repeating: 0, count: d * d)
      for node in 0..<5 {
        let (place, weight) = Self.node(node)
        for i in 0..<d { shifted[i] = state[i] + place * delta[i] }
        field.jacobian(depth: depth, state: shifted, into: jacobian)
        for i in 0..<(d * d) { mean[i] += weight * jacobian[i] }
      }
      result[2 * d] = LogarithmicNorm.one.value(mean, count: d)
      result[2 * d + 1] = LogarithmicNorm.two.value(mean, count: d)
      result[2 * d + 2] = LogarithmicNorm.infinity.value(mean, count: d)
    }
  }

  /// Gauss-Legendre on [0, 1]; Abramowitz and Stegun, table 25.4.
  @inline(__always)
  private static func node(_ index: Int) -> (place: Double, weight: Double) {
    switch index {
    case 0: (0.5 - 0.5 * 0.906179845938664, 0.5 * 0.236926885056189)
    case 1: (0.5 - 0.5 * 0.538469310105683, 0.5 * 0.478628670499366)
    case 2: (0.5, 0.5 * 0.568888888888889)
    case 3: (0.5 + 0.5 * 0.538469310105683, 0.5 * 0.478628670499366)
    default: (0.5 + 0.5 * 0.906179845938664, 0.5 * 0.236926885056189)
    }
  }
}
