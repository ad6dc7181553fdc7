import Foundation

/// Heat maps: rectangles in the colours of a palette over 0...1, and the bar that explains them.
extension GnuplotScript {
  static let palette: [String] = {
    let stops = ColorScale.anchors.enumerated().map { index, color in
      "\(index) '#\(String(format: "%02X%02X%02X", color.red, color.green, color.blue))'"
    }
    return ["set palette defined (\(stops.joined(separator: ", ")))", "set cbrange [0:1]", "unset colorbox"]
  }()

  /// Each tile reaches a little under its right and upper neighbour, so that no seam of the background shows.
  static func rows(of tiles: [DrawnLayer.Tile]) -> [[Double]] {
    let lefts = Set(tiles.map(\.left))
    let bottoms = Set(tiles.map(\.bottom))
    func hidden(_ edge: Double, _ from: Double, _ neighbours: Set<Double>) -> Double {
      let isShared = neighbours.contains { abs($0 - edge) <= 1e-9 * max(abs(edge), abs(from)) }
      return isShared ? edge + 0.25 * (edge - from) : edge
    }
    let rights = Dictionary(tiles.map { ($0.left, hidden($0.right, $0.left, lefts)) }) { first, _ in first }
    let tops = Dictionary(tiles.map { ($0.bottom, hidden($0.top, $0.bottom, bottoms)) }) { first, _ in first }
    // to the right and upwards, so that a neighbour covers what reaches under it
    return tiles.sorted { ($0.left, $0.bottom) < ($1.left, $1.bottom) }.map { tile in
      [
        tile.x, tile.y, tile.left, rights[tile.left] ?? tile.right, tile.bottom, tops[tile.bottom] ?? tile.top,
        tile.shade,
      ]
    }
  }

  static func tilesElement(_ block: String) -> String {
    "\(block) using 1:2:3:4:5:6:7 with boxxyerror lc palette fs solid 1 noborder"
  }

  /// A panel's tiles alone, edge to edge.
  static func tiles(_ panel: DrawnFigure.Panel, terminal: String) -> String {
    var lines = [terminal, "unset key", "unset border", "unset tics"] + palette
    lines += [
      "set lmargin at screen 0", "set rmargin at screen 1", "set bmargin at screen 0", "set tmargin at screen 1",
    ]
    for (name, axis) in [("x", panel.x), ("y", panel.y)] {
      let (low, high) = (NumberText.data(axis.range.lowerBound), NumberText.data(axis.range.upperBound))
      if axis.scale == .logarithmic { lines.append("set logscale \(name)") }
      lines.append("set \(name)range [\(low):\(high)] noextend")
    }
    let blocks = panel.layers.map(\.tiles).filter { !$0.isEmpty }.enumerated().map { index, tiles in
      let rows = Self.rows(of: tiles).map { $0.map(NumberText.data).joined(separator: " ") }
      return (name: "$data\(index)", text: "$data\(index) << EOD\n\(rows.joined(separator: "\n"))\nEOD")
    }
    let plot = "plot " + blocks.map { tilesElement($0.name) }.joined(separator: ", ")
    return (blocks.map(\.text) + lines + [plot]).joined(separator: "\n") + "\n"
  }
}
