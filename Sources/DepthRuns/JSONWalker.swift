/// Walks over JSON text where it lies and makes no values, for files of a million lines of which a few members are wanted.
///
/// Spans are places in `bytes`. Numbers are taken by their characters alone: who wants one reads it.
struct JSONWalker {
  typealias Span = Range<Int>

  let bytes: UnsafeBufferPointer<UInt8>
  private var place: Int
  /// Deeper nesting is refused: the walk recurses.
  private static let deepest = 64

  /// - Parameter start: where a value begins.
  init(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int = 0) {
    self.bytes = bytes
    place = start
  }

  /// Hands the members of the object here to `body`: names without their quotes, values with theirs.
  ///
  /// - Returns: where the object ends, or nil where it is none.
  mutating func members(_ body: (_ name: Span, _ value: Span) -> Void) -> Int? { members(0, body) ? place : nil }

  private mutating func members(_ depth: Int, _ body: (_ name: Span, _ value: Span) -> Void) -> Bool {
    guard take(UInt8(ascii: "{")) else { return false }
    if take(UInt8(ascii: "}")) { return true }
    repeat {
      guard let name = text(), take(UInt8(ascii: ":")), let value = value(depth + 1) else { return false }
      body((name.lowerBound + 1)..<(name.upperBound - 1), value)
    } while take(UInt8(ascii: ","))
    return take(UInt8(ascii: "}"))
  }

  private mutating func value(_ depth: Int) -> Span? {
    skipSpace()
    guard place < bytes.count, depth < Self.deepest else { return nil }
    let start = place
    let isWhole: Bool
    switch bytes[place] {
    case UInt8(ascii: "\""): return text()
    case UInt8(ascii: "{"): isWhole = members(depth) { _, _ in }
    case UInt8(ascii: "["): isWhole = elements(depth)
    case UInt8(ascii: "t"): isWhole = word("true")
    case UInt8(ascii: "f"): isWhole = word("false")
    case UInt8(ascii: "n"): isWhole = word("null")
    default: isWhole = number()
    }
    return isWhole ? start..<place : nil
  }

  private mutating func elements(_ depth: Int) -> Bool {
    place += 1
    if take(UInt8(ascii: "]")) { return true }
    repeat { if value(depth + 1) == nil { return false } } while take(UInt8(ascii: ","))
    return take(UInt8(ascii: "]"))
  }

  /// With its quotes; a control character is no part of a text.
  private mutating func text() -> Span? {
    skipSpace()
    guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else { return nil }
    let start = place
    place += 1
    while place < bytes.count, bytes[place] >= 0x20 {
      if bytes[place] == UInt8(ascii: "\"") {
        place += 1
        return start..<place
      }
      place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
    }
    return nil
  }

  private mutating func number() -> Bool {
    let start = place
    loop: while place < bytes.count {
      switch bytes[place] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "e"),
        UInt8(ascii: "E"), UInt8(ascii: "+"):
        place += 1
      default: break loop
      }
    }
    return place > start
  }

  private mutating func word(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard place + count <= bytes.count else { return false }
    for index in 0..<count where bytes[place + index] != text.utf8Start[index] { return false }
    place += count
    return true
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard place < bytes.count, bytes[place] == byte else { return false }
    place += 1
    return true
  }

  private mutating func skipSpace() {
    while place < bytes.count, bytes[place] == 0x20 || (0x09...0x0D).contains(bytes[place]) { place += 1 }
  }
}

extension UnsafeBufferPointer<UInt8> {
  func part(_ span: Range<Int>) -> UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: self[span]) }

  func equals(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    for index in 0..<count where self[index] != text.utf8Start[index] { return false }
    return true
  }
}
