import Foundation
internal import TOMLKit

/// A file of options: `--config FILE`. Its keys are the flags in snake_case; flags override it.
///
/// TOML; or the `configuration.json` of a run folder, or the folder itself, whose `null`s are options that were not given.
public enum ConfigurationFile {
  /// Reads the file as one object.
  ///
  /// - Throws: `InputError.data` with line and column of a syntax error.
  public static func read(_ url: URL) throws -> [String: JSONValue] {
    let configuration = url.appendingPathComponent("configuration.json")
    if FileManager.default.fileExists(atPath: configuration.path) { return try read(configuration) }
    guard url.pathExtension != "json" else { return try object(JSONValue(contentsOf: url), path: url.path) }
    let text = String(decoding: try AtomicFile.read(url), as: UTF8.self)
    do {
      return try object(TOMLTable(string: text), path: url.path)
    } catch let error as TOMLParseError {
      throw InputError.data("\(url.path):\(error.source.begin.line):\(error.source.begin.column): \(error.description)")
    }
  }

  /// A value typed on the command line as it would stand in a TOML file; a bare word is a text.
  public static func value(_ text: String) -> JSONValue {
    guard let table = try? TOMLTable(string: "value = \(text)"), table.keys.count == 1, let value = table["value"],
      let typed = try? json(value, key: "value", path: "")
    else { return .string(text) }
    return typed
  }

  private static func object(_ value: JSONValue, path: String) throws -> [String: JSONValue] {
    guard case .object(let members) = value else { throw InputError.data("\(path) is not one object of options") }
    return members.filter { $0.value != .null }
  }

  private static func object(_ table: TOMLTable, path: String) throws -> [String: JSONValue] {
    var members: [String: JSONValue] = [:]
    for key in table.keys {
      guard let value = table[key] else { continue }
      members[key] = try json(value, key: key, path: path)
    }
    return members
  }

  private static func json(_ value: any TOMLValueConvertible, key: String, path: String) throws -> JSONValue {
    if let value = value.bool { return .bool(value) }
    if let value = value.int { return .integer(value) }
    if let value = value.double { return .number(value) }
    if let value = value.string { return .string(value) }
    if let value = value.array { return .array(try value.map { try json($0, key: key, path: path) }) }
    if let value = value.table { return .object(try object(value, path: path)) }
    throw InputError.data("\(path): '\(key)' is a date or time; allowed: numbers, strings, booleans, arrays, tables")
  }
}
