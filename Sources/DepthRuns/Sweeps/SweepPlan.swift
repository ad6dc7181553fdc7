import Foundation

/// What a sweep is to run: a command, what stays fixed, and axes whose product are the tasks.
///
/// Every value is there: ranges are lists and samples are drawn. What the keys mean is the command's business
/// (`SweepSchema`). A task's index is its place in the product, the last axis fastest, replicates fastest of all.
public struct SweepPlan: Equatable, Sendable {
  /// Tasks of one sweep; a plan of more is refused before it is expanded.
  public static let mostTasks = 1_000_000

  public let command: String
  public let seed: UInt64
  public let fixed: [String: JSONValue]
  public let axes: [SweepAxis]
  /// nil: one, and the table has no column for it.
  public let replicates: Int?
  /// Whether each task leaves a run folder; nil: as the command does by itself.
  public let keepsRuns: Bool?
  /// The product of the axes' lengths and the replicates.
  public let count: Int

  /// - Throws: `InputError.data` for an empty axis, a key given twice, and more tasks than `mostTasks`.
  public init(
    command: String, seed: UInt64 = 0, fixed: [String: JSONValue] = [:], axes: [SweepAxis] = [],
    replicates: Int? = nil, keepsRuns: Bool? = nil
  ) throws {
    if let empty = axes.first(where: { $0.rows.isEmpty }) {
      throw InputError.data("the axis \(empty.keys.joined(separator: ", ")) is empty; allowed: at least one value")
    }
    if let replicates, replicates < 1 {
      throw InputError.value(replicates, of: "replicates.count", allowed: "integers from 1", kind: .data)
    }
    var seen = Set(fixed.keys)
    for key in axes.flatMap(\.keys) {
      guard seen.insert(key).inserted else { throw InputError.data("'\(key)' is given twice; allowed: once in a plan") }
    }
    let lengths = axes.map { Double($0.rows.count) } + [Double(replicates ?? 1)]
    let size = lengths.reduce(1, *)
    guard size <= Double(Self.mostTasks) else {
      let number = size < 1e15 ? String(Int(size)) : "\(size)"
      throw InputError.data("\(number) tasks; allowed: up to \(Self.mostTasks) in one sweep")
    }
    (self.command, self.seed, self.fixed, self.axes) = (command, seed, fixed, axes)
    (self.replicates, self.keepsRuns, count) = (replicates, keepsRuns, Int(size))
  }

  /// One point of the plan, in the plan's own keys.
  public struct Point: Equatable, Sendable {
    public let index: Int
    /// From 0; nil without replicates.
    public let replicate: Int?
    /// In the order of the axes.
    public let swept: [(key: String, value: JSONValue)]

    public static func == (a: Point, b: Point) -> Bool {
      a.index == b.index && a.replicate == b.replicate && a.swept.map(\.key) == b.swept.map(\.key)
        && a.swept.map(\.value) == b.swept.map(\.value)
    }

    /// "task 17 (a = 0.5, c = 0.1, replicate 2)".
    public var name: String {
      let values = swept.map { "\($0.key) = \(String(decoding: $0.value.canonical, as: UTF8.self))" }
      let parts = values + (replicate.map { ["replicate \($0)"] } ?? [])
      return "task \(index)" + (parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))")
    }
  }

  /// - Parameter index: 0 ..< count.
  public func point(_ index: Int) -> Point {
    precondition((0..<count).contains(index), "task \(index) of \(count)")
    let copies = replicates ?? 1
    var rest = index / copies
    var rows = [Int](repeating: 0, count: axes.count)
    for axis in axes.indices.reversed() {
      rows[axis] = rest % axes[axis].rows.count
      rest /= axes[axis].rows.count
    }
    var swept: [(key: String, value: JSONValue)] = []
    for (axis, row) in zip(axes, rows) {
      for (key, value) in zip(axis.keys, axis.rows[row]) { swept.append((key, value)) }
    }
    return Point(index: index, replicate: replicates == nil ? nil : index % copies, swept: swept)
  }
}

/// A plan as `plan.json` holds it.
extension SweepPlan {
  private static let format = 1

  /// - Parameter version: of the solvers, part of every task's identity.
  public func json(version: String = Manifest.version) -> JSONValue {
    var members = content(version)
    members["hash"] = .string(hash(version: version))
    return .object(members)
  }

  /// The same with the number of each axis's rows in place of the rows, for records and messages.
  public var configuration: [String: JSONValue] {
    var members = content(Manifest.version)
    members["hash"] = .string(hash())
    members["axes"] = .array(
      axes.map { ["keys": .array($0.keys.map { .string($0) }), "count": .integer($0.rows.count)] })
    return members
  }

  /// SHA-256 of the canonical JSON of all the rest.
  public func hash(version: String = Manifest.version) -> String {
    SweepHash(JSONValue.object(content(version)).canonical).text
  }

  private func content(_ version: String) -> [String: JSONValue] {
    [
      "format": .integer(Self.format), "command": .string(command), "seed": .string(String(seed)),
      "version": .string(version), "fixed": .object(fixed), "axes": .array(axes.map(\.json)),
      "replicates": replicates.map { .integer($0) } ?? .null, "runs": keepsRuns.map { .bool($0) } ?? .null,
      "count": .integer(count),
    ]
  }

  /// - Throws: `InputError.data` for a damaged file and for one of another version.
  public init(json: JSONValue, path: String) throws {
    guard json["format"]?.integerValue == Self.format else {
      throw InputError.data("\(path) is no plan of format \(Self.format)")
    }
    guard let version = json["version"]?.stringValue, version == Manifest.version else {
      throw InputError.data(
        "\(path) is of version \(json["version"]?.stringValue ?? "none"), this is \(Manifest.version); "
          + "finish it with its own version or sweep into another folder")
    }
    guard let command = json["command"]?.stringValue, let seed = json["seed"]?.stringValue.flatMap({ UInt64($0) }),
      case .object(let fixed)? = json["fixed"], let list = json["axes"]?.arrayValue,
      case let axes = list.compactMap({ SweepAxis(json: $0) }), axes.count == list.count
    else { throw InputError.data("\(path) is damaged") }
    var keeps: Bool?
    if case .bool(let value)? = json["runs"] { keeps = value }
    try self.init(
      command: command, seed: seed, fixed: fixed, axes: axes, replicates: json["replicates"]?.integerValue,
      keepsRuns: keeps)
    guard json["hash"]?.stringValue == hash() else { throw InputError.data("\(path) is damaged: its hash is another") }
  }
}
