import DepthNumerics

/// Where one stops and where one continues, panel by panel; panels with a boundary inside are cut at it.
struct BlockPolicy: Equatable, Sendable {
  enum Region: UInt8, Sendable { case stop, go, cut }

  struct Segment: Equatable, Sendable {
    let low: Double
    let high: Double
    let continues: Bool
  }

  struct Cut: Equatable, Sendable {
    let panel: Int
    let segments: [Segment]
  }

  /// A boundary, with the side on which one stops.
  struct Root: Equatable, Sendable {
    let at: Double
    let stopsBelow: Bool
  }

  let regions: [Region]
  let cuts: [Cut]
  let roots: [Root]
  let continuesAtLowerEnd: Bool
  let continuesAtUpperEnd: Bool

  /// Stop everywhere.
  init(stoppingOn panels: BlockPanels) {
    regions = [Region](repeating: .stop, count: panels.panelCount)
    (cuts, roots, continuesAtLowerEnd, continuesAtUpperEnd) = ([], [], false, false)
  }

  /// The regions between given roots.
  init(_ panels: BlockPanels, roots: [Root]) {
    self.init(
      panels, roots: roots.map { ($0, panels.panel(of: $0.at)) }, continuesFromLower: roots.first?.stopsBelow == false)
  }

  /// From the sign of `gap = g - C` at the interior nodes: positive continues. A gap within `noise` takes the sign of its
  /// neighbour below (above, at the start).
  init(_ panels: BlockPanels, gaps: [Double], noise: [Double], gap: (_ y: Double, _ panel: Int) -> Double) {
    var signs = gaps.indices.map { gaps[$0] > noise[$0] ? 1 : gaps[$0] < -noise[$0] ? -1 : 0 }
    guard let first = signs.first(where: { $0 != 0 }) else {
      self.init(stoppingOn: panels)
      return
    }
    var last = first
    for i in signs.indices {
      if signs[i] == 0 { signs[i] = last }
      last = signs[i]
    }
    let n = panels.rule.count
    let start = panels.interiorNodes.lowerBound
    var roots: [(Root, Int)] = []
    for i in signs.indices.dropLast() where signs[i] != signs[i + 1] {
      var (a, b) = (panels.nodes[start + i], panels.nodes[start + i + 1])
      var panel = (start + i) / n
      if (start + i + 1) / n != panel {
        let edge = panels.edges[panel + 1]
        if (gap(edge, panel) > 0) == (signs[i] > 0) { (a, panel) = (edge, panel + 1) } else { b = edge }
      }
      let at = (try? RootFinding.brent(lower: a, upper: b) { gap($0, panel) }) ?? 0.5 * (a + b)
      roots.append((Root(at: at, stopsBelow: signs[i] < 0), panel))
    }
    self.init(panels, roots: roots, continuesFromLower: signs[0] > 0)
  }

  private init(_ panels: BlockPanels, roots placed: [(root: Root, panel: Int)], continuesFromLower: Bool) {
    var regions = [Region](repeating: .stop, count: panels.panelCount)
    var cuts: [Cut] = []
    var (next, continues) = (0, continuesFromLower)
    for panel in 0..<panels.panelCount {
      guard next < placed.count, placed[next].panel == panel else {
        regions[panel] = continues ? .go : .stop
        continue
      }
      var segments: [Segment] = []
      var low = panels.edges[panel]
      while next < placed.count, placed[next].panel == panel {
        let root = placed[next].root
        if root.at > low { segments.append(Segment(low: low, high: root.at, continues: continues)) }
        low = max(low, root.at)
        continues = root.stopsBelow
        next += 1
      }
      let high = panels.edges[panel + 1]
      if high > low { segments.append(Segment(low: low, high: high, continues: continues)) }
      regions[panel] = .cut
      cuts.append(Cut(panel: panel, segments: segments))
    }
    self.regions = regions
    self.cuts = cuts
    roots = placed.map(\.root)
    continuesAtLowerEnd = continuesFromLower
    continuesAtUpperEnd = continues
  }

  /// The largest distance between boundaries; nil where the two policies differ in topology.
  func distance(to other: BlockPolicy) -> Double? {
    guard continuesAtLowerEnd == other.continuesAtLowerEnd, roots.map(\.stopsBelow) == other.roots.map(\.stopsBelow)
    else { return nil }
    return zip(roots, other.roots).reduce(0) { max($0, abs($1.0.at - $1.1.at)) }
  }
}
