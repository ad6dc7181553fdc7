public import DepthRuns

extension Figures {
  /// Value and stopping loss of a stationary one-dimensional problem, the halting boundary, and both regions shaded.
  ///
  /// `table`: `state`, `value`, `stopping_loss`; `boundary`: `boundary`, one row a boundary point (none is allowed).
  /// A strip between neighbouring boundary points is a stopping region when the two curves coincide at most of the
  /// states inside: |g - V| up to 10^-6 of the largest |g|.
  public static func stoppingRegions(_ table: Table, boundary: Table) throws -> Figure {
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
    return Figure(
      [Panel(x: Axis(column: "state", range: range), y: Axis(FigureLabel("loss")), layers: layers)],
      summary: "Value and stopping loss against the state, with the stopping and the continuation region shaded.")
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
