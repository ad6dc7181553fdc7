import Foundation

/// Canonical text: equal values have equal bytes, so that hashes may rest on it.
extension JSONValue {
  /// UTF-8 without spaces, keys sorted by their bytes, numbers with the fewest digits that read back to the same double and
  /// whole numbers without a point (`1` and `1.0` are the same); a non-finite number is the text "inf", "-inf" or "nan".
  public var canonical: [UInt8] {
    var bytes: [UInt8] = []
    appendCanonical(to: &bytes)
    return bytes
  }

  /// Appends the canonical text; O(size).
  public func appendCanonical(to bytes: inout [UInt8]) {
    switch self {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
    case .integer(let value): Self.append(value, to: &bytes)
    case .number(let value): Self.append(value, to: &bytes)
    case .string(let value): Self.append(value, to: &bytes)
    case .array(let values):
      bytes.append(UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        value.appendCanonical(to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let members): Self.append(members.sorted { $0.key < $1.key }, to: &bytes)
    }
  }

  /// An object's canonical text; its members sorted already.
  static func append(_ members: [(key: String, value: JSONValue)], to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "{"))
    for (index, member) in members.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      append(member.key, to: &bytes)
      bytes.append(UInt8(ascii: ":"))
      member.value.appendCanonical(to: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
  }

  /// Beyond 2^53 as the double that it is, if it is one.
  private static func append(_ value: Int, to bytes: inout [UInt8]) {
    if value.magnitude >= 1 << 53, let number = Double(exactly: value) { return append(number, to: &bytes) }
    bytes.append(contentsOf: String(value).utf8)
  }

  private static func append(_ value: Double, to bytes: inout [UInt8]) {
    if let integer = Int(exactly: value), abs(integer) < 1 << 53 {
      bytes.append(contentsOf: String(integer).utf8)
    } else if value.isFinite {
      bytes.append(contentsOf: value.description.utf8)
    } else {
      append(value.isNaN ? "nan" : value < 0 ? "-inf" : "inf", to: &bytes)
    }
  }

  private static func append(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0..<0x20:
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(contentsOf: Digest.hexadecimal(CollectionOfOne(byte)).utf8)
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
