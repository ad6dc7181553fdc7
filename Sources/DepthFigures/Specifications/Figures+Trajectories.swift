public import DepthRuns

extension Figures {
  /// Path length and displacement along depth, and their ratio.
  ///
  /// `table`: `depth`, `path_length`, `displacement`, `path_ratio`.
  public static func pathLength(_ table: Table) throws -> Figure {
    try require(["depth", "path_length", "displacement", "path_ratio"], in: table)
    let lengths = [line("path_length", of: table, 0), line("displacement", of: table, 1)]
    return Figure(
      [
        Panel(x: Axis(column: "depth"), y: Axis("distance"), layers: lengths),
        Panel(
          x: Axis(column: "depth"), y: Axis(column: "path_ratio"),
          layers: [Layer(.line(x: "depth", y: "path_ratio"), of: table, style: .series(0))]),
      ], summary: "Length of the state's path and its displacement along depth, and their ratio.")
  }

  /// `||f||` along depth with the fitted laws, and the exact local rates.
  ///
  /// `table`: `depth`, `field_norm`, `local_rate`; optionally `geometric`, `power`, `stretched`. The norm's axis is
  /// logarithmic.
  public static func fieldNormEnvelope(_ table: Table) throws -> Figure {
    try require(["depth", "field_norm", "local_rate"], in: table)
    var layers = [line("field_norm", of: table, 0)]
    for (index, law) in ["geometric", "power", "stretched"].enumerated() where table.column(law) != nil {
      layers.append(
        Layer(
          .line(x: "depth", y: law), of: table, label: FigureLabel(law),
          style: LayerStyle(color: LayerStyle.series(index + 1).color, dash: [.dashed, .dotted, .dashDotted][index])))
    }
    return Figure(
      [
        Panel(x: Axis(column: "depth"), y: Axis(column: "field_norm", scale: .logarithmic), layers: layers),
        Panel(
          x: Axis(column: "depth"), y: Axis(column: "local_rate"),
          layers: [Layer(.line(x: "depth", y: "local_rate"), of: table, style: .series(0))]),
      ], summary: "Norm of the field along the trajectory with three fitted decay laws, and its exact local rate.")
  }

  /// Logarithmic norms along depth, and the distance of two trajectories below its bound (Euclidean norm).
  ///
  /// `table`: `depth`, `logarithmic_norm_one`, `_two`, `_infinity`, `separation_two`, `gronwall_bound_two`.
  public static func logarithmicNorm(_ table: Table) throws -> Figure {
    let norms = ["one", "two", "infinity"]
    try require(
      ["depth", "separation_two", "gronwall_bound_two"] + norms.map { "logarithmic_norm_\($0)" }, in: table)
    return Figure(
      [
        Panel(
          x: Axis(column: "depth"), y: Axis(FigureLabel("logarithmic norm", unit: "1/depth")),
          layers: norms.enumerated().map { index, norm in line("logarithmic_norm_\(norm)", of: table, index) }),
        Panel(
          x: Axis(column: "depth"), y: Axis("distance of two trajectories", scale: .logarithmic),
          layers: [line("separation_two", of: table, 3), line("gronwall_bound_two", of: table, 4)]),
      ],
      summary: "Logarithmic norms along the trajectory, and the distance of two trajectories with its Gronwall bound.")
  }

  /// Running averages of the Lyapunov exponents against depth, at most six.
  ///
  /// `table`: `depth`, `exponent_1`, `exponent_2`, ...
  public static func lyapunovExponents(_ table: Table) throws -> Figure {
    let names = table.columnNames.filter { $0.hasPrefix("exponent_") }
    try require(["depth", "exponent_1"], in: table)
    let layers = names.prefix(6).enumerated().map { index, name in
      let label = FigureLabel("", symbol: "lambda_" + name.dropFirst(9))
      return Layer(.line(x: "depth", y: name), of: table, label: label, style: .series(index))
    }
    let rest = names.count > 6 ? " (first six of \(names.count))" : ""
    return Figure(
      [
        Panel(
          x: Axis(column: "depth"), y: Axis(FigureLabel("Lyapunov exponent" + rest, unit: "1/depth")), layers: layers)
      ], summary: "Running averages of the Lyapunov exponents against depth.")
  }

  /// `mu_2` along the trajectory, and the bounds that hold for whole regions.
  ///
  /// `profile`: `depth`, `logarithmic_norm_two`; `bounds`: `kind`, `region` (text), `logarithmic_norm_bound`.
  public static func contraction(_ profile: Table, bounds: Table) throws -> Figure {
    try require(["depth", "logarithmic_norm_two"], in: profile)
    let (kinds, regions) = (try bounds.texts("kind"), try bounds.texts("region"))
    let certified = kinds.indices.filter { kinds[$0] == "certified" }
    let layers = certified.enumerated().map { index, row in
      Layer(
        .horizontals(at: "logarithmic_norm_bound"), of: bounds.rows { $0 == row },
        label: FigureLabel("certified, \(regions[row])"),
        style: LayerStyle(color: [.vermilion, .green][index % 2], dash: [.dashed, .dotted][index % 2]))
    }
    return Figure(
      [
        Panel(
          x: Axis(column: "depth"), y: Axis(column: "logarithmic_norm_two"),
          layers: [
            Layer(
              .line(x: "depth", y: "logarithmic_norm_two"), of: profile, label: "on the trajectory", style: .series(0))
          ] + layers)
      ], summary: "Euclidean logarithmic norm along the trajectory, with bounds certified for whole regions.")
  }

  /// Single panels in one row under headings of their own, one legend for all.
  public static func sideBySide(_ figures: [(heading: String, figure: Figure)]) -> Figure {
    let panels = figures.flatMap { heading, figure in
      figure.panels.map { panel -> Panel in
        var panel = panel
        panel.heading = heading
        return panel
      }
    }
    return Figure(panels, summary: figures.map(\.figure.summary).joined(separator: " "))
  }

  private static func line(_ column: String, of table: Table, _ index: Int) -> Layer {
    Layer(
      .line(x: "depth", y: column), of: table, label: FigureLabel(column: column).withoutUnit, style: .series(index))
  }
}
