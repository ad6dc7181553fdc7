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
  private let dimension: Int
  /// `S_i^+` and `S_i^-` of each hidden unit, d x d.
  private let parts: [(positive: [Double], negative: [Double])]
  /// Work up to which all vertices are tried: about a fifth of a second.
  private static let largestWork = 3e7
  /// Corners between two sums from scratch.
  private static let refresh = 64

  /// B is d x m and A m x d, both row-major.
  init(output: [Double], input: [Double], dimension d: Int, width: Int) {
    precondition(output.count == d * width && input.count == d * width, "weights do not fit \(d) x \(width)")
    dimension = d
    parts = (0..<width).map { i in
      Self.parts((0..<d).map { output[$0 * width + i] }, Array(input[(i * d)..<((i + 1) * d)]))
    }
  }

  /// - Throws: `LinearAlgebraError` when an entry is not finite.
  func bound(slopes: [ClosedRange<Double>]) throws -> LogarithmicNormBound {
    precondition(slopes.count == parts.count, "\(slopes.count) slopes for \(parts.count) hidden units")
    let majorant = try majorant(slopes)
    let cube = Double(dimension * dimension * dimension)
    guard parts.count <= 24, Double(1 << parts.count) * (100 + cube) <= Self.largestWork else {
      return LogarithmicNormBound(
        value: majorant,
        argument: "J = W2 D W1, D the slopes met in the region: semidefinite majorant of the symmetric part")
    }
    return LogarithmicNormBound(
      value: min(majorant, vertices(slopes)),
      argument:
        "J = W2 D W1, D the slopes met in the region: mu_2 is convex in D, largest over 2^\(parts.count) vertices")
  }

  /// `lambda_max(sum_i (upper_i S_i^+ - lower_i S_i^-))`.
  func majorant(_ slopes: [ClosedRange<Double>]) throws -> Double {
    var sum = [Double](repeating: 0, count: dimension * dimension)
    for (part, slope) in zip(parts, slopes) {
      for i in sum.indices { sum[i] += slope.upperBound * part.positive[i] - slope.lowerBound * part.negative[i] }
    }
    let size = zip(parts, slopes).reduce(0) {
      $0 + $1.1.upperBound * Self.norm($1.0.positive) + $1.1.lowerBound * Self.norm($1.0.negative)
    }
    return try SymmetricEigenvalues.ascending(sum, count: dimension)[dimension - 1] + rounding(of: size)
  }

  /// What sums of `refresh` matrices and an eigenvalue of total size `size` may lose: bounds are rounded outward, lest a
  /// contraction be certified that is rounding.
  private func rounding(of size: Double) -> Double {
    Double(Self.refresh + parts.count + dimension) * Double.ulpOfOne * size
  }

  private static func norm(_ matrix: [Double]) -> Double { BLAS.norm(matrix.count, matrix) }

  /// The largest `lambda_max(sum_i D_i S_i)` over the corners of the box, in the order of a Gray code, so that each differs
  /// from the one before in one unit.
  private func vertices(_ slopes: [ClosedRange<Double>]) -> Double {
    let symmetric = parts.map { zip($0.positive, $0.negative).map { $0 - $1 } }
    func sum(_ corner: Int) -> [Double] {
      slopes.indices.reduce(into: [Double](repeating: 0, count: dimension * dimension)) { sum, unit in
        let slope = corner >> unit & 1 == 1 ? slopes[unit].upperBound : slopes[unit].lowerBound
        for i in sum.indices { sum[i] += slope * symmetric[unit][i] }
      }
    }
    var (current, scratch, largest) = (sum(0), sum(0), -Double.infinity)
    for index in 0..<(1 << parts.count) {
      let corner = index ^ (index >> 1)
      if index % Self.refresh == 0 {
        current = sum(corner)  // before rounding adds up
      } else {
        let unit = index.trailingZeroBitCount
        let width = slopes[unit].upperBound - slopes[unit].lowerBound
        let change = corner >> unit & 1 == 1 ? width : -width
        for i in current.indices { current[i] += change * symmetric[unit][i] }
      }
      for i in current.indices { scratch[i] = current[i] }
      largest = max(largest, SymmetricEigenvalues.largest(destroying: &scratch, count: dimension))
    }
    return largest + rounding(of: zip(symmetric, slopes).reduce(0) { $0 + $1.1.upperBound * Self.norm($1.0) })
  }

  /// `S^+ = p p^T / 4` and `S^- = q q^T / 4`, p and q the sum and difference of a and b made equally long.
  private static func parts(_ b: [Double], _ a: [Double]) -> (positive: [Double], negative: [Double]) {
    let d = a.count
    let (normB, normA) = (BLAS.norm(d, b), BLAS.norm(d, a))
    guard normA > 0, normB > 0 else {
      return ([Double](repeating: 0, count: d * d), [Double](repeating: 0, count: d * d))
    }
    let balance = (normA / normB).squareRoot()
    let p = (0..<d).map { balance * b[$0] + a[$0] / balance }
    let q = (0..<d).map { balance * b[$0] - a[$0] / balance }
    func square(_ x: [Double]) -> [Double] { (0..<(d * d)).map { 0.25 * x[$0 / d] * x[$0 % d] } }
    return (square(p), square(q))
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
