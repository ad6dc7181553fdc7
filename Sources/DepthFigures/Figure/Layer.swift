public import DepthRuns

/// Columns of one table drawn in one way. A missing number (NaN) breaks a line and leaves out a point.
public struct Layer: Equatable, Sendable {
  /// What is drawn; every string is the name of a column of numbers.
  public enum Mark: Equatable, Sendable {
    case line(x: String, y: String)
    case points(x: String, y: String)
    case linePoints(x: String, y: String)
    /// A stair whose treads are centred on x.
    case steps(x: String, y: String)
    /// Vertical whiskers from `lower` to `upper`.
    case errorBars(x: String, lower: String, upper: String)
    /// The area between two curves: an interval band, or a region. A background does not keep the legend away.
    case band(x: String, lower: String, upper: String, isBackground: Bool = false)
    /// From the curve to the panel's upper edge.
    case above(x: String, y: String)
    /// From the curve to the panel's lower edge.
    case below(x: String, y: String)
    /// Full-height strips from `left` to `right`; a missing end means the panel's edge.
    case strips(left: String, right: String)
    /// Lines over the whole height.
    case verticals(at: String)
    /// Lines over the whole width.
    case horizontals(at: String)
    /// From zero to y; as wide as `width` times the smallest gap between bars.
    case bars(x: String, y: String, width: Double = 0.8)
    /// Rectangles around (x, y), coloured by z on the figure's colour axis: a heat map.
    case tiles(x: String, y: String, z: String)
  }

  public var mark: Mark
  public var table: Table
  /// Nil: not in the legend. Equal labels share one entry.
  public var label: FigureLabel?
  public var style: LayerStyle

  public init(_ mark: Mark, of table: Table, label: FigureLabel? = nil, style: LayerStyle = LayerStyle()) {
    self.mark = mark
    self.table = table
    self.label = label
    self.style = style
  }
}
