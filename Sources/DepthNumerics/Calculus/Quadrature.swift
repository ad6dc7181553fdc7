/// Integrals of smooth functions.
public enum Quadrature {
  /// Composite Gauss-Legendre with 10 nodes a panel: error O(h^20).
  ///
  /// Nodes and weights: Abramowitz and Stegun, table 25.4, to 16 digits.
  public static func gaussLegendre(from a: Double, to b: Double, panels: Int, _ f: (Double) -> Double) -> Double {
    precondition(panels > 0, "\(panels) panels")
    let half = (b - a) / Double(panels) / 2
    var sum = 0.0
    for panel in 0..<panels {
      let middle = a + (2 * Double(panel) + 1) * half
      for (node, weight) in zip(nodes, weights) { sum += weight * (f(middle - half * node) + f(middle + half * node)) }
    }
    return half * sum
  }

  private static let nodes = [
    0.1488743389816312, 0.4333953941292472, 0.6794095682990244, 0.8650633666889845, 0.9739065285171717,
  ]
  private static let weights = [
    0.2955242247147529, 0.2692667193099964, 0.2190863625159820, 0.1494513491505806, 0.0666713443086881,
  ]
}
