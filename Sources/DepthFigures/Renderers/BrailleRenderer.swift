import DepthRuns

/// Draws figures in Unicode braille for a terminal: axes, ticks and a legend; panels one below the other.
///
/// Areas are dotted thinly (faint ones not at all), bars thickly; dashes stay. Not supported: terminals without UTF-8.
public struct BrailleRenderer: Sendable {
  public let columns: Int
  public let rows: Int
  public let color: Bool

  /// - Parameters:
  ///   - columns: width of the terminal, at least 30.
  ///   - rows: height of one panel with its axes, at least 8; the legend comes below.
  ///   - color: whether ANSI colour codes may be used.
  public init(columns: Int = 80, rows: Int = 22, color: Bool) {
    precondition(columns >= 30 && rows >= 8, "a braille figure needs 30 x 8 cells, not \(columns) x \(rows)")
    self.columns = columns
    self.rows = rows
    self.color = color
  }

  /// - Throws: `InputError.data` when a column is missing.
  public func render(_ figure: Figure) throws -> String {
    let drawn = try DrawnFigure(figure)
    var lines = drawn.panels.flatMap(panel)
    if !drawn.entries.isEmpty { lines += legend(drawn.entries) }
    if let axis = drawn.color { lines.append(colorBar(axis)) }
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: Axes

  private func panel(_ panel: DrawnFigure.Panel) -> [String] {
    let plotRows = rows - 4
    let yTicks = panel.y.ticks(count: max(2, plotRows / 4)).filter { $0.label != nil }
    let margin = min(columns / 3, (yTicks.compactMap { $0.label?.plain.count }.max() ?? 1) + 1)
    let canvas = drawn(panel, columns: columns - margin - 1, rows: plotRows)
    var labels = [Int: String]()
    for tick in yTicks {
      let row = plotRows - 1 - cell(panel.y.fraction(tick.value), of: plotRows)
      labels[row] = String((tick.label?.plain ?? "").prefix(margin - 1))
    }
    var lines = [panel.heading.isEmpty ? panel.y.label.plain : "\(panel.heading): \(panel.y.label.plain)"]
    for row in 0..<plotRows {
      let label = labels[row]
      let gutter = String(repeating: " ", count: margin - 1 - (label?.count ?? 0)) + (label ?? "")
      lines.append("\(gutter) \(label == nil ? "│" : "┤")\(canvas.text(row: row, color: color))")
    }
    return lines + xAxis(panel.x, margin: margin, width: columns - margin - 1)
  }

  private func xAxis(_ axis: DrawnAxis, margin: Int, width: Int) -> [String] {
    var rule = [Character](repeating: "─", count: width)
    var names = [Character](repeating: " ", count: width)
    for tick in axis.ticks(count: max(2, width / 12)) {
      guard let label = tick.label?.plain else { continue }
      let column = cell(axis.fraction(tick.value), of: width)
      rule[column] = "┬"
      let start = max(0, min(width - label.count, column - label.count / 2))
      let room = max(0, start - 1)..<min(width, start + label.count + 1)
      // A label that would touch its neighbour is left out.
      guard names[room].allSatisfy({ $0 == " " }) else { continue }
      for (offset, character) in label.enumerated() where start + offset < width { names[start + offset] = character }
    }
    let indent = String(repeating: " ", count: margin)
    let title = axis.label.plain
    let left = String(repeating: " ", count: max(0, margin + 1 + (width - title.count) / 2))
    return ["\(indent)└\(String(rule))", "\(indent) \(String(names))", left + title]
  }

  /// The cell, 0 to count - 1, of a fraction of the axis.
  private func cell(_ fraction: Double, of count: Int) -> Int {
    max(0, min(count - 1, Int((fraction * Double(count)).rounded(.down))))
  }

  // MARK: Shapes

  private func drawn(_ panel: DrawnFigure.Panel, columns: Int, rows: Int) -> BrailleCanvas {
    var canvas = BrailleCanvas(columns: columns, rows: rows)
    let (width, height) = (Double(canvas.dotColumns - 1), Double(canvas.dotRows - 1))
    func place(_ x: Double, _ y: Double) -> Point {
      let fraction = panel.fraction(Point(x: x, y: y))
      return Point(x: fraction.x * width, y: fraction.y * height)
    }
    for (index, layer) in panel.layers.enumerated() {
      for tile in layer.tiles {
        shade(place(tile.left, tile.bottom), place(tile.right, tile.top), tile.shade, on: &canvas)
      }
      for area in layer.areas where Self.isHatched(layer.style) {
        let slices = area.map { (low: place($0.x, $0.lower), high: place($0.x, $0.upper)) }
        for (a, b) in zip(slices, slices.dropFirst()) { hatch(a, b, layer.style.color, index, on: &canvas) }
      }
      for bar in layer.bars {
        let base = panel.y.scale == .logarithmic ? panel.y.range.lowerBound : 0
        let (low, high) = (place(bar.x - bar.width / 2, base), place(bar.x + bar.width / 2, bar.height))
        fill(low, high, layer.style.color, on: &canvas)
      }
      for path in layer.paths {
        let points = path.map { place($0.x, $0.y) }
        for (a, b) in zip(points, points.dropFirst()) {
          canvas.line(from: a, to: b, layer.style.color) { layer.style.dash == .solid || $0 % 4 < 2 }
        }
      }
      for point in layer.points.map({ place($0.x, $0.y) }) {
        for offset in [-0.5, 0.5] {
          canvas.line(
            from: Point(x: point.x - 0.5, y: point.y + offset), to: Point(x: point.x + 0.5, y: point.y + offset),
            layer.style.color)
        }
      }
    }
    return canvas
  }

  /// Faint areas stay blank: dots everywhere would hide the lines.
  private static func isHatched(_ style: LayerStyle) -> Bool { style.fillOpacity >= 0.2 && style.color != .white }

  /// One dot in eight between two slices; `phase` sets the areas of different layers apart.
  private func hatch(
    _ a: (low: Point, high: Point), _ b: (low: Point, high: Point), _ color: LayerStyle.Color, _ phase: Int,
    on canvas: inout BrailleCanvas
  ) {
    guard b.low.x > a.low.x else { return }
    let columns =
      clamped(
        a.low.x, canvas.dotColumns)...max(clamped(a.low.x, canvas.dotColumns), clamped(b.low.x, canvas.dotColumns))
    for column in columns {
      let share = min(1, max(0, (Double(column) - a.low.x) / (b.low.x - a.low.x)))
      let low = clamped(a.low.y + share * (b.low.y - a.low.y), canvas.dotRows)
      let high = clamped(a.high.y + share * (b.high.y - a.high.y), canvas.dotRows)
      guard low <= high else { continue }
      for row in low...high where (column + 2 * row + 3 * phase) % 8 == 0 { canvas.set(column, row, color) }
    }
  }

  private func fill(_ low: Point, _ high: Point, _ color: LayerStyle.Color, on canvas: inout BrailleCanvas) {
    let (left, right) = (clamped(low.x, canvas.dotColumns), clamped(high.x, canvas.dotColumns))
    let (bottom, top) = (clamped(min(low.y, high.y), canvas.dotRows), clamped(max(low.y, high.y), canvas.dotRows))
    guard left <= right else { return }
    for column in left...right {
      for row in bottom...top where row == top || column == left || column == right || (column + row) % 2 == 0 {
        canvas.set(column, row, color)
      }
    }
  }

  private func clamped(_ value: Double, _ count: Int) -> Int {
    Int(max(0, min(Double(count - 1), value.rounded())))
  }

  // MARK: Legend

  private func legend(_ entries: [DrawnFigure.Entry]) -> [String] {
    var lines: [String] = []
    var line = ""
    var used = 0
    for entry in entries {
      let swatch =
        switch entry.swatch {
        case .line: entry.style.dash == .solid ? "───" : "╌╌╌"
        case .linePoints: entry.style.dash == .solid ? "─●─" : "╌●╌"
        case .points: " ● "
        case .area: Self.isHatched(entry.style) || entry.style.fillOpacity > 0.5 ? "░░░" : "   "
        }
      let label = entry.label.plain
      if used > 0 && used + label.count + 6 > columns {
        lines.append(line)
        line = ""
        used = 0
      }
      line += (used == 0 ? "  " : "   ") + (color ? Self.code(entry.style.color) + swatch + Self.reset : swatch)
      line += " " + label
      used += label.count + 7
    }
    return lines + [line]
  }

  static let reset = "\u{1B}[0m"

  /// The 24-bit colour code; black and white take the terminal's own foreground.
  static func code(_ color: LayerStyle.Color) -> String {
    guard color != .black, color != .white, let value = Int(color.rawValue, radix: 16) else { return reset }
    return "\u{1B}[38;2;\(value >> 16);\(value >> 8 & 255);\(value & 255)m"
  }
}
