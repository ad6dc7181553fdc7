public import DepthRuns

extension Figures {
  /// Stopping and continuation regions of a problem in depth, with sample paths on top.
  ///
  /// `table`: `block` (or the column named by `depth`), `lower`, `upper`: one row a block and piece of the stopping
  /// region, which is `lower <= coordinate <= upper`. A missing `lower` reaches down, a missing `upper` up without end;
  /// a block without stopping has no row. Blocks are drawn as steps, each with as many pieces as it has rows. A
  /// continuous depth is drawn as curves, broken where a row is missing (a gap of more than 1.5 of the smallest one);
  /// its pieces are told apart by a column `region`.
  /// `paths`: the same depth column, `coordinate` and `path` (numbers); rows of a path stand together, in order of
  /// depth.
  public static func depthRegions(
    _ table: Table, paths: Table? = nil, depth: String = "block",
    coordinate: FigureLabel = FigureLabel(column: "coordinate")
  ) throws -> Figure {
    try require([depth, "lower", "upper"], in: table)
    let isStepped = depth == "block"
    let depths = try extent(depth, of: table)
    let half = isStepped ? 0.5 : 0
    let shown = (depths.lowerBound - half)...(depths.upperBound + half)
    let coordinates = try coordinateRange(table, paths: paths)
    var layers = [background(depth, shown, coordinates)]
    if isStepped {
      layers += try stoppingPiece(steps(table, depth: depth), name: "steps", depth: depth, within: coordinates)
    } else {
      for (index, piece) in try pieces(table, depth: depth).enumerated() {
        layers += try stoppingPiece(piece, name: "piece-\(index)", depth: depth, within: coordinates)
      }
    }
    if let paths { layers += try pathLayers(paths, depth: depth) }
    let panel = Panel(x: Axis(column: depth, range: shown), y: Axis(coordinate, range: coordinates), layers: layers)
    return Figure(
      [panel], legend: .below,
      summary: "Where to stop and where to go on, as a region in depth and coordinate, bounded by the halting boundary."
    )
  }

  /// The extent of boundaries and paths with a margin, so that unbounded regions have an edge to reach.
  private static func coordinateRange(_ table: Table, paths: Table?) throws -> ClosedRange<Double> {
    var range = AxisRange(scale: .linear)
    let values = try table.numbers("lower") + table.numbers("upper") + (paths?.numbers("coordinate") ?? [])
    values.forEach { range.include($0) }
    let padded = range.padded(keepsSign: false)
    let margin = 0.08 * (padded.upperBound - padded.lowerBound)
    return (padded.lowerBound - margin)...(padded.upperBound + margin)
  }

  private static func background(
    _ depth: String, _ depths: ClosedRange<Double>, _ coordinates: ClosedRange<Double>
  ) -> Layer {
    var table = Table(name: "panel")
    table.add(depth, [depths.lowerBound, depths.upperBound])
    table.add("lower", [coordinates.lowerBound, coordinates.lowerBound])
    table.add("upper", [coordinates.upperBound, coordinates.upperBound])
    return Layer(
      .band(x: depth, lower: "lower", upper: "upper", isBackground: true), of: table, label: "continue",
      style: continueStyle)
  }

  /// Each row as a rectangle one block wide, with a break after it.
  private static func steps(_ table: Table, depth: String) throws -> Table {
    func spread(_ column: String, by half: Double = 0) throws -> [Double] {
      try table.numbers(column).flatMap { [$0 - half, $0 + half, .nan] }
    }
    var steps = Table(name: table.name)
    steps.add(depth, try spread(depth, by: 0.5))
    steps.add("lower", try spread("lower"))
    steps.add("upper", try spread("upper"))
    return steps
  }

  /// The rows of each `region`, with an empty row wherever depths are missing.
  private static func pieces(_ table: Table, depth: String) throws -> [Table] {
    let depths = Set(try table.numbers(depth).filter(\.isFinite)).sorted()
    let smallest = zip(depths, depths.dropFirst()).map { $1 - $0 }.min() ?? 1
    guard table.column("region") != nil else { return [try broken(table, depth: depth, gap: 1.5 * smallest)] }
    let regions = try table.numbers("region")
    return try Set(regions.filter(\.isFinite)).sorted().map { region in
      try broken(table.rows { regions[$0] == region }, depth: depth, gap: 1.5 * smallest)
    }
  }

  private static func broken(_ piece: Table, depth: String, gap: Double) throws -> Table {
    let depths = try piece.numbers(depth)
    func spread(_ column: String) throws -> [Double] {
      let values = try piece.numbers(column)
      return depths.indices.flatMap { row in
        row > 0 && depths[row] - depths[row - 1] > gap ? [.nan, values[row]] : [values[row]]
      }
    }
    var result = Table(name: piece.name)
    for column in [depth, "lower", "upper"] { result.add(column, try spread(column)) }
    return result
  }

  private static func stoppingPiece(
    _ piece: Table, name: String, depth: String, within range: ClosedRange<Double>
  ) throws -> [Layer] {
    let lower = try piece.numbers("lower")
    let upper = try piece.numbers("upper")
    var filled = Table(name: name)
    filled.add(depth, try piece.numbers(depth))
    filled.add("lower", lower.map { $0.isFinite ? $0 : range.lowerBound })
    filled.add("upper", upper.map { $0.isFinite ? $0 : range.upperBound })
    let band = Layer.Mark.band(x: depth, lower: "lower", upper: "upper", isBackground: true)
    var layers = [
      // White first: on top of the continuation's tint the colour would be a mixture.
      Layer(band, of: filled, style: LayerStyle(color: .white, fillOpacity: 1)),
      Layer(band, of: filled, label: "stop", style: stopStyle),
    ]
    for side in ["lower", "upper"] where try piece.numbers(side).contains(where: \.isFinite) {
      layers.append(
        Layer(
          .line(x: depth, y: side), of: piece, label: "halting boundary",
          style: LayerStyle(color: .vermilion, lineWidth: 1.8)))
    }
    return layers
  }

  private static func pathLayers(_ paths: Table, depth: String) throws -> [Layer] {
    let identities = try paths.numbers("path")
    return Set(identities.filter(\.isFinite)).sorted().map { path in
      Layer(
        .line(x: depth, y: "coordinate"), of: paths.rows { identities[$0] == path }, label: "sample paths",
        style: LayerStyle(color: .grey, lineWidth: 0.9))
    }
  }
}
