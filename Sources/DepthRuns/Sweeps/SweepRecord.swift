/// What became of one task: a line of a journal.
public struct SweepRecord: Equatable, Sendable {
  public enum Status: String, Sendable {
    case converged
    /// A usable answer that missed its tolerance.
    case unconverged
    /// No answer; the record says why.
    case failed
  }

  public let task: Int
  public let identity: SweepIdentity
  public let replicate: Int?
  public let seed: UInt64
  /// Swept keys by standard name.
  public let swept: [String: JSONValue]
  /// From 1; over all runs of the sweep.
  public var attempt = 1
  public var status: Status
  /// Wall time of the task, all of it.
  public var seconds: Double
  /// Flattened scalars of the results.
  public var columns: [String: JSONValue] = [:]
  public var warnings: [String] = []
  /// Why it failed; empty otherwise.
  public var reason = ""
  /// Whether `tasks/IDENTITY.nc` holds arrays of it.
  public var hasArrays = false

  public init(_ task: SweepTask, attempt: Int, status: Status, seconds: Double) {
    (self.task, identity, replicate, seed) = (task.index, task.identity, task.replicate, task.seed)
    swept = Dictionary(task.swept.map { ($0.name, $0.value) }) { $1 }
    (self.attempt, self.status, self.seconds) = (attempt, status, seconds)
  }

  /// The line without its end: canonical, so members are in order.
  func append(to bytes: inout [UInt8]) {
    var members: [(key: String, value: JSONValue)] = []
    members.reserveCapacity(12)
    if hasArrays { members.append(("arrays", true)) }
    members.append(("attempt", .integer(attempt)))
    if !columns.isEmpty { members.append(("columns", .object(columns))) }
    members.append(("identity", .string(identity.description)))
    if !reason.isEmpty { members.append(("reason", .string(reason))) }
    if let replicate { members.append(("replicate", .integer(replicate))) }
    members.append(("seconds", .number(seconds)))
    members.append(("seed", .integer(Int(seed))))
    members.append(("status", .string(status.rawValue)))
    members.append(("swept", .object(swept)))
    members.append(("task", .integer(task)))
    if !warnings.isEmpty { members.append(("warnings", .array(warnings.map { .string($0) }))) }
    JSONValue.append(members, to: &bytes)
  }

  /// From a line; nil where it is no record.
  init?(line: UnsafeBufferPointer<UInt8>) {
    guard case .object(let members)? = JSONScanner.value(line), let task = members["task"]?.integerValue, task >= 0,
      let identity = members["identity"]?.stringValue.flatMap({ SweepIdentity($0) }),
      let seed = members["seed"]?.integerValue.flatMap({ UInt64(exactly: $0) }),
      let status = members["status"]?.stringValue.flatMap({ Status(rawValue: $0) }),
      case .object(let swept)? = members["swept"], let attempt = members["attempt"]?.integerValue,
      let seconds = members["seconds"]?.doubleValue
    else { return nil }
    (self.task, self.identity, self.seed, self.swept) = (task, identity, seed, swept)
    (self.status, self.attempt, self.seconds) = (status, attempt, seconds)
    replicate = members["replicate"]?.integerValue
    if case .object(let columns)? = members["columns"] { self.columns = columns }
    warnings = members["warnings"]?.arrayValue?.compactMap(\.stringValue) ?? []
    reason = members["reason"]?.stringValue ?? ""
    hasArrays = members["arrays"] == .bool(true)
  }
}
