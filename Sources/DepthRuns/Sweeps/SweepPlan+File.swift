import Foundation

/// Plans as their authors write them: TOML.
extension SweepPlan {
  /// `slurm` is the executor's, and no part of the plan: see `SlurmOptions`.
  private static let keys = [
    "command", "seed", "fixed", "grid", "zip", "list", "sample", "replicates", "runs", "slurm",
  ]

  /// Reads a plan.
  ///
  /// - Parameter overrides: `key=value` with dots, a value as in TOML: `grid.c=[0.1, 0.2]`, `seed=2`; a key without a table
  ///   stands in `[fixed]` and takes the place of an axis of that name.
  /// - Throws: `InputError.data` naming file, key and what is allowed; `InputError.usage` for a bad override.
  public init(contentsOf url: URL, overrides: [String] = []) throws {
    var members = try ConfigurationFile.read(url)
    for text in overrides { try Self.override(&members, with: text) }
    do {
      try self.init(members: members)
    } catch let error as InputError where error.kind == .data {
      throw InputError.data("\(url.path): \(error.description)")
    }
  }

  private static func override(_ members: inout [String: JSONValue], with text: String) throws {
    guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
      throw InputError.value("'\(text)'", of: "--set", allowed: "key=value, as c=0.1, grid.c=[0.1, 0.2], seed=2")
    }
    let path = text[..<equals].split(separator: ".").map { $0.trimmingCharacters(in: .whitespaces) }
    let value = ConfigurationFile.value(String(text[text.index(after: equals)...]))
    guard let first = path.first, path.count <= 2, !path.contains("") else {
      throw InputError.value("'\(text)'", of: "--set", allowed: "key=value or table.key=value")
    }
    if path.count == 1, keys.contains(first) {
      members[first] = value
      return
    }
    let (table, key) = path.count == 1 ? ("fixed", first) : (first, path[1])
    // what is set here replaces what the plan says of the key anywhere
    if ["fixed", "grid", "zip", "sample"].contains(table) {
      for other in ["fixed", "grid", "zip", "sample"] {
        guard case .object(var entries)? = members[other], other != "sample" || !["count", "method"].contains(key)
        else { continue }
        entries[key] = nil
        members[other] = entries.isEmpty ? nil : .object(entries)
      }
    }
    var entries: [String: JSONValue] = [:]
    if case .object(let present)? = members[table] { entries = present }
    entries[key] = value
    members[table] = .object(entries)
  }

  /// - Throws: `InputError.data`.
  init(members: [String: JSONValue]) throws {
    if let stranger = members.keys.sorted().first(where: { !Self.keys.contains($0) }) {
      throw InputError.data(InputError.unknown(stranger, kindOfName: "key", known: Self.keys).description)
    }
    guard let command = members["command"] else {
      throw InputError.data("command is missing; allowed: a command's name")
    }
    guard let name = command.stringValue else {
      throw InputError.data("command is not a text; allowed: a command's name")
    }
    let number = members["seed"] ?? .integer(0)
    guard let seed = number.integerValue.flatMap({ UInt64(exactly: $0) }) ?? number.stringValue.flatMap({ UInt64($0) })
    else { throw InputError.data("seed is no integer from 0") }
    let fixed = try Self.table("fixed", members)
    var axes = try Self.grid(Self.table("grid", members))
    if let zip = try Self.zipped(Self.table("zip", members)) { axes.append(zip) }
    if let list = try Self.listed(members["list"]) { axes.append(list) }
    if let sample = try Self.sampled(Self.table("sample", members), seed: seed) { axes.append(sample) }
    try self.init(
      command: name, seed: seed, fixed: fixed.mapValues(\.withTextForInfinity), axes: axes,
      replicates: Self.replicates(Self.table("replicates", members)), keepsRuns: Self.keepsRuns(members["runs"]))
  }

  private static func keepsRuns(_ value: JSONValue?) throws -> Bool? {
    guard let value else { return nil }
    guard case .bool(let keeps) = value else { throw InputError.data("runs is not true or false") }
    return keeps
  }

  private static func replicates(_ table: [String: JSONValue]) throws -> Int? {
    if let stranger = table.keys.sorted().first(where: { $0 != "count" }) {
      throw InputError.data(InputError.unknown(stranger, kindOfName: "key in replicates", known: ["count"]).description)
    }
    guard let value = table["count"] else { return nil }
    guard let count = value.integerValue, count >= 1 else {
      throw InputError.data("replicates.count is no integer from 1")
    }
    return count
  }

  private static func table(_ name: String, _ members: [String: JSONValue]) throws -> [String: JSONValue] {
    guard let value = members[name] else { return [:] }
    guard case .object(let entries) = value else { throw InputError.data("\(name) is no table; write [\(name)]") }
    return entries
  }

  private static func values(_ value: JSONValue, place: String) throws -> [JSONValue] {
    switch value {
    case .array(let values):
      guard !values.isEmpty else { throw InputError.data("\(place) is empty; allowed: at least one value") }
      return values.map(\.withTextForInfinity)
    case .object(let members):
      let range = try SweepRange(members, place: place)
      guard range.count <= mostTasks else {
        throw InputError.data("\(place) has \(range.count) values; allowed: up to \(mostTasks) tasks in one sweep")
      }
      return range.values
    default:
      throw InputError.data(
        "\(place) is one value; allowed: a list, a range as { log = [lo, hi], count = n }, or the key in [fixed]")
    }
  }

  /// Keys in the order of the alphabet: TOML's tables have none of their own.
  private static func grid(_ table: [String: JSONValue]) throws -> [SweepAxis] {
    try table.sorted { $0.key < $1.key }.map { key, value in
      SweepAxis(keys: [key], rows: try values(value, place: "grid.\(key)").map { [$0] })
    }
  }

  private static func zipped(_ table: [String: JSONValue]) throws -> SweepAxis? {
    guard !table.isEmpty else { return nil }
    let columns = try table.sorted { $0.key < $1.key }.map { ($0.key, try values($0.value, place: "zip.\($0.key)")) }
    guard Set(columns.map(\.1.count)).count == 1 else {
      let lengths = columns.map { "\($0.0) has \($0.1.count)" }.joined(separator: ", ")
      throw InputError.data("the lists of [zip] differ in length: \(lengths)")
    }
    return SweepAxis(
      keys: columns.map(\.0), rows: columns[0].1.indices.map { row in columns.map { $0.1[row] } })
  }

  private static func listed(_ value: JSONValue?) throws -> SweepAxis? {
    guard let value else { return nil }
    guard let list = value.arrayValue, !list.isEmpty else {
      throw InputError.data("list is no list of tables; write [[list]] before each point")
    }
    var keys: [String] = []
    let rows = try list.enumerated().map { index, entry -> [JSONValue] in
      guard case .object(let members) = entry else { throw InputError.data("list \(index + 1) is no table") }
      if index == 0 { keys = members.keys.sorted() }
      guard members.keys.sorted() == keys, !keys.isEmpty else {
        throw InputError.data(
          "list \(index + 1) has other keys than the first; allowed: \(keys.joined(separator: ", "))")
      }
      return keys.compactMap { members[$0]?.withTextForInfinity }
    }
    return SweepAxis(keys: keys, rows: rows)
  }

  private static func sampled(_ table: [String: JSONValue], seed: UInt64) throws -> SweepAxis? {
    guard !table.isEmpty else { return nil }
    let methods = SweepSample.Method.allCases.map(\.rawValue)
    guard let name = (table["method"] ?? "random").stringValue,
      let method = SweepSample.Method(rawValue: String(name.map { $0 == "_" ? "-" : $0 }))
    else { throw InputError.data("sample.method is unknown; allowed: \(methods.joined(separator: ", "))") }
    guard let count = table["count"]?.integerValue, (1...mostTasks).contains(count) else {
      throw InputError.data("sample.count is missing or no integer from 1 to \(mostTasks)")
    }
    let keys = table.keys.filter { !["method", "count"].contains($0) }.sorted()
    guard !keys.isEmpty else { throw InputError.data("[sample] has no key to draw") }
    let sources = try keys.map { key -> (key: String, source: SweepSample.Source) in
      switch table[key] {
      case .object(let members)?:
        return (key, .range(try SweepRange(members, place: "sample.\(key)", isSampled: true)))
      case .array(let values)? where !values.isEmpty: return (key, .choices(values.map(\.withTextForInfinity)))
      default: throw InputError.data("sample.\(key) is neither a range as { log = [lo, hi] } nor a list to choose from")
      }
    }
    return SweepSample.axis(method, count: count, sources: sources, seed: seed)
  }
}

extension JSONValue {
  /// An infinite number as the text "inf", which JSON can hold and options read.
  fileprivate var withTextForInfinity: JSONValue {
    switch self {
    case .number(let value) where !value.isFinite: .string(value.isNaN ? "nan" : value < 0 ? "-inf" : "inf")
    case .array(let values): .array(values.map(\.withTextForInfinity))
    default: self
    }
  }
}
