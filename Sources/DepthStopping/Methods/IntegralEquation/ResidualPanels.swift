import DepthNumerics
import Foundation

/// Panels of x on [0, 1] with a Gauss-Legendre rule each, whose error is proven small for an analytic integrand.
///
/// The n-point rule errs by at most `(64/15) h M rho^(-2 (n - 1)) / (1 - rho^-2)`, M a bound of the modulus on the ellipse of
/// parameter rho about the panel of half-length h (Trefethen, "Approximation Theory and Approximation Practice" (2013),
/// theorem 19.3). A panel is halved until that is small enough; of the start of [0, 1], where `v = w^(2k)` is below `least`, only a
/// bound is kept by the caller.
struct ResidualPanels {
  struct Node {
    let w: Double
    let cosine: Double
    let span: Double
    /// `dv/dx` times the weight of the rule.
    let measure: Double
  }

  private(set) var panels: [(low: Double, high: Double)] = []
  private(set) var nodes: [Node] = []
  /// The sum of all panels' proven errors.
  private(set) var error = 0.0

  static let count = 20
  private static let parameter = 2.5
  private static let arcs = 12

  /// - Parameters:
  ///   - power: 2k.
  ///   - bound: a bound of the modulus on a disc of x; not finite where there is none.
  ///   - cut: a bound of the integral over real x in [low, 1], where the integrand is singular.
  /// - Returns: nil where no panels suffice.
  init?(
    power: Int, least: Double, tolerance: Double, rule: GaussLegendreRule, bound: (ComplexDisc) -> Double,
    cut: ((_ low: Double) -> Double)? = nil
  ) {
    let start = 2 / Double.pi * asin(pow(least, 0.5 / Double(power)))
    var edges = [1.0, 0.8, 0.62].filter { $0 > start }
    while edges.last! / 1.45 > start { edges.append(edges.last! / 1.45) }
    edges.append(start)
    var stack = zip(edges, edges.dropFirst()).map { (low: $1, high: $0) }
    let rho = Self.parameter
    let factor = 64.0 / 15 * pow(rho, -2 * Double(Self.count - 1)) / (1 - 1 / (rho * rho))
    while let panel = stack.popLast() {
      let (middle, half) = (0.5 * (panel.low + panel.high), 0.5 * (panel.high - panel.low))
      let (major, minor) = (0.5 * half * (rho + 1 / rho), 0.5 * half * (rho - 1 / rho))
      // the integrand is singular at x = 1 where there is a cut
      var largest = cut != nil && middle + major >= 1 ? Double.infinity : 0
      for arc in 0..<Self.arcs where largest.isFinite {
        let angle = .pi * (Double(arc) + 0.5) / Double(Self.arcs)
        let disc = ComplexDisc(
          middle + major * cos(angle), minor * sin(angle), radius: 1.0001 * major * .pi / Double(2 * Self.arcs))
        largest = max(largest, bound(disc))
        guard half * factor * largest <= tolerance else { break }
      }
      let proven = half * factor * largest
      if proven <= tolerance {
        error += proven
        append(panel, middle, half, power: power, rule)
      } else if let cut, panel.high == 1, case let rest = cut(panel.low), rest <= tolerance {
        error += rest
      } else {
        guard half > 1e-10, panels.count + stack.count < 80 else { return nil }
        stack.append((low: middle, high: panel.high))
        stack.append((low: panel.low, high: middle))
      }
    }
  }

  private mutating func append(
    _ panel: (low: Double, high: Double), _ middle: Double, _ half: Double, power: Int, _ rule: GaussLegendreRule
  ) {
    panels.append(panel)
    for j in 0..<rule.count {
      let x = middle + half * rule.nodes[j]
      let sine = sin(0.5 * .pi * x)
      // near x = 1 through the complement, exact there
      let cosine = sin(0.5 * .pi * ((1 - middle) - half * rule.nodes[j]))
      let w = sine * sine
      var (square, inner, measure) = (1 + w, w, 1.0)
      var k = power / 2
      while k > 1 {
        inner *= inner
        square *= 1 + inner
        k /= 2
      }
      for _ in 0..<(power - 1) { measure *= w }
      nodes.append(
        Node(
          w: w, cosine: cosine, span: square.squareRoot(),
          measure: Double(power) * .pi * sine * measure * cosine * half * rule.weights[j]))
    }
  }
}
