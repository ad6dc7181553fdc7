/// Heat maps in a terminal: full cells in the colours of the scale, without colour the more dots the larger the value.
extension BrailleRenderer {
  /// Bayer's matrix: the order in which dots of a 4 x 4 square come on.
  private static let order = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5]

  func shade(_ low: Point, _ high: Point, _ shade: Double, on canvas: inout BrailleCanvas) {
    func index(_ place: Double, _ count: Int) -> Int { Int(min(Double(count), max(0, (place + 0.5).rounded(.down)))) }
    let columns =
      index(low.x, canvas.dotColumns)..<max(index(low.x, canvas.dotColumns), index(high.x, canvas.dotColumns))
    let rows = index(low.y, canvas.dotRows)..<max(index(low.y, canvas.dotRows), index(high.y, canvas.dotRows))
    let code = Self.code(shade: shade)
    for column in columns {
      for row in rows where color || Self.isOn(column, row, shade) { canvas.set(column, row, code: code) }
    }
  }

  /// At least one dot in sixteen: blank is where there is no value.
  private static func isOn(_ column: Int, _ row: Int, _ shade: Double) -> Bool {
    1 + shade * 15 > Double(order[column % 4 + 4 * (row % 4)])
  }

  private static func code(shade: Double) -> String {
    let color = ColorScale.color(shade)
    return "\u{1B}[38;2;\(color.red);\(color.green);\(color.blue)m"
  }

  /// The two ends of the colour axis with nine steps between them.
  func colorBar(_ axis: DrawnAxis) -> String {
    var canvas = BrailleCanvas(columns: 27, rows: 1)
    for step in 0..<9 {
      let left = Double(6 * step)
      shade(Point(x: left, y: 0), Point(x: left + 6, y: 4), Double(step) / 8, on: &canvas)
    }
    let (low, high) = (
      NumberText(axis.range.lowerBound, digits: 3).plain, NumberText(axis.range.upperBound, digits: 3).plain
    )
    return "  \(axis.label.plain): \(low) \(canvas.text(row: 0, color: color)) \(high)"
  }
}
