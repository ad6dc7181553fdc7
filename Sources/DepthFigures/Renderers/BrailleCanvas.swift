/// A grid of terminal cells, each of 2 x 4 braille dots and one colour.
struct BrailleCanvas {
  let columns: Int
  let rows: Int
  private var dots: [UInt8]
  /// Codes of colours.
  private var colors: [String?]

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    dots = [UInt8](repeating: 0, count: columns * rows)
    colors = [String?](repeating: nil, count: columns * rows)
  }

  var dotColumns: Int { columns * 2 }
  var dotRows: Int { rows * 4 }

  /// Sets the dot at column `x`, row `y` counted from the lower left; dots outside are left out.
  mutating func set(_ x: Int, _ y: Int, _ color: LayerStyle.Color) { set(x, y, code: BrailleRenderer.code(color)) }

  mutating func set(_ x: Int, _ y: Int, code: String) {
    guard x >= 0, x < dotColumns, y >= 0, y < dotRows else { return }
    let fromTop = dotRows - 1 - y
    let cell = fromTop / 4 * columns + x / 2
    dots[cell] |= Self.bit(x % 2, fromTop % 4)
    colors[cell] = code
  }

  /// A straight line between two positions in dots; `isOn` says which of its dots are drawn.
  mutating func line(
    from a: Point, to b: Point, _ color: LayerStyle.Color, isOn: (Int) -> Bool = { _ in true }
  ) {
    let length = max(abs(b.x - a.x), abs(b.y - a.y))
    guard length.isFinite else { return }
    let steps = min(4 * (dotColumns + dotRows), max(1, Int(length.rounded(.up))))
    for step in 0...steps where isOn(step) {
      let share = Double(step) / Double(steps)
      set(Self.index(a.x + share * (b.x - a.x)), Self.index(a.y + share * (b.y - a.y)), color)
    }
  }

  /// The text of one row from the top, with colour codes if `color`.
  func text(row: Int, color: Bool) -> String {
    var text = ""
    var current: String?
    for column in 0..<columns {
      let cell = row * columns + column
      if color && colors[cell] != current && dots[cell] != 0 {
        text += colors[cell] ?? BrailleRenderer.reset
        current = colors[cell]
      }
      text.unicodeScalars.append(Unicode.Scalar(0x2800 + UInt32(dots[cell])) ?? " ")
    }
    return current == nil ? text : text + BrailleRenderer.reset
  }

  private static func index(_ value: Double) -> Int { Int(max(-1, min(1e6, value.rounded()))) }

  /// Unicode numbers the dots 1-3 and 7 down the left side, 4-6 and 8 down the right.
  private static func bit(_ x: Int, _ y: Int) -> UInt8 {
    if y == 3 { return x == 0 ? 0x40 : 0x80 }
    return 1 << UInt8(y + 3 * x)
  }
}
