import DepthNumerics
import Foundation

/// Bounds of mu_2 for Jacobians `J = B D A`, D diagonal with `lower_i <= D_i <= upper_i`: one hidden layer of a saturating
/// activation, whatever the state.
///
/// `sym(J) = sum_i D_i S_i` with `S_i = sym(b_i a_i^T)` of rank two, b_i the columns of B, a_i the rows of A. Two bounds:
/// - semidefinite majorant: `S_i = S_i^+ - S_i^-`, both positive semidefinite, hence
///   `mu_2(J) <= lambda_max(sum_i (upper_i S_i^+ - lower_i S_i^-))`. For `B = -A^T` all S_i^+ vanish and it is at most 0.
/// - vertices: lambda_max is convex in D, so its maximum over the box of D lies at a vertex; exact over the box, O(2^m).
struct SaturatingJacobianBound {
  /// B, d x m, and A, m x d, row-major.
  let output: [Double]
  let input: [Double]
  let dimension: Int
  let width: Int
  /// Up to this width all vertices are tried.
  static let largestEnumeratedWidth = 10

  /// - Throws: `LinearAlgebraError` when an entry is not finite.
  func bound(slopes: [ClosedRange<Double>]) throws -> LogarithmicNormBound {
    precondition(slopes.count == width, "\(slopes.count) slopes for \(width) hidden units")
    let majorant = try majorant(slopes)
    guard width <= Self.largestEnumeratedWidth else {
      return LogarithmicNormBound(
        value: majorant,
        argument: "J = W2 D W1, D the slopes met in the region: semidefinite majorant of the symmetric part")
    }
    let vertices =
      try (0..<(1 << width)).map { vertex in
        try largest { i in
          (positive: vertex >> i & 1 == 1 ? slopes[i].upperBound : slopes[i].lowerBound, negative: nil)
        }
      }.max() ?? majorant
    return LogarithmicNormBound(
      value: min(majorant, vertices),
      argument: "J = W2 D W1, D the slopes met in the region: mu_2 is convex in D, largest over \(1 << width) vertices")
  }

  private func majorant(_ slopes: [ClosedRange<Double>]) throws -> Double {
    try largest { (positive: slopes[$0].upperBound, negative: slopes[$0].lowerBound) }
  }

  /// `lambda_max(sum_i (positive_i S_i^+ - negative_i S_i^-))`; negative nil means the same factor.
  private func largest(_ factor: (Int) -> (positive: Double, negative: Double?)) throws -> Double {
    let d = dimension
    var sum = [Double](repeating: 0, count: d * d)
    for i in 0..<width {
      let b = (0..<d).map { output[$0 * width + i] }
      let a = Array(input[(i * d)..<((i + 1) * d)])
      let (normB, normA) = (BLAS.norm(d, b), BLAS.norm(d, a))
      guard normA > 0, normB > 0 else { continue }
      // S^+ = p p^T / 4 and S^- = q q^T / 4, p and q the sum and difference of a and b made equally long
      let balance = (normA / normB).squareRoot()
      let p = (0..<d).map { balance * b[$0] + a[$0] / balance }
      let q = (0..<d).map { balance * b[$0] - a[$0] / balance }
      let (positive, negative) = factor(i)
      for j in 0..<d {
        for k in 0..<d { sum[j * d + k] += 0.25 * (positive * p[j] * p[k] - (negative ?? positive) * q[j] * q[k]) }
      }
    }
    return try SymmetricEigenvalues.ascending(sum, count: d)[d - 1]
  }
}

extension StateRegion {
  /// The slopes `1 - tanh^2(w . h + b + a t)` of each hidden unit over the region: W m x d row-major.
  func tanhSlopes(weights: [Double], bias: [Double], depthWeights: [Double]?) -> [ClosedRange<Double>] {
    let (m, d) = (bias.count, weights.count / bias.count)
    return (0..<m).map { i in
      let norm = BLAS.norm(d, Array(weights[(i * d)..<((i + 1) * d)]))
      let reach = norm > 0 ? norm * radius : 0
      let slope = depthWeights?[i] ?? 0
      let (first, last) = (bias[i] + slope * depths.lowerBound, bias[i] + slope * depths.upperBound)
      let (low, high) = (min(first, last) - reach, max(first, last) + reach)
      let nearest = low <= 0 && high >= 0 ? 0 : min(abs(low), abs(high))
      func derivative(_ x: Double) -> Double { 1 / (cosh(x) * cosh(x)) }
      return derivative(max(abs(low), abs(high)))...derivative(nearest)
    }
  }
}
