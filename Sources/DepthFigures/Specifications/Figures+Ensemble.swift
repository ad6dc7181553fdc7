public import DepthRuns

extension Figures {
  /// An ensemble against depth: the mean, a band of one standard deviation about it, and sample paths; a panel a component.
  ///
  /// `table`: `component`, `depth`, `mean`, `mean_lower`, `mean_upper`; `paths`: `path`, `component`, `depth`, `state` (no
  /// row is allowed).
  public static func ensemble(_ table: Table, paths: Table) throws -> Figure {
    try require(["component", "depth", "mean", "mean_lower", "mean_upper"], in: table)
    try require(["path", "component", "depth", "state"], in: paths)
    let components = try table.numbers("component")
    let names = Set(components.filter(\.isFinite)).sorted()
    guard !names.isEmpty else { throw InputError.data("table \(table.name) has no rows to draw") }
    let panels = try names.map { name in
      let rows = table.rows { components[$0] == name }
      let band = Layer(
        .band(x: "depth", lower: "mean_lower", upper: "mean_upper"), of: rows, label: "mean ± standard deviation",
        style: LayerStyle(color: .blue, fillOpacity: 0.18))
      let mean = Layer(
        .line(x: "depth", y: "mean"), of: rows, label: "mean", style: LayerStyle(color: .blue, lineWidth: 2.2))
      let pathComponents = try paths.numbers("component")
      let samples = try samplePaths(paths.rows { pathComponents[$0] == name })
      return Panel(
        heading: names.count > 1 ? "component \(NumberText(name, digits: 6).plain)" : "", x: Axis(column: "depth"),
        y: Axis(column: "state"), layers: [band] + samples + [mean])
    }
    return Figure(
      panels, summary: "Mean, standard deviation and sample paths of an ensemble of states against depth.")
  }

  private static func samplePaths(_ paths: Table) throws -> [Layer] {
    let identities = try paths.numbers("path")
    return Set(identities.filter(\.isFinite)).sorted().map { path in
      Layer(
        .line(x: "depth", y: "state"), of: paths.rows { identities[$0] == path }, label: "sample paths",
        style: LayerStyle(color: .grey, lineWidth: 0.8))
    }
  }
}
