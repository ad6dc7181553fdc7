public import DepthRuns

extension Figures {
  /// Block-wise against continuous stopping: the boundary's shift in units of sigma sqrt(Delta), and the value's difference.
  ///
  /// `table`: `series`, `block_size`, `shift_ratio`, `value_difference`; a panel that has no numbers is left out.
  /// - Parameter correction: 0.5826, drawn as a horizontal line.
  public static func blockLimit(_ table: Table, correction: Double) throws -> Figure {
    try require(["block_size", "shift_ratio", "value_difference"], in: table)
    let names = try table.texts("series")
    var seen: [String] = []
    for name in names where !seen.contains(name) { seen.append(name) }
    let sizes = try table.numbers("block_size")
    func layers(_ column: String) throws -> [Layer] {
      let values = try table.numbers(column)
      return seen.enumerated().compactMap { index, name -> Layer? in
        let rows = names.indices.filter { names[$0] == name && values[$0].isFinite }
        guard !rows.isEmpty else { return nil }
        var own = Table(name: table.name)
        own.add("block_size", rows.map { sizes[$0] })
        own.add(column, rows.map { abs(values[$0]) })
        return Layer(
          .linePoints(x: "block_size", y: column), of: own, label: FigureLabel(name), style: LayerStyle.series(index))
      }
    }
    let (shifts, values) = (try layers("shift_ratio"), try layers("value_difference"))
    var panels: [Panel] = []
    if !shifts.isEmpty {
      let line = Layer(
        .horizontals(at: "shift_ratio"), of: positions("shift_ratio", [correction]),
        label: FigureLabel("0.5826"), style: LayerStyle(color: .grey, dash: .dashed, lineWidth: 1.2))
      panels.append(
        Panel(
          x: Axis(column: "block_size", scale: .logarithmic), y: Axis(column: "shift_ratio"), layers: shifts + [line]))
    }
    if !values.isEmpty {
      panels.append(
        Panel(
          x: Axis(column: "block_size", scale: .logarithmic),
          y: Axis(column: "value_difference", scale: .logarithmic), layers: values))
    }
    guard !panels.isEmpty else { throw InputError.data("table \(table.name) has no rows to draw") }
    return Figure(
      panels, legend: .below,
      summary:
        "Boundary shift of block-wise stopping over sigma sqrt(Delta) with its limit 0.5826, and the difference of values, against the block size."
    )
  }

  /// Errors of predictions against the number of recorded samples, a panel a quantity, a line a level, on logarithmic axes.
  ///
  /// `table`: `level`, `quantity`, `samples`, `error`, `error_lower`, `error_upper`. The dotted guide falls like n^(-1/2).
  public static func solvableErrors(_ table: Table) throws -> Figure {
    try require(["samples", "error"], in: table)
    let (levels, quantities) = (try table.texts("level"), try table.texts("quantity"))
    let (samples, errors) = (try table.numbers("samples"), try table.numbers("error"))
    var names: [String] = []
    for name in quantities where !names.contains(name) { names.append(name) }
    let panels = names.map { name -> Panel in
      var layers: [Layer] = []
      for (index, level) in ["kernel", "diffusion"].enumerated() {
        let own = table.rows { quantities[$0] == name && levels[$0] == level }
        guard own.rowCount > 0 else { continue }
        layers.append(
          Layer(
            .linePoints(x: "samples", y: "error"), of: own, label: FigureLabel(level), style: LayerStyle.series(index)))
      }
      let rows = quantities.indices.filter { quantities[$0] == name && levels[$0] == levels[0] }
      if let first = rows.first, let last = rows.last, samples[first] < samples[last] {
        var guide = Table(name: "guide")
        guide.add("samples", [samples[first], samples[last]])
        guide.add("error", [errors[first], errors[first] * (samples[first] / samples[last]).squareRoot()])
        layers.append(
          Layer(
            .line(x: "samples", y: "error"), of: guide, label: "slope −1/2",
            style: LayerStyle(color: .grey, dash: .dotted, lineWidth: 1.2)))
      }
      return Panel(
        heading: name, x: Axis(column: "samples", scale: .logarithmic), y: Axis(column: "error", scale: .logarithmic),
        layers: layers)
    }
    guard !panels.isEmpty else { throw InputError.data("table \(table.name) has no rows to draw") }
    return Figure(
      panels, legend: .below, summary: "Errors of value, law, mean depth and boundary against the number of samples.",
      width: 250 * Double(panels.count))
  }
}
