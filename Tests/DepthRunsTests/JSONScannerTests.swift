import Foundation
import Testing

@testable import DepthRuns

/// The canonical writer and the scanner against Foundation.
@Suite struct JSONScannerTests {
  @Test func canonicalTextIsSortedShortAndReadsBack() throws {
    let value: JSONValue = [
      "b": [1, 2.5, .number(1e300), .number(-0.0), .number(0.1)], "a": ["x": nil, "quote\"\\\n": true],
    ]
    let text = String(decoding: value.canonical, as: UTF8.self)
    #expect(text == #"{"a":{"quote\"\\\u000a":true,"x":null},"b":[1,2.5,1e+300,0,0.1]}"#)
    #expect(try JSONDecoder().decode(JSONValue.self, from: Data(value.canonical)).canonical == value.canonical)
    #expect(JSONValue.number(1).canonical == JSONValue.integer(1).canonical)
    #expect(String(decoding: JSONValue.number(.infinity).canonical, as: UTF8.self) == "\"inf\"")
  }

  /// Random values, written by either and read by either.
  @Test func scannerAgreesWithFoundation() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      let value = Self.random(&generator, depth: 0)
      let bytes = value.canonical
      let scanned = try #require(JSONScanner.value(bytes))
      #expect(scanned.canonical == bytes)
      let decoded = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
      #expect(decoded.canonical == bytes)
      #expect(JSONScanner.value([UInt8](value.text(pretty: true)))?.canonical == bytes)
    }
  }

  /// Every beginning of a text is refused, and nothing traps on changed bytes.
  @Test func tornTextIsNoValue() {
    let bytes = JSONValue.object(["a": [1, -2.5e-3, "t\"ext", true, nil], "b": ["c": "d"]]).canonical
    for length in 0..<bytes.count { #expect(JSONScanner.value(Array(bytes.prefix(length))) == nil) }
    for place in bytes.indices {
      for byte in [UInt8(0), 0x22, 0x5C, 0x7B, 0x2D, 0xFF] {
        var damaged = bytes
        damaged[place] = byte
        _ = JSONScanner.value(damaged)
      }
    }
    #expect(JSONScanner.value([UInt8](repeating: UInt8(ascii: "["), count: 100_000)) == nil)
    for text in ["", "-", "1 2", "[1,]", "{\"a\"}", "nul", "tru", "{\"a\":1,}", "\"a"] {
      #expect(JSONScanner.value(Array(text.utf8)) == nil, "\(text)")
    }
  }

  private static func random(_ generator: inout SystemRandomNumberGenerator, depth: Int) -> JSONValue {
    switch Int.random(in: 0..<(depth < 4 ? 8 : 6), using: &generator) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &generator))
    case 2: return .integer(Int.random(in: -1_000_000...1_000_000, using: &generator))
    case 3:
      let pattern = UInt64.random(in: 0...UInt64.max, using: &generator)
      let number = Double(bitPattern: pattern)
      return .number(number.isFinite ? number : 0.1)
    case 4, 5:
      let letters = Array("ab\"\\/\n\té€😀 ")
      return .string(String((0..<Int.random(in: 0..<8, using: &generator)).map { _ in letters.randomElement()! }))
    case 6: return .array((0..<3).map { _ in random(&generator, depth: depth + 1) })
    default:
      let members = (0..<3).map { ("k\($0)\"", random(&generator, depth: depth + 1)) }
      return .object(Dictionary(members) { $1 })
    }
  }
}
