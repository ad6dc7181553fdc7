/// Colour, dash pattern, marker and weight of a layer.
public struct LayerStyle: Equatable, Sendable {
  /// The palette of Okabe and Ito, distinct for every common kind of colour blindness, two greys and white.
  ///
  /// Source: M. Okabe, K. Ito, "Color Universal Design" (2008).
  public enum Color: String, CaseIterable, Sendable {
    case black = "000000"
    case orange = "E69F00"
    case skyBlue = "56B4E9"
    case green = "009E73"
    case yellow = "F0E442"
    case blue = "0072B2"
    case vermilion = "D55E00"
    case purple = "CC79A7"
    case grey = "7F7F7F"
    case lightGrey = "CFCFCF"
    case white = "FFFFFF"
  }

  /// Told apart without colour.
  public enum Dash: CaseIterable, Sendable {
    case solid, dashed, dotted, dashDotted, longDashed

    /// Lengths of dash and gap in points; empty when solid.
    var pattern: [Double] {
      switch self {
      case .solid: []
      case .dashed: [5, 3]
      case .dotted: [1.2, 2.4]
      case .dashDotted: [6, 2.5, 1.2, 2.5]
      case .longDashed: [10, 3.5]
      }
    }
  }

  public enum Marker: CaseIterable, Sendable {
    case circle, square, triangle, diamond, openCircle
  }

  public var color: Color
  public var dash: Dash
  public var marker: Marker
  /// Of lines, in points.
  public var lineWidth: Double
  /// Of areas and bars, 0 to 1; lines are opaque.
  public var fillOpacity: Double

  public init(
    color: Color = .blue, dash: Dash = .solid, marker: Marker = .circle, lineWidth: Double = 1.5,
    fillOpacity: Double = 0.22
  ) {
    self.color = color
    self.dash = dash
    self.marker = marker
    self.lineWidth = lineWidth
    self.fillOpacity = fillOpacity
  }

  /// The style of the `index`-th series of a figure: colour, dash and marker change together.
  public static func series(_ index: Int) -> LayerStyle {
    let colors: [Color] = [.blue, .vermilion, .green, .purple, .orange, .skyBlue, .black]
    let dashes = Dash.allCases
    let markers = Marker.allCases
    return LayerStyle(
      color: colors[index % colors.count], dash: dashes[index % dashes.count], marker: markers[index % markers.count])
  }

  /// A thin grey line for guides.
  public static let guide = LayerStyle(color: .grey, dash: .dashed, lineWidth: 1)
}
