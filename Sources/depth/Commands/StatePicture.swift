import DepthFigures
import DepthRuns

/// States against depth, a line each, with the depths of events as thin verticals.
struct StatePicture {
  let names: [String]
  /// Of each line, its points (depth, state).
  let series: [[(depth: Double, state: Double)]]
  var events: [Double] = []
  /// Where lines end at an event of their own.
  var ends: [(depth: Double, state: Double)] = []
  /// Whether the names are symbols of the theory, as "h_0".
  var hasSymbols = false

  /// Verticals of more events than this would be a curtain.
  private static let mostEvents = 20

  func figure(by kind: String, axis: FigureLabel) throws -> Figure {
    var table = Table(name: "states")
    table.add(kind, zip(names, series).flatMap { name, points in points.map { _ in name } })
    table.add("depth", series.flatMap { $0.map(\.depth) })
    table.add("state", series.flatMap { $0.map(\.state) })
    var figure = try Figures.tidy(table, x: "depth", y: "state", by: names.count > 1 ? kind : nil)
    figure.panels[0].y.label = axis
    if hasSymbols {
      for index in figure.panels[0].layers.indices {
        guard let name = figure.panels[0].layers[index].label?.words else { continue }
        figure.panels[0].layers[index].label = FigureLabel("", symbol: name)
      }
    }
    if !ends.isEmpty {
      var table = Table(name: "ends")
      table.add("depth", ends.map(\.depth))
      table.add("state", ends.map(\.state))
      let style = LayerStyle(color: .black, marker: .openCircle)
      figure.panels[0].layers.append(
        Layer(.points(x: "depth", y: "state"), of: table, label: "halted", style: style))
    }
    guard !events.isEmpty, events.count <= Self.mostEvents else { return figure }
    var guides = Table(name: "events")
    guides.add("depth", events)
    figure.panels[0].layers.insert(
      Layer(.verticals(at: "depth"), of: guides, label: events.count > 1 ? "events" : "event", style: .guide), at: 0)
    return figure
  }
}
