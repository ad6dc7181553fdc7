import DepthFigures
import DepthRuns

/// States against depth, a line each, with the depths of events as thin verticals.
struct StatePicture {
  let names: [String]
  /// Of each line, its points (depth, state).
  let series: [[(depth: Double, state: Double)]]
  var events: [Double] = []

  /// Verticals of more events than this would be a curtain.
  private static let mostEvents = 20

  func figure(by kind: String, axis: FigureLabel) throws -> Figure {
    var table = Table(name: "states")
    table.add(kind, zip(names, series).flatMap { name, points in points.map { _ in name } })
    table.add("depth", series.flatMap { $0.map(\.depth) })
    table.add("state", series.flatMap { $0.map(\.state) })
    var figure = try Figures.tidy(table, x: "depth", y: "state", by: names.count > 1 ? kind : nil)
    figure.panels[0].y.label = axis
    guard !events.isEmpty, events.count <= Self.mostEvents else { return figure }
    var guides = Table(name: "events")
    guides.add("depth", events)
    figure.panels[0].layers.insert(
      Layer(.verticals(at: "depth"), of: guides, label: events.count > 1 ? "events" : "event", style: .guide), at: 0)
    return figure
  }
}
