import DepthNumerics

/// Tables of one resolution: n + 1 nodes in state, p + 1 in the root of the depth to go.
struct SpaceTimeRule: Sendable {
  let states: ChebyshevDifferentiation
  let depths: ChebyshevDifferentiation
  /// From values at the nodes to Chebyshev coefficients.
  let stateCoefficients: [Double]
  let depthCoefficients: [Double]

  var n: Int { states.degree }
  var p: Int { depths.degree }

  init(states n: Int, depths p: Int) {
    states = ChebyshevDifferentiation(degree: n)
    depths = ChebyshevDifferentiation(degree: p)
    stateCoefficients = ChebyshevSeries.coefficientMatrix(degree: n)
    depthCoefficients = ChebyshevSeries.coefficientMatrix(degree: p)
  }

  /// `C = X V S^T` of values V, (n+1) x (p+1) row-major.
  func coefficients(_ values: [Double]) -> [Double] {
    var half = [Double](repeating: 0, count: values.count)
    var result = half
    BLAS.multiply(rows: n + 1, columns: p + 1, inner: n + 1, stateCoefficients, .normal, values, .normal, into: &half)
    BLAS.multiply(
      rows: n + 1, columns: p + 1, inner: p + 1, half, .normal, depthCoefficients, .transposed, into: &result)
    return result
  }

  /// Coefficients of a function of depth.
  func depthCoefficients(_ values: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: p + 1)
    BLAS.multiply(rows: p + 1, columns: p + 1, depthCoefficients, vector: values, into: &result)
    return result
  }
}
