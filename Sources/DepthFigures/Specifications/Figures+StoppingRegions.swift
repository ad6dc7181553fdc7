public import DepthRuns

extension Figures {
  /// Value and stopping loss of a stationary one-dimensional problem, the halting boundary, and both regions shaded; beside
  /// them, where `zoom` is there, their difference close to the boundary: smooth fit is where it touches zero flat.
  ///
  /// `table`, `zoom`: `state`, `value`, `stopping_loss`; `boundary`: `boundary`, one row a boundary point (none is allowed).
  /// A strip between neighbouring boundary points is a stopping region when the two curves coincide at most of the
  /// states inside: |g - V| up to 10^-6 of the largest |g|.
  public static func stoppingRegions(
    _ table: Table, boundary: Table, zoom: Table? = nil, coordinate: String = "state"
  ) throws -> Figure {
    let main = try valuePanel(table, boundary: boundary, coordinate: coordinate)
    let close = try zoom.map { try fitPanel($0, boundary: boundary, coordinate: coordinate) }
    return Figure(
      [main] + (close.map { [$0] } ?? []), legend: close == nil ? .automatic : .below,
      summary: "Value and stopping loss against the state, with the stopping and the continuation region shaded."
        + (close == nil ? "" : " Beside it their difference close to the boundary."))
  }

  /// Regions of a problem in depth, value against loss at depth 0, and the fit close to the boundary at depth 0.
  ///
  /// `regions`: `depth`, `lower`, `upper`, `region` as in `depthRegions`; the others as in `stoppingRegions`.
  public static func stoppingInDepth(
    regions: Table, value: Table, boundary: Table, zoom: Table?
  ) throws -> Figure {
    var inDepth = try depthRegions(regions, depth: "depth", coordinate: FigureLabel(column: "state")).panels
    inDepth.append(try valuePanel(value, boundary: boundary, coordinate: "state"))
    if let zoom { inDepth.append(try fitPanel(zoom, boundary: boundary, coordinate: "state")) }
    return Figure(
      inDepth, legend: .below,
      summary: "Where to stop and where to go on against depth; value and stopping loss at depth 0; their difference.")
  }

  /// A boundary in the plane: `boundary_0`, `boundary_1`, a closed line in the order of its rows.
  public static func planarBoundary(_ boundary: Table) throws -> Figure {
    let (x, y) = (try boundary.numbers("boundary_0"), try boundary.numbers("boundary_1"))
    var closed = Table(name: "boundary")
    closed.add("state_0", x + x.prefix(1))
    closed.add("state_1", y + y.prefix(1))
    let layer = Layer(
      .line(x: "state_0", y: "state_1"), of: closed, label: "halting boundary",
      style: LayerStyle(color: .vermilion, lineWidth: 1.8))
    return Figure(
      [
        Panel(
          x: Axis(FigureLabel("state", symbol: "h_1")), y: Axis(FigureLabel("state", symbol: "h_2")), layers: [layer])
      ],
      summary: "The halting boundary in the plane of states.")
  }

  private static func valuePanel(_ table: Table, boundary: Table, coordinate: String) throws -> Panel {
    try require(["state", "value", "stopping_loss"], in: table)
    let range = try extent("state", of: table)
    let strips = try regionStrips(table, cuts: boundary.numbers("boundary"))
    let layers = [
      Layer(.strips(left: "left", right: "right"), of: strips.stopping, label: "stop", style: stopStyle),
      Layer(.strips(left: "left", right: "right"), of: strips.continuing, label: "continue", style: continueStyle),
      Layer(.verticals(at: "boundary"), of: boundary, label: FigureLabel(column: "boundary"), style: .guide),
      Layer(
        .line(x: "state", y: "stopping_loss"), of: table, label: FigureLabel("stopping loss", symbol: "g"),
        style: LayerStyle(color: .vermilion, dash: .dashed)),
      Layer(
        .line(x: "state", y: "value"), of: table, label: FigureLabel("value", symbol: "V"),
        style: LayerStyle(color: .blue, lineWidth: 2)),
    ]
    return Panel(x: Axis(FigureLabel(column: coordinate), range: range), y: Axis(FigureLabel("loss")), layers: layers)
  }

  private static func fitPanel(_ zoom: Table, boundary: Table, coordinate: String) throws -> Panel {
    try require(["state", "value", "stopping_loss"], in: zoom)
    let range = try extent("state", of: zoom)
    var table = zoom
    table.add("difference", zip(try zoom.numbers("value"), try zoom.numbers("stopping_loss")).map { $0 - $1 })
    let cuts = try boundary.numbers("boundary")
    let near = boundary.rows { range.contains(cuts[$0]) }
    let layers = [
      Layer(.verticals(at: "boundary"), of: near, label: FigureLabel(column: "boundary"), style: .guide),
      Layer(
        .line(x: "state", y: "difference"), of: table, label: FigureLabel("value minus stopping loss", symbol: "V - g"),
        style: LayerStyle(color: .green, lineWidth: 2)),
    ]
    return Panel(
      x: Axis(FigureLabel(column: coordinate), range: range),
      y: Axis(FigureLabel("value minus stopping loss", symbol: "V - g")), layers: layers)
  }

  static let stopStyle = LayerStyle(color: .orange, fillOpacity: 0.28)
  static let continueStyle = LayerStyle(color: .skyBlue, fillOpacity: 0.16)

  /// The axis of states cut at the boundary points, sorted into stopping and continuing strips.
  private static func regionStrips(_ table: Table, cuts: [Double]) throws -> (stopping: Table, continuing: Table) {
    let states = try table.numbers("state")
    let value = try table.numbers("value")
    let loss = try table.numbers("stopping_loss")
    let rows = states.indices.filter { states[$0].isFinite && value[$0].isFinite && loss[$0].isFinite }
    let scale = rows.map { abs(loss[$0]) }.max() ?? 0
    let ends = [Double.nan] + cuts.filter(\.isFinite).sorted() + [Double.nan]
    var stopping: [(Double, Double)] = []
    var continuing: [(Double, Double)] = []
    for (left, right) in zip(ends, ends.dropFirst()) {
      let inside = rows.filter { !(states[$0] < left) && !(states[$0] > right) }
      guard !inside.isEmpty else { continue }
      let equal = inside.count { abs(loss[$0] - value[$0]) <= 1e-6 * scale }
      if 2 * equal > inside.count { stopping.append((left, right)) } else { continuing.append((left, right)) }
    }
    return (strips("stopping", stopping), strips("continuing", continuing))
  }

  private static func strips(_ name: String, _ ends: [(Double, Double)]) -> Table {
    var table = Table(name: name)
    table.add("left", ends.map(\.0))
    table.add("right", ends.map(\.1))
    return table
  }
}
