public import DepthRuns

extension Figures {
  /// A quantity over two axes: `z` as the colour of a rectangle around each (x, y), a panel for each value of `facet`.
  ///
  /// Rectangles reach halfway to their neighbours; values that lie on no grid, as of a random sample, get a small square
  /// each. Where `z` is missing nothing is drawn. All panels share one colour axis.
  /// - Throws: `InputError.data` when a column is missing, or no row has all three numbers.
  public static func heatMap(
    _ table: Table, x: String, y: String, z: String, facet: String? = nil, logarithmicX: Bool = false,
    logarithmicY: Bool = false, logarithmicZ: Bool = false
  ) throws -> Figure {
    let columns = try [x, y, z].map(table.numbers)
    guard table.rowCount > 0, (0..<table.rowCount).contains(where: { row in columns.allSatisfy { $0[row].isFinite } })
    else { throw InputError.data("table \(table.name): no row has numbers in \(x), \(y) and \(z)") }
    func scale(_ isLogarithmic: Bool) -> Axis.Scale { isLogarithmic ? .logarithmic : .linear }
    let panels = try groups(facet, of: table).map { group in
      let (xAxis, yAxis) = (Axis(column: x, scale: scale(logarithmicX)), Axis(column: y, scale: scale(logarithmicY)))
      let tiles = Layer(.tiles(x: x, y: y, z: z), of: group.table)
      let ranges = try tileRanges(group.table, x: (x, xAxis.scale), y: (y, yAxis.scale), z: z)
      return Panel(
        heading: facet.map { heading($0, group.name) } ?? "",
        x: Axis(xAxis.label, scale: xAxis.scale, range: ranges.x, isInteger: xAxis.isInteger),
        y: Axis(yAxis.label, scale: yAxis.scale, range: ranges.y, isInteger: yAxis.isInteger), layers: [tiles])
    }
    let color = Axis(column: z, scale: scale(logarithmicZ))
    return Figure(
      panels, legend: .hidden, color: color,
      summary:
        "\(color.label.plain) as a colour over \(FigureLabel(column: x).plain) and \(FigureLabel(column: y).plain).",
      height: 320)
  }

  /// The extent of the rectangles without a margin: a heat map fills its axes.
  private static func tileRanges(
    _ table: Table, x: (String, Axis.Scale), y: (String, Axis.Scale), z: String
  ) throws -> (x: ClosedRange<Double>, y: ClosedRange<Double>) {
    func read(_ name: String, _ scale: Axis.Scale) throws -> [Double] {
      try table.numbers(name).map { AxisRange.isShown($0, scale) ? $0 : .nan }
    }
    let grid = TileGrid(
      x: try read(x.0, x.1), y: try read(y.0, y.1), z: try table.numbers(z), xScale: x.1, yScale: y.1)
    var (xRange, yRange) = (AxisRange(scale: x.1), AxisRange(scale: y.1))
    for tile in grid.tiles {
      [tile.left, tile.right].forEach { xRange.include($0) }
      [tile.bottom, tile.top].forEach { yRange.include($0) }
    }
    return (xRange.exact, yRange.exact)
  }
}
