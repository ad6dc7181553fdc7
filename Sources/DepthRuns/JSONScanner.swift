import Foundation

/// Reads JSON from bytes in one pass: a journal of a million lines takes seconds, where `JSONDecoder` takes minutes.
struct JSONScanner {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var place = 0
  /// Deeper nesting is refused: the scanner recurses.
  private static let deepest = 64

  private struct Malformed: Error {}

  /// The value that `bytes` holds, or nil where they are no JSON.
  static func value(_ bytes: UnsafeBufferPointer<UInt8>) -> JSONValue? {
    var scanner = JSONScanner(bytes: bytes)
    guard let value = try? scanner.value(depth: 0) else { return nil }
    scanner.skipSpace()
    // no ternary: its nil would be JSON's null
    guard scanner.place == bytes.count else { return nil }
    return value
  }

  static func value(_ bytes: [UInt8]) -> JSONValue? { bytes.withUnsafeBufferPointer { value($0) } }

  private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  private mutating func value(depth: Int) throws -> JSONValue {
    skipSpace()
    guard place < bytes.count, depth < Self.deepest else { throw Malformed() }
    switch bytes[place] {
    case UInt8(ascii: "{"): return .object(try members(depth))
    case UInt8(ascii: "["): return .array(try elements(depth))
    case UInt8(ascii: "\""): return .string(try text())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func members(_ depth: Int) throws -> [String: JSONValue] {
    place += 1
    var members: [String: JSONValue] = [:]
    if take(UInt8(ascii: "}")) { return members }
    repeat {
      skipSpace()
      let key = try text()
      guard take(UInt8(ascii: ":")) else { throw Malformed() }
      members[key] = try value(depth: depth + 1)
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw Malformed() }
    return members
  }

  private mutating func elements(_ depth: Int) throws -> [JSONValue] {
    place += 1
    var elements: [JSONValue] = []
    if take(UInt8(ascii: "]")) { return elements }
    repeat { elements.append(try value(depth: depth + 1)) } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw Malformed() }
    return elements
  }

  private mutating func text() throws -> String {
    guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else { throw Malformed() }
    place += 1
    let start = place
    while place < bytes.count, bytes[place] != UInt8(ascii: "\""), bytes[place] != UInt8(ascii: "\\") { place += 1 }
    guard place < bytes.count else { throw Malformed() }
    if bytes[place] == UInt8(ascii: "\"") {
      place += 1
      return String(decoding: bytes[start..<(place - 1)], as: UTF8.self)
    }
    return try escapedText(from: start)
  }

  /// A text with escapes is rare: its end is found here, its meaning by the library.
  private mutating func escapedText(from start: Int) throws -> String {
    while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
      place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard place < bytes.count else { throw Malformed() }
    place += 1
    let quoted = Data(bytes[(start - 1)..<place])
    guard let text = try? JSONDecoder().decode(String.self, from: quoted) else { throw Malformed() }
    return text
  }

  private mutating func number() throws -> JSONValue {
    let start = place
    var isWhole = true
    loop: while place < bytes.count {
      switch bytes[place] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): break
      case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"): isWhole = false
      default: break loop
      }
      place += 1
    }
    let digits = String(decoding: bytes[start..<place], as: UTF8.self)
    if isWhole, let value = Int(digits), value.magnitude < 1 << 53 { return .integer(value) }
    guard place > start, let value = Double(digits) else { throw Malformed() }
    return .number(value)
  }

  private mutating func word(_ text: StaticString, _ value: JSONValue) throws -> JSONValue {
    guard place + text.utf8CodeUnitCount <= bytes.count else { throw Malformed() }
    for index in 0..<text.utf8CodeUnitCount where bytes[place + index] != text.utf8Start[index] { throw Malformed() }
    place += text.utf8CodeUnitCount
    return value
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
