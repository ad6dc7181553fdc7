import Foundation

/// The rectangles of a heat map: edges halfway between neighbouring values, in the ratio on logarithmic axes.
///
/// Where less than half of the grid of all x and all y is there, values are no grid: each has a small square of its own.
struct TileGrid {
  /// `shade` is the value itself here.
  let tiles: [DrawnLayer.Tile]

  init(x: [Double], y: [Double], z: [Double], xScale: Axis.Scale, yScale: Axis.Scale) {
    let rows = x.indices.filter { x[$0].isFinite && y[$0].isFinite && z[$0].isFinite }
    let (columns, lines) = (Set(rows.map { x[$0] }).sorted(), Set(rows.map { y[$0] }).sorted())
    let isGrid = 2 * rows.count >= columns.count * lines.count
    let xEdges = isGrid ? Self.edges(columns, xScale) : Self.squares(columns, xScale)
    let yEdges = isGrid ? Self.edges(lines, yScale) : Self.squares(lines, yScale)
    tiles = rows.compactMap { row in
      guard let (left, right) = xEdges[x[row]], let (bottom, top) = yEdges[y[row]] else { return nil }
      return DrawnLayer.Tile(
        x: x[row], y: y[row], left: left, right: right, bottom: bottom, top: top, shade: z[row])
    }
  }

  /// The two edges of each value; a single one has half its size on either side, or a factor of 2.
  private static func edges(_ values: [Double], _ scale: Axis.Scale) -> [Double: (Double, Double)] {
    let places = values.map { scale == .logarithmic ? log($0) : $0 }
    func back(_ place: Double) -> Double { scale == .logarithmic ? exp(place) : place }
    var edges: [Double: (Double, Double)] = [:]
    for (index, place) in places.enumerated() {
      let below = index > 0 ? (place - places[index - 1]) / 2 : nil
      let above = index + 1 < places.count ? (places[index + 1] - place) / 2 : nil
      let alone = scale == .logarithmic ? log(2) : place == 0 ? 0.5 : abs(place) / 2
      edges[values[index]] = (back(place - (below ?? above ?? alone)), back(place + (above ?? below ?? alone)))
    }
    return edges
  }

  /// A hundredth of the extent on either side.
  private static func squares(_ values: [Double], _ scale: Axis.Scale) -> [Double: (Double, Double)] {
    let places = values.map { scale == .logarithmic ? log($0) : $0 }
    let half = ((places.last ?? 0) - (places.first ?? 0)) / 100
    guard half > 0 else { return edges(values, scale) }
    func back(_ place: Double) -> Double { scale == .logarithmic ? exp(place) : place }
    return Dictionary(zip(values, places.map { (back($0 - half), back($0 + half)) })) { first, _ in first }
  }
}
