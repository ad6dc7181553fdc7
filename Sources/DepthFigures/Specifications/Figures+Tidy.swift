public import DepthRuns

extension Figures {
  /// Any tidy table: y against x, a line for each value of `by`, a panel for each value of `facet`.
  ///
  /// Where the table has `y_lower` and `y_upper` (the name of y with these endings), they are a band, unless
  /// there are more than six lines, whose bands would hide each other. Rows are sorted by
  /// x within a line; beside a line of more than fifty none has markers. `by` and `facet` may be text or numbers.
  /// - Throws: `InputError.data` when a column is missing.
  public static func tidy(
    _ table: Table, x: String, y: String, by: String? = nil, facet: String? = nil, logarithmicX: Bool = false,
    logarithmicY: Bool = false
  ) throws -> Figure {
    try require([x, y], in: table)
    let xAxis = Axis(column: x, scale: logarithmicX ? .logarithmic : .linear)
    let yAxis = Axis(column: y, scale: logarithmicY ? .logarithmic : .linear)
    let names = try by.map { try groups($0, of: table).map(\.name) } ?? []
    let panels = try groups(facet, of: table).map { panel in
      let lines = try groups(by, of: panel.table)
      let hasMarkers = (lines.map(\.table.rowCount).max() ?? 0) <= mostMarkers
      let layers = try lines.flatMap { group in
        let style = LayerStyle.series(names.firstIndex(of: group.name) ?? 0)
        return try series(
          group.table, x: x, y: y, label: by == nil ? nil : FigureLabel(group.name), style: style,
          hasBands: names.count <= 6, hasMarkers: hasMarkers)
      }
      let heading = facet.map { "\(FigureLabel(column: $0).words) \(panel.name)" } ?? ""
      return Panel(heading: heading, x: xAxis, y: yAxis, layers: layers)
    }
    guard !panels.isEmpty else { throw InputError.data("table \(table.name) has no rows to draw") }
    // A long legend below must not squeeze the axes.
    let height = 290 + 10 * Double(max(0, names.count - 6))
    return Figure(panels, summary: "\(yAxis.label.plain) against \(xAxis.label.plain).", height: height)
  }

  /// Rows of a line above which a panel's lines have no markers: they would run into one another.
  private static let mostMarkers = 50

  private static func series(
    _ table: Table, x: String, y: String, label: FigureLabel?, style: LayerStyle, hasBands: Bool,
    hasMarkers: Bool
  ) throws -> [Layer] {
    let sorted = try sorted(table, by: x)
    var band: [Layer] = []
    if hasBands, table.column("\(y)_lower") != nil, table.column("\(y)_upper") != nil {
      var faint = style
      faint.fillOpacity = 0.12
      band = [Layer(.band(x: x, lower: "\(y)_lower", upper: "\(y)_upper"), of: sorted, style: faint)]
    }
    let mark: Layer.Mark = hasMarkers ? .linePoints(x: x, y: y) : .line(x: x, y: y)
    return band + [Layer(mark, of: sorted, label: label, style: style)]
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

  /// The rows of each value of a column, in order of first appearance; everything as one without a column.
  private static func groups(_ column: String?, of table: Table) throws -> [(name: String, table: Table)] {
    guard let column else { return table.rowCount > 0 ? [("", table)] : [] }
    let names: [String]
    switch table.column(column) {
    case .text(let values): names = values
    case .number(let values): names = values.map { $0.isFinite ? NumberText($0, digits: 6).plain : "" }
    case nil: names = try table.texts(column)
    }
    var seen: [String] = []
    for name in names where !name.isEmpty && !seen.contains(name) { seen.append(name) }
    return seen.map { name in (name, table.rows { names[$0] == name }) }
  }
}
