import Foundation

/// A figure resolved to numbers: ranges, ticks, shapes and one list of legend entries.
struct DrawnFigure {
  struct Panel {
    let heading: String
    let x: DrawnAxis
    let y: DrawnAxis
    let layers: [DrawnLayer]

    var hasTiles: Bool { layers.contains { !$0.tiles.isEmpty } }

    /// Position within the axes, 0 to 1 from the lower left corner; outside where the data lie outside.
    func fraction(_ point: Point) -> Point { Point(x: x.fraction(point.x), y: y.fraction(point.y)) }
  }

  struct Entry: Equatable {
    let label: FigureLabel
    let style: LayerStyle
    var swatch: DrawnLayer.Swatch
  }

  let panels: [Panel]
  /// Each label once, in order of first appearance.
  let entries: [Entry]
  let placement: LegendPlacement
  /// The axis of tiles' colours.
  let color: DrawnAxis?
  /// In points.
  let width: Double
  let height: Double

  /// - Throws: `InputError.data` when a layer names a column that its table has not.
  init(_ figure: Figure) throws {
    let color = try Self.colorAxis(figure)
    self.color = color
    panels = try figure.panels.map { try Self.resolved($0, color: color) }
    entries = figure.legend == .hidden ? [] : Self.entries(panels)
    let bar = color == nil ? 0 : FigureLayout.colorBarSpace
    width = figure.width ?? (panels.count == 1 ? 440 : 330 * Double(panels.count)) + bar
    height = figure.height ?? 290
    placement = figure.legend
  }

  /// The colour axis over the values of all panels' tiles.
  private static func colorAxis(_ figure: Figure) throws -> DrawnAxis? {
    guard let axis = figure.color else { return nil }
    var range = AxisRange(scale: axis.scale)
    for layer in figure.panels.flatMap(\.layers) {
      guard case .tiles(_, _, let z) = layer.mark else { continue }
      try layer.table.numbers(z).forEach { range.include($0) }
    }
    return DrawnAxis(axis, range: axis.range ?? range.exact)
  }

  private static func resolved(_ panel: DepthFigures.Panel, color: DrawnAxis?) throws -> Panel {
    let columns = try panel.layers.map { try LayerColumns($0, x: panel.x.scale, y: panel.y.scale) }
    var xRange = AxisRange(scale: panel.x.scale)
    var yRange = AxisRange(scale: panel.y.scale)
    for columns in columns { columns.extend(&xRange, &yRange) }
    let x = panel.x.range ?? xRange.padded(keepsSign: false)
    let y = panel.y.range ?? yRange.padded(keepsSign: true)
    return Panel(
      heading: panel.heading, x: DrawnAxis(panel.x, range: x), y: DrawnAxis(panel.y, range: y),
      layers: columns.map { $0.drawn(x: x, y: y, color: color) })
  }

  private static func entries(_ panels: [Panel]) -> [Entry] {
    var entries: [Entry] = []
    for layer in panels.flatMap(\.layers) {
      guard let label = layer.label else { continue }
      if let known = entries.firstIndex(where: { $0.label == label }) {
        // A line and its band under one name are shown as the line.
        if entries[known].swatch == .area { entries[known].swatch = layer.swatch }
      } else {
        entries.append(Entry(label: label, style: layer.style, swatch: layer.swatch))
      }
    }
    return entries
  }
}

/// An axis with its final range.
struct DrawnAxis {
  let label: FigureLabel
  let scale: Axis.Scale
  let range: ClosedRange<Double>
  let isInteger: Bool

  init(_ axis: Axis, range: ClosedRange<Double>) {
    label = axis.label
    scale = axis.scale
    self.range = range
    isInteger = axis.isInteger
  }

  func ticks(count: Int) -> [Tick] { Ticks.at(range, scale: scale, isInteger: isInteger, count: count) }

  /// 0 at the lower end of the range, 1 at the upper one.
  func fraction(_ value: Double) -> Double {
    switch scale {
    case .linear: (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    case .logarithmic: log(value / range.lowerBound) / log(range.upperBound / range.lowerBound)
    }
  }
}
