import Foundation

/// Lines and cells of a text in memory, without copies. Lines end with LF, CR LF or CR; a byte-order mark is none of the data.
struct CSVLines {
  private let bytes: UnsafeRawBufferPointer
  private var position: Int
  /// Of the line last given, from 1.
  private(set) var number = 0

  private static let (comma, newline, carriage, space, tab) = (
    UInt8(ascii: ","), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: " "), UInt8(ascii: "\t")
  )

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    position = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
  }

  /// The next line; nil at the end. An empty last line is no line.
  mutating func next() -> Range<Int>? {
    guard position < bytes.count else { return nil }
    let start = position
    var end = start
    while end < bytes.count, bytes[end] != Self.newline, bytes[end] != Self.carriage { end += 1 }
    position = end + 1
    if end + 1 < bytes.count, bytes[end] == Self.carriage, bytes[end + 1] == Self.newline { position += 1 }
    number += 1
    return start == end && position >= bytes.count ? nil : start..<end
  }

  func cellCount(_ line: Range<Int>) -> Int {
    var count = 1
    for i in line where bytes[i] == Self.comma { count += 1 }
    return count
  }

  /// The trimmed cell at `start`, which moves behind its comma.
  func cell(from start: inout Int, to end: Int) -> Range<Int> {
    var (low, high) = (start, start)
    while high < end, bytes[high] != Self.comma { high += 1 }
    start = high + 1
    while low < high, bytes[low] == Self.space || bytes[low] == Self.tab { low += 1 }
    while high > low, bytes[high - 1] == Self.space || bytes[high - 1] == Self.tab { high -= 1 }
    return low..<high
  }

  /// A short excerpt for values and messages.
  func text(_ cell: Range<Int>) -> String {
    String(decoding: bytes[cell.lowerBound..<min(cell.upperBound, cell.lowerBound + 40)], as: UTF8.self)
  }

  /// The number in a cell; whole numbers without the detour over a string.
  func number(_ cell: Range<Int>) -> Double? {
    if !cell.isEmpty, cell.count <= 15 {
      var value = 0
      var isWhole = true
      for i in cell {
        let digit = Int(bytes[i]) - 48
        guard (0...9).contains(digit) else {
          isWhole = false
          break
        }
        value = 10 * value + digit
      }
      if isWhole { return Double(value) }
    }
    guard cell.count <= 400 else { return nil }
    return Double(String(decoding: bytes[cell], as: UTF8.self))
  }

  /// Whether every cell is a word.
  func isHeader(_ line: Range<Int>) -> Bool {
    var start = line.lowerBound
    for _ in 0..<cellCount(line) {
      let cell = cell(from: &start, to: line.upperBound)
      if cell.isEmpty || number(cell) != nil { return false }
    }
    return true
  }
}
