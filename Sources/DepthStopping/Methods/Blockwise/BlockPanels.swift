import DepthNumerics

/// Quadrature panels over the coordinate: an interior, on which the recursion runs, and ghosts beyond its ends, on which the
/// value is continued. Kinks of the loss are panel edges.
struct BlockPanels: Sendable {
  let rule: GaussLegendreRule
  /// Ascending; panel k spans edges k and k + 1.
  let edges: [Double]
  /// `rule.count` a panel, ascending.
  let nodes: [Double]
  let weights: [Double]
  /// Interior panels.
  let interior: Range<Int>

  init(
    rule: GaussLegendreRule, lower: Double, upper: Double, kinks: [Double], width: Double, ghostsBelow: Int,
    ghostsAbove: Int
  ) {
    precondition(lower < upper && width > 0, "panels of width \(width) on [\(lower), \(upper)]")
    let breaks = [lower] + kinks.filter { $0 > lower && $0 < upper } + [upper]
    var edges = (0..<ghostsBelow).map { lower - width * Double(ghostsBelow - $0) }
    edges.append(lower)
    for (a, b) in zip(breaks, breaks.dropFirst()) {
      let count = max(1, Int(((b - a) / width).rounded(.up)))
      for k in 1...count { edges.append(k == count ? b : a + (b - a) * Double(k) / Double(count)) }
    }
    interior = ghostsBelow..<(edges.count - 1)
    for k in 0..<ghostsAbove { edges.append(upper + width * Double(k + 1)) }
    self.rule = rule
    self.edges = edges
    let n = rule.count
    var nodes: [Double] = []
    var weights: [Double] = []
    nodes.reserveCapacity(n * edges.count)
    weights.reserveCapacity(n * edges.count)
    for (a, b) in zip(edges, edges.dropFirst()) {
      let (middle, half) = ((a + b) / 2, (b - a) / 2)
      for i in 0..<n {
        nodes.append(middle + half * rule.nodes[i])
        weights.append(half * rule.weights[i])
      }
    }
    self.nodes = nodes
    self.weights = weights
  }

  var panelCount: Int { edges.count - 1 }
  /// Interior nodes, as indices of `nodes`.
  var interiorNodes: Range<Int> { (interior.lowerBound * rule.count)..<(interior.upperBound * rule.count) }

  /// y on the panel's own [-1, 1].
  func local(_ y: Double, panel: Int) -> Double {
    (2 * y - edges[panel] - edges[panel + 1]) / (edges[panel + 1] - edges[panel])
  }

  /// The panel that holds y; the first or last beyond the ends.
  func panel(of y: Double) -> Int {
    var (low, high) = (0, panelCount - 1)
    while low < high {
      let middle = (low + high) / 2
      if y > edges[middle + 1] { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The panels that meet [low, high].
  func panels(meeting low: Double, _ high: Double) -> Range<Int> { panel(of: low)..<(panel(of: high) + 1) }
}
