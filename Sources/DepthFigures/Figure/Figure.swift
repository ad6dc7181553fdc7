/// A picture of tables: panels in one row and one legend for all of them.
///
/// A figure holds columns of tables and how to draw them; it computes nothing but axis ranges, so whatever it
/// shows stands in a table. It has no title: captions belong to the text around it.
/// Not supported: panels in several rows, second axes, more than one colour axis.
public struct Figure: Equatable, Sendable {
  public var panels: [Panel]
  public var legend: LegendPlacement
  /// The axis of tiles' colours, which all panels share; a bar beside the last panel shows it.
  public var color: Axis?
  /// What the picture shows, in one or two sentences: the alternative text of a web page.
  public var summary: String
  /// Width in points (1/72 inch); nil: 440 for one panel, 330 for each of several.
  public var width: Double?
  /// Height in points; nil: 290.
  public var height: Double?

  public init(
    _ panels: [Panel], legend: LegendPlacement = .automatic, color: Axis? = nil, summary: String, width: Double? = nil,
    height: Double? = nil
  ) {
    precondition(!panels.isEmpty, "a figure needs at least one panel, it has 0")
    precondition(width ?? 1 > 0 && height ?? 1 > 0, "a figure's size is positive, not \(width ?? 0) x \(height ?? 0)")
    self.panels = panels
    self.legend = legend
    self.color = color
    self.summary = summary
    self.width = width
    self.height = height
  }
}

/// One pair of axes with layers, drawn in order.
public struct Panel: Equatable, Sendable {
  /// A short heading that tells small multiples apart; empty for a single panel.
  public var heading: String
  public var x: Axis
  public var y: Axis
  public var layers: [Layer]

  public init(heading: String = "", x: Axis, y: Axis, layers: [Layer]) {
    self.heading = heading
    self.x = x
    self.y = y
    self.layers = layers
  }
}

/// Where the legend stands. An inside legend has no box.
public enum LegendPlacement: Equatable, Sendable {
  /// The first corner that covers no data (top right, top left, bottom right, bottom left), else below.
  case automatic
  case topRight, topLeft, bottomRight, bottomLeft
  /// Outside, under the horizontal axis.
  case below
  case hidden
}
