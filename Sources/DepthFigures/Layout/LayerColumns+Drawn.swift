extension LayerColumns {
  /// The layer's shapes within a panel of the given ranges.
  func drawn(x xRange: ClosedRange<Double>, y yRange: ClosedRange<Double>, color: DrawnAxis? = nil) -> DrawnLayer {
    var drawn = DrawnLayer(label: layer.label, style: layer.style, swatch: swatch)
    switch shape {
    case .curve(let x, let y): drawCurve(x, y, yRange, into: &drawn)
    case .slices(let x, let lower, let upper): drawSlices(x, lower, upper, yRange, into: &drawn)
    case .strips(let left, let right):
      drawn.isBackground = true
      drawn.areas = zip(left, right).map { left, right in
        [left.isFinite ? left : xRange.lowerBound, right.isFinite ? right : xRange.upperBound].map {
          DrawnLayer.Slice(x: $0, lower: yRange.lowerBound, upper: yRange.upperBound)
        }
      }
    case .positions(let values):
      drawn.paths = values.filter(\.isFinite).map { value in
        if case .horizontals = layer.mark {
          return [Point(x: xRange.lowerBound, y: value), Point(x: xRange.upperBound, y: value)]
        }
        return [Point(x: value, y: yRange.lowerBound), Point(x: value, y: yRange.upperBound)]
      }
    case .tiles(let grid):
      drawn.isBackground = true
      // shades are values until the colour axis is known
      drawn.tiles = grid.tiles.compactMap { tile in
        guard let color, AxisRange.isShown(tile.shade, color.scale) else { return nil }
        var tile = tile
        tile.shade = min(1, max(0, color.fraction(tile.shade)))
        return tile
      }
    }
    return drawn
  }

  private var swatch: DrawnLayer.Swatch {
    switch layer.mark {
    case .line, .steps, .verticals, .horizontals, .errorBars: .line
    case .points: .points
    case .linePoints: .linePoints
    case .band, .above, .below, .strips, .bars, .tiles: .area
    }
  }

  private func drawCurve(_ x: [Double], _ y: [Double], _ yRange: ClosedRange<Double>, into drawn: inout DrawnLayer) {
    let pieces = Self.pieces(x.count) { x[$0].isFinite && y[$0].isFinite }
    let paths = pieces.map { $0.map { Point(x: x[$0], y: y[$0]) } }
    switch layer.mark {
    case .points: drawn.points = paths.flatMap { $0 }
    case .linePoints:
      drawn.paths = paths
      drawn.points = paths.flatMap { $0 }
    case .steps: drawn.paths = paths.map(Self.stair)
    case .above:
      drawn.isBackground = true
      drawn.areas = paths.map { $0.map { .init(x: $0.x, lower: $0.y, upper: max($0.y, yRange.upperBound)) } }
    case .below:
      drawn.isBackground = true
      drawn.areas = paths.map { $0.map { .init(x: $0.x, lower: min($0.y, yRange.lowerBound), upper: $0.y) } }
    case .bars(_, _, let width):
      let width = Self.barWidth(x, width)
      drawn.bars = paths.flatMap { $0 }.map { .init(x: $0.x, height: $0.y, width: width) }
    default: drawn.paths = paths
    }
  }

  private func drawSlices(
    _ x: [Double], _ ends: [Double], _ upper: [Double], _ yRange: ClosedRange<Double>, into drawn: inout DrawnLayer
  ) {
    // down to the panel's edge where the axis cannot show the end
    let lower = yScale == .logarithmic ? ends.map { $0 == 0 ? yRange.lowerBound : $0 } : ends
    let pieces = Self.pieces(x.count) { x[$0].isFinite && lower[$0].isFinite && upper[$0].isFinite }
    let areas = pieces.map { $0.map { DrawnLayer.Slice(x: x[$0], lower: lower[$0], upper: upper[$0]) } }
    guard case .band(_, _, _, let isBackground) = layer.mark else {
      drawn.paths = areas.flatMap { $0 }.map { [Point(x: $0.x, y: $0.lower), Point(x: $0.x, y: $0.upper)] }
      return
    }
    drawn.isBackground = isBackground
    drawn.areas = areas
  }

  /// Ranges of consecutive rows for which `isThere` holds.
  private static func pieces(_ count: Int, _ isThere: (Int) -> Bool) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var start: Int?
    for index in 0..<count {
      if isThere(index) {
        start = start ?? index
      } else if let first = start {
        pieces.append(first..<index)
        start = nil
      }
    }
    if let first = start { pieces.append(first..<count) }
    return pieces
  }

  /// Corners of a stair whose treads are centred on the points and as long as the gaps allow.
  private static func stair(_ points: [Point]) -> [Point] {
    guard points.count > 1 else { return points }
    var corners: [Point] = []
    for index in points.indices {
      let x = points[index].x
      let before = index > 0 ? (x - points[index - 1].x) / 2 : (points[1].x - x) / 2
      let after = index + 1 < points.count ? (points[index + 1].x - x) / 2 : before
      corners.append(Point(x: x - before, y: points[index].y))
      corners.append(Point(x: x + after, y: points[index].y))
    }
    return corners
  }
}
