import Foundation

/// Chebyshev-Lobatto collocation on one interval: interpolation, integration and the decay of the coefficients.
///
/// n + 1 nodes `x_j = -cos(j pi / n)` on [-1, 1], ascending. Spectral: errors fall faster than any power of 1/n for smooth
/// functions. Source: Trefethen, "Approximation Theory and Approximation Practice", chapters 2-5 and 19.
public struct ChebyshevPanel: Sendable {
  /// n; the panel has n + 1 nodes.
  public let degree: Int
  /// Nodes on [-1, 1], ascending.
  public let nodes: [Double]
  /// Barycentric weights of the nodes.
  private let weights: [Double]
  /// (n+1) x (n+1): row j integrates the interpolant from -1 to node j.
  public let integration: [Double]
  /// (n+1) x (n+1): row i gives coefficient a_i from values at the nodes.
  private let coefficientRows: [Double]

  public init(degree n: Int) {
    precondition(n >= 4, "degree \(n) is below 4")
    degree = n
    nodes = (0...n).map { -cos(.pi * Double($0) / Double(n)) }
    weights = (0...n).map { ($0 % 2 == 0 ? 1 : -1) * ($0 == 0 || $0 == n ? 0.5 : 1) }
    coefficientRows = Self.coefficientMatrix(n)
    integration = Self.integrationMatrix(n, nodes: nodes, coefficients: coefficientRows)
  }

  /// Values at the nodes -> integrals from the left end to each node, for an interval of the given length.
  public func integrals(_ values: [Double], length: Double) -> [Double] {
    var result = [Double](repeating: 0, count: degree + 1)
    BLAS.multiply(
      rows: degree + 1, columns: degree + 1, alpha: length / 2, integration, vector: values, into: &result)
    return result
  }

  /// The size of the last two coefficients relative to the largest: what truncation leaves.
  public func tail(_ values: [Double]) -> Double {
    var coefficients = [Double](repeating: 0, count: degree + 1)
    BLAS.multiply(rows: degree + 1, columns: degree + 1, coefficientRows, vector: values, into: &coefficients)
    let largest = coefficients.reduce(0) { max($0, abs($1)) }
    guard largest > 0 else { return 0 }
    return max(abs(coefficients[degree]), abs(coefficients[degree - 1])) / largest
  }

  /// The interpolant at `x` in [-1, 1] by the barycentric formula.
  public func evaluate(_ values: [Double], at x: Double) -> Double {
    var numerator = 0.0
    var denominator = 0.0
    for j in 0...degree {
      let distance = x - nodes[j]
      if distance == 0 { return values[j] }
      let weight = weights[j] / distance
      numerator += weight * values[j]
      denominator += weight
    }
    return numerator / denominator
  }

  /// `a_i = (2 / n) sum''_j f_j T_i(x_j)`, halved for i = 0 and n; the ends of the sum count half.
  private static func coefficientMatrix(_ n: Int) -> [Double] {
    var rows = [Double](repeating: 0, count: (n + 1) * (n + 1))
    for i in 0...n {
      for j in 0...n {
        // node j sits at angle pi - j pi / n
        let chebyshev = cos(Double(i) * .pi * Double(n - j) / Double(n))
        let ends = (i == 0 || i == n ? 0.5 : 1) * (j == 0 || j == n ? 0.5 : 1)
        rows[i * (n + 1) + j] = 2 / Double(n) * ends * chebyshev
      }
    }
    return rows
  }

  /// Integrates each T_i from -1: `(T_{i+1}/(i+1) - T_{i-1}/(i-1)) / 2`, `x^2/2` for i = 1.
  private static func integrationMatrix(_ n: Int, nodes: [Double], coefficients: [Double]) -> [Double] {
    func primitive(_ i: Int, _ x: Double) -> Double {
      let angle = acos(max(-1, min(1, x)))
      if i == 0 { return x }
      if i == 1 { return x * x / 2 }
      return (cos(Double(i + 1) * angle) / Double(i + 1) - cos(Double(i - 1) * angle) / Double(i - 1)) / 2
    }
    var matrix = [Double](repeating: 0, count: (n + 1) * (n + 1))
    for j in 0...n {
      for i in 0...n {
        let integral = primitive(i, nodes[j]) - primitive(i, -1)
        for k in 0...n { matrix[j * (n + 1) + k] += integral * coefficients[i * (n + 1) + k] }
      }
    }
    return matrix
  }
}
