public import DepthRuns

extension Figures {
  /// The gain of one more block against the cost that it must earn: diminishing returns and the horizon bound.
  ///
  /// `table`: `block`, `gain_mean`, `gain_envelope`; optionally `gain_lower` with `gain_upper`.
  /// - Parameters:
  ///   - runningCost: cost of one block, in the unit of the loss.
  ///   - horizonBound: K(c), drawn as a vertical line where it is known.
  public static func gainEnvelope(_ table: Table, runningCost: Double, horizonBound: Double? = nil) throws -> Figure {
    try require(["block", "gain_mean", "gain_envelope"], in: table)
    var layers: [Layer] = []
    if table.column("gain_lower") != nil {
      layers.append(Layer(.band(x: "block", lower: "gain_lower", upper: "gain_upper"), of: table))
    }
    layers += [
      Layer(
        .linePoints(x: "block", y: "gain_mean"), of: table, label: "mean gain",
        style: LayerStyle(color: .blue)),
      Layer(
        .linePoints(x: "block", y: "gain_envelope"), of: table, label: FigureLabel(column: "gain_envelope").withoutUnit,
        style: LayerStyle(color: .vermilion, dash: .dashed, marker: .square)),
      Layer(
        .horizontals(at: "running_cost"), of: positions("running_cost", [runningCost]),
        label: FigureLabel("running cost", symbol: "c"), style: LayerStyle(color: .black, dash: .dotted, lineWidth: 1.2)
      ),
    ]
    if let horizonBound, horizonBound.isFinite {
      layers.append(
        Layer(
          .verticals(at: "horizon_bound"), of: positions("horizon_bound", [horizonBound]),
          label: FigureLabel(column: "horizon_bound").withoutUnit, style: .guide))
    }
    return Figure(
      [
        Panel(
          x: Axis(column: "block"), y: Axis(FigureLabel("gain of the next block", unit: "loss")), layers: layers)
      ],
      summary: "Gain in loss from one more block, its envelope, and the running cost that a block must earn.")
  }
}

extension FigureLabel {
  /// For legends, which share the axis' unit.
  var withoutUnit: FigureLabel { FigureLabel(words, symbol: symbol) }
}
