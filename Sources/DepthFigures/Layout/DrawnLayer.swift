import DepthRuns

struct Point: Equatable, Sendable {
  var x: Double
  var y: Double
}

/// The shapes of one layer in data coordinates: what every renderer draws.
struct DrawnLayer: Equatable, Sendable {
  /// At one x from `lower` to `upper`.
  struct Slice: Equatable, Sendable {
    var x: Double
    var lower: Double
    var upper: Double
  }

  struct Bar: Equatable, Sendable {
    var x: Double
    var height: Double
    var width: Double
  }

  /// A rectangle and its place on the colour axis, 0 to 1.
  struct Tile: Equatable, Sendable {
    var x: Double
    var y: Double
    var left: Double
    var right: Double
    var bottom: Double
    var top: Double
    var shade: Double
  }

  /// What a legend shows beside the label.
  enum Swatch: Equatable, Sendable {
    case line, points, linePoints, area
  }

  let label: FigureLabel?
  let style: LayerStyle
  let swatch: Swatch
  /// Whether the legend may cover it.
  var isBackground = false
  var areas: [[Slice]] = []
  var bars: [Bar] = []
  /// Unbroken pieces.
  var paths: [[Point]] = []
  var points: [Point] = []
  var tiles: [Tile] = []
}

/// Columns of a layer, read once, with values that its axes cannot show made missing.
///
/// - Throws: `InputError.data` when a column is missing or holds text.
struct LayerColumns {
  enum Shape {
    case curve(x: [Double], y: [Double])
    case slices(x: [Double], lower: [Double], upper: [Double])
    case strips(left: [Double], right: [Double])
    case positions([Double])
    case tiles(TileGrid)
  }

  let layer: Layer
  let shape: Shape
  let yScale: Axis.Scale

  init(_ layer: Layer, x xScale: Axis.Scale, y yScale: Axis.Scale) throws {
    func read(_ name: String, _ scale: Axis.Scale) throws -> [Double] {
      try layer.table.numbers(name).map { AxisRange.isShown($0, scale) ? $0 : .nan }
    }
    /// An interval that reaches down to zero or below has an end that a logarithmic axis cannot show: 0 stands for it.
    func readLower(_ name: String) throws -> [Double] {
      guard yScale == .logarithmic else { return try read(name, yScale) }
      return try layer.table.numbers(name).map { $0 <= 0 ? 0 : AxisRange.isShown($0, yScale) ? $0 : .nan }
    }
    self.layer = layer
    self.yScale = yScale
    switch layer.mark {
    case .line(let x, let y), .points(let x, let y), .linePoints(let x, let y), .steps(let x, let y),
      .above(let x, let y), .below(let x, let y), .bars(let x, let y, _):
      shape = .curve(x: try read(x, xScale), y: try read(y, yScale))
    case .errorBars(let x, let lower, let upper), .band(let x, let lower, let upper, _):
      shape = .slices(x: try read(x, xScale), lower: try readLower(lower), upper: try read(upper, yScale))
    case .strips(let left, let right):
      shape = .strips(left: try read(left, xScale), right: try read(right, xScale))
    case .verticals(let at): shape = .positions(try read(at, xScale))
    case .horizontals(let at): shape = .positions(try read(at, yScale))
    case .tiles(let x, let y, let z):
      shape = .tiles(
        TileGrid(
          x: try read(x, xScale), y: try read(y, yScale), z: try layer.table.numbers(z), xScale: xScale, yScale: yScale)
      )
    }
  }

  /// Widens the ranges to hold the layer; bars bring the zero of a linear axis with them.
  func extend(_ xRange: inout AxisRange, _ yRange: inout AxisRange) {
    switch shape {
    case .curve(let x, let y):
      for (x, y) in zip(x, y) where x.isFinite && y.isFinite {
        xRange.include(x)
        yRange.include(y)
      }
    case .slices(let x, let lower, let upper):
      for index in x.indices where x[index].isFinite {
        xRange.include(x[index])
        yRange.include(lower[index])
        yRange.include(upper[index])
      }
    case .strips(let left, let right): (left + right).forEach { xRange.include($0) }
    case .positions(let values):
      if case .horizontals = layer.mark {
        values.forEach { yRange.include($0) }
      } else {
        values.forEach { xRange.include($0) }
      }
    case .tiles(let grid):
      for tile in grid.tiles {
        [tile.left, tile.right].forEach { xRange.include($0) }
        [tile.bottom, tile.top].forEach { yRange.include($0) }
      }
    }
    guard case .bars(_, _, let width) = layer.mark, case .curve(let x, _) = shape else { return }
    yRange.include(0)
    let half = Self.barWidth(x, width) / 2
    for x in x where x.isFinite {
      xRange.include(x - half)
      xRange.include(x + half)
    }
  }

  /// The share `width` of the smallest gap between two bars; of 1 when there is but one.
  static func barWidth(_ x: [Double], _ width: Double) -> Double {
    let sorted = x.filter(\.isFinite).sorted()
    let gaps = zip(sorted, sorted.dropFirst()).map { $1 - $0 }.filter { $0 > 0 }
    return width * (gaps.min() ?? 1)
  }
}
