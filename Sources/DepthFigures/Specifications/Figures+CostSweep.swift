public import DepthRuns

extension Figures {
  /// E tau* over the running cost with the bounds of T2 and T3, cost on a logarithmic axis.
  ///
  /// `table`: `running_cost`, `expected_stopping_depth` with `_lower` and `_upper`, `horizon_bound`, `gain_sum_bound`.
  public static func costSweep(_ table: Table, logarithmicDepth: Bool = false) throws -> Figure {
    try require(["running_cost", "expected_stopping_depth", "horizon_bound", "gain_sum_bound"], in: table)
    var layers = [
      Layer(
        .band(
          x: "running_cost", lower: "expected_stopping_depth_lower", upper: "expected_stopping_depth_upper"), of: table),
      Layer(
        .linePoints(x: "running_cost", y: "expected_stopping_depth"), of: table,
        label: FigureLabel(column: "expected_stopping_depth").withoutUnit, style: LayerStyle(color: .blue)),
    ]
    if try table.numbers("horizon_bound").contains(where: \.isFinite) {
      layers.append(
        Layer(
          .linePoints(x: "running_cost", y: "horizon_bound"), of: table,
          label: FigureLabel(column: "horizon_bound").withoutUnit,
          style: LayerStyle(color: .vermilion, dash: .dashed, marker: .square)))
    }
    if try table.numbers("gain_sum_bound").contains(where: \.isFinite) {
      layers.append(
        Layer(
          .linePoints(x: "running_cost", y: "gain_sum_bound"), of: table, label: "T3",
          style: LayerStyle(color: .green, dash: .dotted, marker: .triangle)))
    }
    return Figure(
      [
        Panel(
          x: Axis(column: "running_cost", scale: .logarithmic),
          y: Axis(
            FigureLabel("depth", unit: "blocks"), scale: logarithmicDepth ? .logarithmic : .linear), layers: layers)
      ], summary: "Expected stopping depth against the running cost, with the bounds of the finite-depth theorem.")
  }
}
