import Foundation

/// Differentiation on the n + 1 Chebyshev-Lobatto nodes of [0, 1], ascending.
///
/// Rows by barycentric weights, diagonals by the negative sum, so that constants differentiate to zero exactly; rounding
/// grows like n^2 eps (first) and n^4 eps (second derivative, at the ends).
/// Source: Berrut and Trefethen, SIAM Rev. 46 (2004), section 9.3.
public struct ChebyshevDifferentiation: Sendable {
  public let degree: Int
  public let nodes: [Double]
  /// (n+1) x (n+1), row-major.
  public let first: [Double]
  public let second: [Double]
  private let weights: [Double]

  public init(degree n: Int) {
    precondition(n >= 2, "degree \(n) is below 2")
    degree = n
    // sin^2 keeps differences of neighbouring nodes accurate at both ends
    nodes = (0...n).map { j in
      let half = sin(.pi * Double(j) / Double(2 * n))
      return half * half
    }
    weights = (0...n).map { ($0 % 2 == 0 ? 1.0 : -1) * ($0 == 0 || $0 == n ? 0.5 : 1) }
    func difference(_ i: Int, _ j: Int) -> Double {
      sin(.pi * Double(i + j) / Double(2 * n)) * sin(.pi * Double(i - j) / Double(2 * n))
    }
    let size = n + 1
    var (first, second) = ([Double](repeating: 0, count: size * size), [Double](repeating: 0, count: size * size))
    for i in 0...n {
      var sum = 0.0
      for j in 0...n where j != i {
        let entry = weights[j] / weights[i] / difference(i, j)
        first[i * size + j] = entry
        sum += entry
      }
      first[i * size + i] = -sum
    }
    for i in 0...n {
      var sum = 0.0
      for j in 0...n where j != i {
        let entry = 2 * first[i * size + j] * (first[i * size + i] - 1 / difference(i, j))
        second[i * size + j] = entry
        sum += entry
      }
      second[i * size + i] = -sum
    }
    self.first = first
    self.second = second
  }

  /// The polynomial through `values` at the nodes, at xi in [0, 1].
  public func evaluate(_ values: [Double], at xi: Double) -> Double {
    var (numerator, denominator) = (0.0, 0.0)
    for j in 0...degree {
      let distance = xi - nodes[j]
      if distance == 0 { return values[j] }
      numerator += weights[j] / distance * values[j]
      denominator += weights[j] / distance
    }
    return numerator / denominator
  }
}
