import Foundation

/// The tanh-sinh rule on (0, 1): for functions analytic inside, whatever they do at the ends.
///
/// `z(x) = 1 / (1 + e^(-pi sinh x))` on a uniform grid of x; the error falls like `e^(-c n / log n)`. Nodes come with their
/// distance from 1, so that neither end is lost to rounding. Source: Takahasi and Mori, Publ. RIMS 9 (1974) 721.
public struct DoubleExponentialRule: Equatable, Sendable {
  /// z in (0, 1), ascending.
  public let nodes: [Double]
  /// 1 - z, to full relative precision.
  public let complements: [Double]
  /// Their sum is 1 up to the cut at the ends.
  public let weights: [Double]

  /// - Parameters:
  ///   - count: number of nodes, at least 3; odd puts one on 1/2.
  ///   - reach: the grid covers [-reach, reach]; the ends that are cut off have length about `e^(-pi sinh(reach))`.
  public init(count: Int, reach: Double) {
    precondition(count >= 3 && reach > 0 && reach <= 5, "\(count) nodes to \(reach)")
    let step = 2 * reach / Double(count - 1)
    var (nodes, complements, weights) = ([Double](), [Double](), [Double]())
    for k in 0..<count {
      let x = -reach + step * Double(k)
      let e = exp(-Double.pi * abs(sinh(x)))
      let (near, far) = (e / (1 + e), 1 / (1 + e))
      nodes.append(x < 0 ? near : far)
      complements.append(x < 0 ? far : near)
      weights.append(step * Double.pi * cosh(x) * near * far)
    }
    (self.nodes, self.complements, self.weights) = (nodes, complements, weights)
  }
}
