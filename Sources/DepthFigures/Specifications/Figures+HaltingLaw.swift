public import DepthRuns

extension Figures {
  /// The law of the stopping depth: what was observed as bars, what theory predicts as lines.
  ///
  /// `table`: `block`, `empirical`; optionally `empirical_lower` with `empirical_upper`, `kernel` (exact recursion on
  /// the empirical Markov kernel) and `diffusion` (free boundary and absorbing propagation). Probabilities.
  public static func haltingLaw(_ table: Table) throws -> Figure {
    try require(["block", "empirical"], in: table)
    var layers = [
      Layer(
        .bars(x: "block", y: "empirical"), of: table, label: "observed",
        style: LayerStyle(color: .skyBlue, fillOpacity: 0.55))
    ]
    if table.column("empirical_lower") != nil {
      layers.append(
        Layer(
          .errorBars(x: "block", lower: "empirical_lower", upper: "empirical_upper"), of: table,
          style: LayerStyle(color: .black, lineWidth: 1)))
    }
    if table.column("kernel") != nil {
      layers.append(
        Layer(
          .linePoints(x: "block", y: "kernel"), of: table, label: "predicted, empirical kernel",
          style: LayerStyle(color: .blue)))
    }
    if table.column("diffusion") != nil {
      layers.append(
        Layer(
          .linePoints(x: "block", y: "diffusion"), of: table, label: "predicted, diffusion",
          style: LayerStyle(color: .vermilion, dash: .dashed, marker: .square)))
    }
    return Figure(
      [
        Panel(
          x: Axis(FigureLabel("stopping depth", symbol: "tau", unit: "blocks"), isInteger: true),
          y: Axis(column: "probability"), layers: layers)
      ],
      summary: "Probability of stopping after each block: observed frequencies as bars, predicted laws as lines.")
  }
}
