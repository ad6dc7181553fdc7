public import DepthRuns

extension Figures {
  /// Stopping and continuation regions of a problem in depth, with sample paths on top.
  ///
  /// `table`: `block` (or the column named by `depth`), `lower`, `upper`: one row a block and piece of the stopping
  /// region, which is `lower <= coordinate <= upper`. A missing `lower` reaches down, a missing `upper` up without end;
  /// both missing: no stopping there. Several pieces a block are told apart by a column `region`.
  /// `paths`: the same depth column, `coordinate` and `path` (numbers); rows of a path stand together, in order of depth.
  public static func depthRegions(
    _ table: Table, paths: Table? = nil, depth: String = "block", coordinate: FigureLabel = .init(column: "coordinate")
  ) throws -> Figure {
    try require([depth, "lower", "upper"], in: table)
    let depthRange = try extent(depth, of: table)
    let coordinates = try coordinateRange(table, paths: paths)
    var layers = [background(depth, depthRange, coordinates)]
    for (index, piece) in try pieces(table).enumerated() {
      layers += try stoppingPiece(piece, index: index, depth: depth, within: coordinates)
    }
    if let paths {
      for path in try splitPaths(paths) {
        layers.append(
          Layer(
            .line(x: depth, y: "coordinate"), of: path, label: "sample paths",
            style: LayerStyle(color: .grey, lineWidth: 0.9)))
      }
    }
    let panel = Panel(
      x: Axis(column: depth, range: depthRange), y: Axis(coordinate, range: coordinates), layers: layers)
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

  private static func pieces(_ table: Table) throws -> [Table] {
    guard table.column("region") != nil else { return [table] }
    let regions = try table.numbers("region")
    return Set(regions.filter(\.isFinite)).sorted().map { region in table.rows { regions[$0] == region } }
  }

  private static func stoppingPiece(
    _ piece: Table, index: Int, depth: String, within range: ClosedRange<Double>
  ) throws -> [Layer] {
    let lower = try piece.numbers("lower")
    let upper = try piece.numbers("upper")
    var filled = Table(name: "stopping-\(index)")
    filled.add(depth, try piece.numbers(depth))
    let isThere = lower.indices.map { lower[$0].isFinite || upper[$0].isFinite }
    filled.add("lower", lower.indices.map { isThere[$0] && !lower[$0].isFinite ? range.lowerBound : lower[$0] })
    filled.add("upper", upper.indices.map { isThere[$0] && !upper[$0].isFinite ? range.upperBound : upper[$0] })
    let line = LayerStyle(color: .vermilion, lineWidth: 1.8)
    let label = FigureLabel("halting boundary")
    var layers = [
      // White first: on top of the continuation's tint the colour would be a mixture.
      Layer(
        .band(x: depth, lower: "lower", upper: "upper", isBackground: true), of: filled,
        style: LayerStyle(color: .white, fillOpacity: 1)),
      Layer(
        .band(x: depth, lower: "lower", upper: "upper", isBackground: true), of: filled, label: "stop",
        style: stopStyle),
    ]
    for side in ["lower", "upper"] where try piece.numbers(side).contains(where: \.isFinite) {
      layers.append(Layer(.line(x: depth, y: side), of: piece, label: label, style: line))
    }
    return layers
  }

  private static func splitPaths(_ paths: Table) throws -> [Table] {
    let identities = try paths.numbers("path")
    return Set(identities.filter(\.isFinite)).sorted().map { path in paths.rows { identities[$0] == path } }
  }
}
