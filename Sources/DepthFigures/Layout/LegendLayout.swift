/// Where each legend entry stands: in a corner of the first panel that covers no data, or in rows below the axes.
struct LegendLayout {
  /// Sizes in points.
  static let fontSize = 10.0
  static let lineHeight = 15.0
  static let swatchWidth = 24.0
  static let gap = 6.0
  static let inset = 8.0
  private static let columnGap = 18.0

  enum Place: Equatable {
    case corner(right: Bool, top: Bool)
    /// Entries of each row, with the left edge of each relative to the row's centre.
    case below(rows: [[(entry: Int, offset: Double)]])

    static func == (a: Place, b: Place) -> Bool {
      switch (a, b) {
      case (.corner(let right, let top), .corner(let otherRight, let otherTop)): right == otherRight && top == otherTop
      case (.below(let rows), .below(let others)): rows.map { $0.map(\.entry) } == others.map { $0.map(\.entry) }
      default: false
      }
    }
  }

  /// Nil without entries.
  let place: Place?

  /// - Parameters:
  ///   - axesWidth: width and height of the first panel's axes in points.
  init(_ figure: DrawnFigure, axesWidth: Double, axesHeight: Double) {
    guard !figure.entries.isEmpty else {
      place = nil
      return
    }
    let corners: [Place]
    switch figure.placement {
    case .topRight: corners = [.corner(right: true, top: true)]
    case .topLeft: corners = [.corner(right: false, top: true)]
    case .bottomRight: corners = [.corner(right: true, top: false)]
    case .bottomLeft: corners = [.corner(right: false, top: false)]
    case .hidden, .below: corners = []
    case .automatic:
      let free = Self.freeCorner(figure, axesWidth, axesHeight)
      corners = free.map { [$0] } ?? []
    }
    place = corners.first ?? .below(rows: Self.rows(figure))
  }

  /// Height that a legend below the axes takes, in points.
  var heightBelow: Double {
    guard case .below(let rows)? = place else { return 0 }
    return Double(rows.count) * Self.lineHeight + 10
  }

  private static func entryWidth(_ entry: DrawnFigure.Entry) -> Double {
    swatchWidth + gap + TextWidth.of(entry.label.plain, size: fontSize)
  }

  /// As few rows as fit, about equally long.
  private static func rows(_ figure: DrawnFigure) -> [[(entry: Int, offset: Double)]] {
    var best = rows(figure, widest: figure.width - 24)
    var widest = figure.width - 24
    while widest > 60 {
      widest -= 8
      let narrower = rows(figure, widest: widest)
      guard narrower.count == best.count else { break }
      best = narrower
    }
    return best
  }

  private static func rows(_ figure: DrawnFigure, widest: Double) -> [[(entry: Int, offset: Double)]] {
    var rows: [[(entry: Int, offset: Double)]] = []
    var row: [(entry: Int, offset: Double)] = []
    var used = 0.0
    func close() {
      rows.append(row.map { ($0.entry, $0.offset - (used - columnGap) / 2) })
      row = []
      used = 0
    }
    for (index, entry) in figure.entries.enumerated() {
      let width = entryWidth(entry)
      if !row.isEmpty && used + width > widest { close() }
      row.append((index, used))
      used += width + columnGap
    }
    close()
    return rows
  }

  /// A single panel's first corner in which no shape lies, or nil.
  private static func freeCorner(_ figure: DrawnFigure, _ axesWidth: Double, _ axesHeight: Double) -> Place? {
    guard figure.panels.count == 1, let panel = figure.panels.first else { return nil }
    let width = ((figure.entries.map(entryWidth).max() ?? 0) + inset + 4) / axesWidth
    let height = (Double(figure.entries.count) * lineHeight + inset + 2) / axesHeight
    guard width < 0.6, height < 0.5 else { return nil }
    let obstacles = obstacles(panel)
    for (right, top) in [(true, true), (false, true), (true, false), (false, false)] {
      let x = right ? (1 - width)...1 : 0...width
      let y = top ? (1 - height)...1 : 0...height
      if !obstacles.contains(where: { x.contains($0.x) && y.contains($0.y) }) {
        return .corner(right: right, top: top)
      }
    }
    return nil
  }

  /// Points densely along everything that a legend must not cover, as fractions of the axes.
  private static func obstacles(_ panel: DrawnFigure.Panel) -> [Point] {
    var points: [Point] = []
    for layer in panel.layers where !layer.isBackground {
      points += layer.points.map(panel.fraction)
      for path in layer.paths { points += dense(path.map(panel.fraction)) }
      for area in layer.areas {
        let lower = area.map { panel.fraction(Point(x: $0.x, y: $0.lower)) }
        let upper = area.map { panel.fraction(Point(x: $0.x, y: $0.upper)) }
        points += dense(lower) + dense(upper)
      }
      for bar in layer.bars {
        let top = min(1, max(0, panel.y.fraction(bar.height)))
        for x in [bar.x - bar.width / 2, bar.x, bar.x + bar.width / 2] {
          points += dense([Point(x: panel.x.fraction(x), y: 0), Point(x: panel.x.fraction(x), y: top)])
        }
      }
    }
    return points.filter { $0.x.isFinite && $0.y.isFinite }
  }

  /// Points at most 1/50 of the axes apart along a path, within the axes.
  private static func dense(_ path: [Point]) -> [Point] {
    guard let first = path.first else { return [] }
    var points = [first]
    for (a, b) in zip(path, path.dropFirst()) {
      let length = max(abs(b.x - a.x), abs(b.y - a.y))
      let pieces = length.isFinite ? min(200, max(1, Int((min(length, 4) * 50).rounded(.up)))) : 1
      for piece in 1...pieces {
        let share = Double(piece) / Double(pieces)
        points.append(Point(x: a.x + share * (b.x - a.x), y: a.y + share * (b.y - a.y)))
      }
    }
    return points
  }
}
