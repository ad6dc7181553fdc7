public import DepthRuns

extension Figures {
  /// The distance of a network of L blocks from its continuous limit, on logarithmic axes.
  ///
  /// `table`: `blocks`, `error`, optionally `predicted_error`. The dotted guide falls as 1/L (slope -1) and is drawn
  /// a little below the first error; it is no fit.
  public static func depthLimit(_ table: Table) throws -> Figure {
    let blocks = try table.numbers("blocks")
    let error = try table.numbers("error")
    var layers = [Layer(.points(x: "blocks", y: "error"), of: table, label: "measured")]
    if table.column("predicted_error") != nil {
      layers.append(
        Layer(
          .line(x: "blocks", y: "predicted_error"), of: table, label: FigureLabel("predicted", symbol: "e(T)/L"),
          style: LayerStyle(color: .vermilion, dash: .dashed)))
    }
    if let first = blocks.indices.first(where: { blocks[$0] > 0 && error[$0] > 0 }) {
      var guide = Table(name: "guide")
      let ends = [blocks[first], blocks.filter(\.isFinite).max() ?? blocks[first]]
      guide.add("blocks", ends)
      guide.add("error", ends.map { 0.45 * error[first] * blocks[first] / $0 })
      layers.append(
        Layer(
          .line(x: "blocks", y: "error"), of: guide, label: "slope −1",
          style: LayerStyle(color: .grey, dash: .dotted, lineWidth: 1.2)))
    }
    return Figure(
      [
        Panel(
          x: Axis(column: "blocks", scale: .logarithmic), y: Axis(column: "error", scale: .logarithmic), layers: layers)
      ],
      summary:
        "Error of the residual network against its number of blocks on logarithmic axes, with a line of slope -1.")
  }
}
