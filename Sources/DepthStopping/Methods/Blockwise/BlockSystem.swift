import DepthNumerics

/// The linear equations of a policy: `C = c_Delta + beta K V`, V = C where one continues and g where one stops.
///
/// Unknowns are C at the nodes of all panels from the first to the last on which one continues; a band matrix, since a block
/// reaches only so far. Without discount, E tau* solves the same matrix.
struct BlockSystem {
  let problem: BlockProblem
  let transport: BlockOperator
  let policy: BlockPolicy
  /// g at all nodes.
  let losses: [Double]
  let far: (lower: BlockFarField, upper: BlockFarField)

  private struct Sources {
    var values: [Double]
    var depths: [Double]
  }

  /// C and the depth to go, at the interior nodes (zero on panels where one stops).
  func solve() throws -> (continuation: [Double], remaining: [Double]) {
    let panels = transport.panels
    var (continuation, remaining) = (
      [Double](repeating: 0, count: transport.rowCount), [Double](repeating: 0, count: transport.rowCount)
    )
    let live = panels.interior.filter { policy.regions[$0] != .stop }
    guard let first = live.first, let last = live.last else { return (continuation, remaining) }
    let n = panels.rule.count
    let shift = panels.interiorNodes.lowerBound
    let rows = (first * n - shift)..<((last + 1) * n - shift)
    let (below, above) = bandwidths(rows)
    var matrix = BandMatrix(size: rows.count, lower: below, upper: above)
    var sources = Sources(
      values: [Double](repeating: problem.blockCost, count: rows.count),
      depths: [Double](repeating: problem.blockSize, count: rows.count))
    for row in rows {
      matrix.add(1, row - rows.lowerBound, row - rows.lowerBound)
      for panel in transport.reach(row) where policy.regions[panel] != .cut {
        addPanel(panel, row, rows, &matrix, &sources)
      }
    }
    for cut in policy.cuts { addCut(cut, rows, &matrix, &sources) }
    let sides = problem.discount == 0 ? [sources.values, sources.depths] : [sources.values]
    let solutions = try matrix.solve(sides)
    continuation.replaceSubrange(rows, with: solutions[0])
    if solutions.count > 1 { remaining.replaceSubrange(rows, with: solutions[1]) }
    return (continuation, remaining)
  }

  /// The end node whose value a ghost panel continues; nil for interior panels.
  private func end(of panel: Int) -> Int? {
    let panels = transport.panels
    if panel < panels.interior.lowerBound { return panels.interiorNodes.lowerBound }
    if panel >= panels.interior.upperBound { return panels.interiorNodes.upperBound - 1 }
    return nil
  }

  private func addPanel(
    _ panel: Int, _ row: Int, _ rows: Range<Int>, _ matrix: inout BandMatrix, _ sources: inout Sources
  ) {
    let panels = transport.panels
    let n = panels.rule.count
    let shift = panels.interiorNodes.lowerBound
    let (i, factor) = (row - rows.lowerBound, problem.factor)
    transport.withEntries(row, panel: panel) { entries in
      if policy.regions[panel] == .stop {
        var sum = 0.0
        for j in 0..<n { sum += entries[j] * losses[panel * n + j] }
        sources.values[i] += factor * sum
      } else if let end = end(of: panel) {
        let field = panel < panels.interior.lowerBound ? far.lower : far.upper
        var (known, unknown, depth) = (0.0, 0.0, 0.0)
        for j in 0..<n {
          let z = panel * n + j
          let (alpha, gamma) = field.coefficients(
            panels.nodes[z], end: panels.nodes[end], lossAtZ: losses[z], lossAtEnd: losses[end])
          known += entries[j] * alpha
          unknown += entries[j] * gamma
          depth += entries[j] * field.depthDifference(panels.nodes[z], end: panels.nodes[end])
        }
        sources.values[i] += factor * known
        sources.depths[i] += factor * depth
        matrix.add(-factor * unknown, i, end - shift - rows.lowerBound)
      } else {
        let column = panel * n - shift - rows.lowerBound
        for j in 0..<n { matrix.add(-factor * entries[j], i, column + j) }
      }
    }
  }

  private func addCut(
    _ cut: BlockPolicy.Cut, _ rows: Range<Int>, _ matrix: inout BandMatrix, _ sources: inout Sources
  ) {
    let panels = transport.panels
    let (rule, n, factor) = (panels.rule, panels.rule.count, problem.factor)
    // per piece's node: its weight times g, or its weight times the row of interpolation
    var (nodes, known, interpolation) = ([Double](), [Double](), [Double]())
    for segment in cut.segments {
      let (middle, half) = ((segment.low + segment.high) / 2, (segment.high - segment.low) / 2)
      for q in 0..<n {
        let z = middle + half * rule.nodes[q]
        nodes.append(z)
        var row = [Double](repeating: 0, count: n)
        if segment.continues { rule.interpolationRow(at: panels.local(z, panel: cut.panel), into: &row) }
        known.append(segment.continues ? 0 : half * rule.weights[q] * problem.loss(z, block: 0))
        interpolation.append(contentsOf: row.map { half * rule.weights[q] * $0 })
      }
    }
    let column = cut.panel * n - panels.interiorNodes.lowerBound - rows.lowerBound
    var sums = [Double](repeating: 0, count: n)
    transport.forEachRow(reaching: cut.panel, nodes) { row, densities in
      guard rows.contains(row) else { return }
      let i = row - rows.lowerBound
      sources.values[i] += factor * BLAS.dot(nodes.count, densities, known)
      BLAS.multiply(rows: nodes.count, columns: n, interpolation, .transposed, vector: densities, into: &sums)
      for j in 0..<n { matrix.add(-factor * sums[j], i, column + j) }
    }
  }

  private func bandwidths(_ rows: Range<Int>) -> (below: Int, above: Int) {
    let panels = transport.panels
    let n = panels.rule.count
    let shift = panels.interiorNodes.lowerBound
    var (below, above) = (0, 0)
    for row in rows {
      let reach = transport.reach(row)
      for panel in [reach.lowerBound, reach.upperBound - 1] {
        var columns = (panel * n - shift)...(panel * n + n - 1 - shift)
        if let end = end(of: panel) { columns = (end - shift)...(end - shift) }
        let (low, high) = (max(columns.lowerBound, rows.lowerBound), min(columns.upperBound, rows.upperBound - 1))
        below = max(below, row - low)
        above = max(above, high - row)
      }
    }
    return (max(0, below), max(0, above))
  }
}
