import DepthNumerics

/// V (and E tau*) on the panels at one block, ready to be integrated: values at the nodes, zero on cut panels, whose pieces
/// carry nodes of their own.
struct BlockValue: Sendable {
  struct Piece: Sendable {
    let panel: Int
    var nodes: [Double] = []
    /// Weight times V, weight times E tau*.
    var charges: [Double] = []
    var depthCharges: [Double] = []
  }

  private(set) var values: [Double]
  private(set) var depths: [Double]
  private(set) var pieces: [Piece] = []

  /// V = g, tau = 0.
  init(losses: [Double]) {
    values = losses
    depths = [Double](repeating: 0, count: losses.count)
  }

  /// The minimum of g and C under a policy.
  ///
  /// - Parameters:
  ///   - continuation: C at the interior nodes.
  ///   - remaining: E tau* when continuing, at the interior nodes.
  ///   - losses: g at all nodes; `loss` the same at any coordinate.
  init(
    _ panels: BlockPanels, _ policy: BlockPolicy, continuation: [Double], remaining: [Double], losses: [Double],
    loss: (Double) -> Double, far: (lower: BlockFarField, upper: BlockFarField)
  ) {
    let n = panels.rule.count
    let interior = panels.interiorNodes
    var (values, depths) = (losses, [Double](repeating: 0, count: losses.count))
    for i in interior where policy.regions[i / n] != .stop {
      let isCut = policy.regions[i / n] == .cut
      values[i] = isCut ? 0 : continuation[i - interior.lowerBound]
      depths[i] = isCut ? 0 : remaining[i - interior.lowerBound]
    }
    func extend(_ ghosts: Range<Int>, end: Int, _ field: BlockFarField) {
      let row = end - interior.lowerBound
      for i in ghosts {
        let (alpha, gamma) = field.coefficients(
          panels.nodes[i], end: panels.nodes[end], lossAtZ: losses[i], lossAtEnd: losses[end])
        values[i] = alpha + gamma * continuation[row]
        depths[i] = remaining[row] + field.depthDifference(panels.nodes[i], end: panels.nodes[end])
      }
    }
    if policy.continuesAtLowerEnd { extend(0..<interior.lowerBound, end: interior.lowerBound, far.lower) }
    if policy.continuesAtUpperEnd {
      extend(interior.upperBound..<panels.nodes.count, end: interior.upperBound - 1, far.upper)
    }
    self.values = values
    self.depths = depths
    pieces = policy.cuts.map { cut in
      let row = cut.panel * n - interior.lowerBound
      return Self.piece(panels, cut, continuation[row..<(row + n)], remaining[row..<(row + n)], loss)
    }
  }

  private static func piece(
    _ panels: BlockPanels, _ cut: BlockPolicy.Cut, _ continuation: ArraySlice<Double>, _ remaining: ArraySlice<Double>,
    _ loss: (Double) -> Double
  ) -> Piece {
    var piece = Piece(panel: cut.panel)
    let rule = panels.rule
    for segment in cut.segments {
      let (middle, half) = ((segment.low + segment.high) / 2, (segment.high - segment.low) / 2)
      for q in 0..<rule.count {
        let z = middle + half * rule.nodes[q]
        let weight = half * rule.weights[q]
        let local = panels.local(z, panel: cut.panel)
        piece.nodes.append(z)
        let value =
          segment.continues
          ? continuation.withUnsafeBufferPointer { rule.interpolate($0.baseAddress!, at: local) } : loss(z)
        let depth =
          segment.continues ? remaining.withUnsafeBufferPointer { rule.interpolate($0.baseAddress!, at: local) } : 0
        piece.charges.append(weight * value)
        piece.depthCharges.append(weight * depth)
      }
    }
    return piece
  }

  /// `E[V(next)]` and `E[E tau*(next)]` from the interior nodes.
  func expectations(_ transport: BlockOperator) -> (values: [Double], depths: [Double]) {
    var expected = transport.apply(values)
    var remaining = transport.apply(depths)
    for piece in pieces {
      let count = piece.nodes.count
      transport.forEachRow(reaching: piece.panel, piece.nodes) { row, densities in
        expected[row] += BLAS.dot(count, densities, piece.charges)
        remaining[row] += BLAS.dot(count, densities, piece.depthCharges)
      }
    }
    return (expected, remaining)
  }

  /// The same from any coordinate.
  func expectation(from y: Double, _ transport: BlockOperator) -> (value: Double, depth: Double) {
    let (panels, kernel) = (transport.panels, transport.kernel)
    let centre = kernel.centre(y)
    let range = panels.panels(meeting: centre - kernel.reach, centre + kernel.reach)
    let n = panels.rule.count
    var row = [Double](repeating: 0, count: range.count * n)
    let start = range.lowerBound * n
    panels.nodes.withUnsafeBufferPointer { nodes in
      panels.weights.withUnsafeBufferPointer { weights in
        kernel.fill(
          from: y, nodes.baseAddress! + start, weights.baseAddress! + start, count: row.count, into: &row)
      }
    }
    var (value, depth) = (0.0, 0.0)
    for i in row.indices {
      value += row[i] * values[start + i]
      depth += row[i] * depths[start + i]
    }
    for piece in pieces where range.contains(piece.panel) {
      var densities = [Double](repeating: 0, count: piece.nodes.count)
      let ones = [Double](repeating: 1, count: piece.nodes.count)
      kernel.fill(from: y, piece.nodes, ones, count: ones.count, into: &densities)
      value += BLAS.dot(ones.count, densities, piece.charges)
      depth += BLAS.dot(ones.count, densities, piece.depthCharges)
    }
    return (value, depth)
  }
}
