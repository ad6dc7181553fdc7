import DepthNumerics

/// `(K v)(y) = int p(y, z) v(z) dz` at the interior nodes, as a band of quadrature weights.
struct BlockOperator: Sendable {
  let panels: BlockPanels
  let kernel: BlockKernel
  /// Panels in reach of each interior node.
  private let firstPanel: [Int]
  private let panelCounts: [Int]
  private let offsets: [Int]
  private let entries: [Double]

  init(panels: BlockPanels, kernel: BlockKernel) {
    self.panels = panels
    self.kernel = kernel
    let n = panels.rule.count
    let targets = panels.interiorNodes
    var (first, counts, offsets, total) = ([Int](), [Int](), [Int](), 0)
    for i in targets {
      let centre = kernel.centre(panels.nodes[i])
      let range = panels.panels(meeting: centre - kernel.reach, centre + kernel.reach)
      first.append(range.lowerBound)
      counts.append(range.count)
      offsets.append(total)
      total += range.count * n
    }
    entries = [Double](unsafeUninitializedCapacity: total) { buffer, count in
      panels.nodes.withUnsafeBufferPointer { nodes in
        panels.weights.withUnsafeBufferPointer { weights in
          for (row, i) in targets.enumerated() {
            kernel.fill(
              from: nodes[i], nodes.baseAddress! + first[row] * n, weights.baseAddress! + first[row] * n,
              count: counts[row] * n, into: buffer.baseAddress! + offsets[row])
          }
        }
      }
      count = total
    }
    (firstPanel, panelCounts, self.offsets) = (first, counts, offsets)
  }

  var rowCount: Int { firstPanel.count }

  /// Panels in reach of interior node `row`.
  func reach(_ row: Int) -> Range<Int> { firstPanel[row]..<(firstPanel[row] + panelCounts[row]) }

  /// The weights of interior node `row` on a panel in its reach.
  @inline(__always)
  func withEntries<Result>(
    _ row: Int, panel: Int, _ body: (UnsafePointer<Double>) throws -> Result
  ) rethrows -> Result {
    try entries.withUnsafeBufferPointer {
      try body($0.baseAddress! + offsets[row] + (panel - firstPanel[row]) * panels.rule.count)
    }
  }

  /// K applied to values at all nodes.
  func apply(_ values: [Double]) -> [Double] {
    let n = panels.rule.count
    return [Double](unsafeUninitializedCapacity: rowCount) { result, count in
      entries.withUnsafeBufferPointer { entries in
        values.withUnsafeBufferPointer { values in
          for row in 0..<rowCount {
            result[row] = BLAS.dot(
              panelCounts[row] * n, entries.baseAddress! + offsets[row], values.baseAddress! + firstPanel[row] * n)
          }
        }
      }
      count = rowCount
    }
  }

  /// `p(y, z_j)` for a cut panel's own nodes, handed over for every interior node in reach.
  func forEachRow(reaching panel: Int, _ z: [Double], _ body: (_ row: Int, _ densities: UnsafePointer<Double>) -> Void)
  {
    let ones = [Double](repeating: 1, count: z.count)
    var densities = ones
    densities.withUnsafeMutableBufferPointer { buffer in
      for row in 0..<rowCount where reach(row).contains(panel) {
        kernel.fill(
          from: panels.nodes[panels.interiorNodes.lowerBound + row], z, ones, count: z.count,
          into: buffer.baseAddress!)
        body(row, buffer.baseAddress!)
      }
    }
  }
}
