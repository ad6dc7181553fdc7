import Foundation

/// One march over all levels of one grid, and what is kept of it.
struct GridRun {
  let nodes: [Double]
  let levels: [Double]
  /// At the levels asked for, in their order.
  let snapshots: [GridSnapshot]
  /// Boundaries at every level, level 0 first.
  let roots: [[BoundaryRoot]]
  /// The outermost nodes that were ever free.
  let lowestFree: Int
  let highestFree: Int
  let settledCount: Int
  let sweepCount: Int

  /// - Parameter recording: levels whose U is kept, ascending.
  init(
    _ inequality: VariationalInequality, nodes: [Double], kinkNodes: [Int], domain: GridDomain, levels: [Double],
    scheme: SteppingScheme, recording: [Int]
  ) {
    var march = GridMarch(
      rows: GridRows(
        inequality, nodes: nodes, kinkNodes: kinkNodes, lowerEnd: domain.lowerEnd, upperEnd: domain.upperEnd),
      horizon: levels[levels.count - 1], scheme: scheme)
    var snapshots: [GridSnapshot] = []
    var roots: [[BoundaryRoot]] = []
    roots.reserveCapacity(levels.count)
    var (lowestFree, highestFree) = (nodes.count, -1)
    var next = 0
    for level in levels.indices {
      if level > 0 { march.step(from: levels[level - 1], to: levels[level]) }
      var found: [BoundaryRoot] = []
      if level > 0 { march.appendRoots(to: &found) } else { found = march.terminalRoots() }
      roots.append(found)
      if let first = march.blocks.first, let last = march.blocks.last {
        lowestFree = min(lowestFree, first.first)
        highestFree = max(highestFree, last.last)
      }
      while next < recording.count && recording[next] == level {
        snapshots.append(march.snapshot(depthToGo: levels[level]))
        next += 1
      }
    }
    self.nodes = nodes
    self.levels = levels
    self.snapshots = snapshots
    self.roots = roots
    self.lowestFree = lowestFree
    self.highestFree = highestFree
    settledCount = march.settledCount
    sweepCount = march.sweepCount
  }
}
