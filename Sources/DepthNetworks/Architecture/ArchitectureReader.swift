import DepthRuns

/// Reads the members of one part of an architecture's JSON, which may come from a file.
struct ArchitectureReader {
  private let value: JSONValue
  private let part: String
  /// Sizes from a file stay below this, so that products of them stay integers.
  static let largestSize = 1 << 20

  init(_ value: JSONValue, _ part: String) {
    self.value = value
    self.part = part
  }

  func failure(_ what: String) -> InputError { .data("the network's architecture has \(what) in a \(part)") }

  func text(_ key: String) throws -> String {
    guard let text = value[key]?.stringValue else { throw failure("no text '\(key)'") }
    return text
  }

  func size(_ key: String, from least: Int = 1) throws -> Int {
    guard let size = value[key]?.integerValue, (least..<Self.largestSize).contains(size) else {
      throw failure("no '\(key)' from \(least) to \(Self.largestSize - 1)")
    }
    return size
  }

  /// A size that older files do not have.
  func size(_ key: String, or missing: Int) throws -> Int { member(key) == nil ? missing : try size(key) }

  func positive(_ key: String) throws -> Double {
    guard let number = value[key]?.doubleValue, number > 0, number.isFinite else {
      throw failure("no positive '\(key)'")
    }
    return number
  }

  func flag(_ key: String) throws -> Bool {
    guard case .bool(let isOn)? = value[key] else { throw failure("no true or false '\(key)'") }
    return isOn
  }

  func list(_ key: String) throws -> [JSONValue] {
    guard let list = value[key]?.arrayValue, !list.isEmpty, list.count <= 1000 else {
      throw failure("no list '\(key)'")
    }
    return list
  }

  /// nil where the member is missing or null.
  func member(_ key: String) -> JSONValue? {
    guard let member = value[key], member != .null else { return Optional.none }
    return member
  }
}
