public import DepthRuns

extension Figures {
  /// How rows of a tidy table become marks.
  public enum TidyMarks: Sendable {
    /// Lines with their intervals as bands.
    case bands
    /// Lines with their intervals as bands, of up to ten rows as whiskers, which say at which x there is something.
    case intervals
    /// Points with their intervals as whiskers: neighbouring rows differ in more than x.
    case points
  }

  /// Any tidy table: y against x, a line for each value of `by`, a panel for each value of `facet`.
  ///
  /// Where the table has `y_lower` and `y_upper` (the name of y with these endings), they are an interval, unless
  /// there are more than six lines, whose bands would hide each other. Rows are sorted by
  /// x within a line; beside a line of more than fifty none has markers. `by` and `facet` may be text, in order of
  /// appearance, or numbers, in their own.
  /// - Parameter side: column whose values are lines of one style within `by`, as the two ends of a region.
  /// - Throws: `InputError.data` when a column is missing.
  public static func tidy(
    _ table: Table, x: String, y: String, by: String? = nil, side: String? = nil, facet: String? = nil,
    logarithmicX: Bool = false, logarithmicY: Bool = false, marks: TidyMarks = .bands
  ) throws -> Figure {
    try require([x, y], in: table)
    let xAxis = Axis(column: x, scale: logarithmicX ? .logarithmic : .linear)
    let yAxis = Axis(column: y, scale: logarithmicY ? .logarithmic : .linear)
    let names = try by.map { try groups($0, of: table).map(\.name) } ?? []
    let panels = try groups(facet, of: table).map { panel in
      let lines = try groups(by, of: panel.table).flatMap { group in
        try groups(side, of: group.table).map { (name: group.name, table: $0.table) }
      }
      let hasMarkers = (lines.map(\.table.rowCount).max() ?? 0) <= mostMarkers
      let layers = try lines.flatMap { line in
        let style = LayerStyle.series(names.firstIndex(of: line.name) ?? 0)
        return try series(
          line.table, x: x, y: y, label: by.map { FigureLabel(entry($0, line.name, of: table)) }, style: style,
          hasBands: names.count <= 6, hasMarkers: hasMarkers, marks)
      }
      return Panel(heading: facet.map { heading($0, panel.name) } ?? "", x: xAxis, y: yAxis, layers: layers)
    }
    guard !panels.isEmpty else { throw InputError.data("table \(table.name) has no rows to draw") }
    // A long legend below must not squeeze the axes.
    let height = 290 + 10 * Double(max(0, names.count - 6))
    return Figure(panels, summary: "\(yAxis.label.plain) against \(xAxis.label.plain).", height: height)
  }

  /// Rows of a line above which a panel's lines have no markers: they would run into one another.
  private static let mostMarkers = 50
  /// Rows of a line up to which its intervals are whiskers.
  private static let mostWhiskers = 10

  static func heading(_ column: String, _ name: String) -> String { "\(FigureLabel(column: column).words) \(name)" }

  /// A number alone would not say of what.
  private static func entry(_ column: String, _ name: String, of table: Table) -> String {
    if case .number? = table.column(column) { return heading(column, name) }
    return name
  }

  private static func series(
    _ table: Table, x: String, y: String, label: FigureLabel?, style: LayerStyle, hasBands: Bool,
    hasMarkers: Bool, _ marks: TidyMarks
  ) throws -> [Layer] {
    let sorted = try sorted(table, by: x)
    var intervals: [Layer] = []
    let (lower, upper) = ("\(y)_lower", "\(y)_upper")
    if hasBands, table.column(lower) != nil, table.column(upper) != nil {
      var faint = style
      let hasWhiskers = marks == .points || (marks == .intervals && table.rowCount <= mostWhiskers)
      if hasWhiskers {
        (faint.lineWidth, faint.dash) = (1, .solid)
        intervals = [Layer(.errorBars(x: x, lower: lower, upper: upper), of: sorted, style: faint)]
      } else {
        faint.fillOpacity = 0.12
        intervals = [Layer(.band(x: x, lower: lower, upper: upper), of: sorted, style: faint)]
      }
    }
    let mark: Layer.Mark =
      marks == .points ? .points(x: x, y: y) : hasMarkers ? .linePoints(x: x, y: y) : .line(x: x, y: y)
    return intervals + [Layer(mark, of: sorted, label: label, style: style)]
  }

  private static func sorted(_ table: Table, by column: String) throws -> Table {
    let keys = try table.numbers(column)
    // Rows without a position go last, where they draw nothing; equal keys keep their order.
    let order = keys.indices.sorted { a, b in
      let left = keys[a].isFinite ? keys[a] : .infinity
      let right = keys[b].isFinite ? keys[b] : .infinity
      return left < right || (left == right && a < b)
    }
    var result = Table(name: table.name)
    for (name, column) in zip(table.columnNames, table.columns) {
      switch column {
      case .number(let values): result.add(name, order.map { values[$0] })
      case .text(let values): result.add(name, order.map { values[$0] })
      }
    }
    return result
  }

  /// The rows of each value of a column, texts in order of first appearance, numbers in their own; everything as one
  /// without a column.
  static func groups(_ column: String?, of table: Table) throws -> [(name: String, table: Table)] {
    guard let column else { return table.rowCount > 0 ? [("", table)] : [] }
    let names: [String]
    var seen: [String] = []
    switch table.column(column) {
    case .number(let values):
      names = values.map { $0.isFinite ? NumberText($0, digits: 6).plain : "" }
      let order = values.indices.filter { values[$0].isFinite }.sorted { (values[$0], $0) < (values[$1], $1) }
      for index in order where !seen.contains(names[index]) { seen.append(names[index]) }
    default:
      names = try table.texts(column)
      for name in names where !name.isEmpty && !seen.contains(name) { seen.append(name) }
    }
    return seen.map { name in (name, table.rows { names[$0] == name }) }
  }
}
