import Foundation

/// One axis of a sweep: keys and the rows of values that they take together.
///
/// A grid's axis has one key; a zip, a list and a sample are one axis of several.
public struct SweepAxis: Equatable, Sendable {
  public let keys: [String]
  /// A value for each key.
  public let rows: [[JSONValue]]

  public init(keys: [String], rows: [[JSONValue]]) {
    precondition(rows.allSatisfy { $0.count == keys.count }, "an axis of \(keys) with rows of other lengths")
    self.keys = keys
    self.rows = rows
  }

  var json: JSONValue {
    ["keys": .array(keys.map { .string($0) }), "rows": .array(rows.map { .array($0) })]
  }

  init?(json: JSONValue) {
    guard let keys = json["keys"]?.arrayValue?.compactMap(\.stringValue),
      let rows = json["rows"]?.arrayValue?.compactMap(\.arrayValue), rows.allSatisfy({ $0.count == keys.count })
    else { return nil }
    self.init(keys: keys, rows: rows)
  }
}

/// A range that a plan writes in place of a list.
///
/// `{ linear = [lo, hi], count = n }`, `{ log = [lo, hi], count = n }`, both ends included;
/// `{ integers = [lo, hi], step = 1 }`. Values are rounded to 15 digits, so that `0.01` is the double that one types and
/// does not depend on the machine's `pow`.
struct SweepRange {
  enum Kind: String, CaseIterable { case linear, log, integers }

  let kind: Kind
  let lower: Double
  let upper: Double
  /// Values of a list; 0 where it has none of its own (a sample's).
  let count: Int
  let step: Int

  /// - Parameter place: "plan.toml: grid.c", for messages.
  /// - Parameter isSampled: a sample's range takes no count.
  /// - Throws: `InputError.data` naming the place and what is allowed.
  init(_ members: [String: JSONValue], place: String, isSampled: Bool = false) throws {
    let kinds = Kind.allCases.filter { members[$0.rawValue] != nil }
    let allowed =
      isSampled
      ? "{ linear = [lo, hi] }, { log = [lo, hi] }, { integers = [lo, hi] }, or a list to choose from"
      : "{ linear = [lo, hi], count = n }, { log = [lo, hi], count = n }, { integers = [lo, hi], step = s }"
    func fail(_ what: String) -> InputError { .data("\(place) \(what); allowed: \(allowed)") }
    guard kinds.count == 1, let kind = kinds.first else { throw fail("is no range") }
    let known = [kind.rawValue] + (isSampled ? [] : kind == .integers ? ["step"] : ["count"])
    if let stranger = members.keys.sorted().first(where: { !known.contains($0) }) {
      throw fail("has an unknown key '\(stranger)'")
    }
    guard let ends = members[kind.rawValue]?.arrayValue, ends.count == 2, let lower = ends[0].doubleValue,
      let upper = ends[1].doubleValue, lower.isFinite, upper.isFinite, lower < upper
    else { throw fail("has no two ends lo < hi") }
    guard kind != .log || lower > 0 else { throw fail("is a log range from \(lower), which is not positive") }
    if kind == .integers, ends.contains(where: { $0.integerValue == nil }) {
      throw fail("has ends that are no integers")
    }
    (self.kind, self.lower, self.upper) = (kind, lower, upper)
    (count, step) = try Self.size(kind, lower, upper, members, isSampled: isSampled, fail: fail)
  }

  private static func size(
    _ kind: Kind, _ lower: Double, _ upper: Double, _ members: [String: JSONValue], isSampled: Bool,
    fail: (String) -> InputError
  ) throws -> (count: Int, step: Int) {
    guard !isSampled else { return (0, 1) }
    guard kind == .integers else {
      guard let count = members["count"]?.integerValue, count >= 2 else { throw fail("has no count from 2") }
      return (count, 1)
    }
    let step = members["step"] ?? .integer(1)
    guard let step = step.integerValue, step >= 1, upper - lower < 1e15 else { throw fail("has no step from 1") }
    return (Int((upper - lower) / Double(step)) + 1, step)
  }

  var values: [JSONValue] { (0..<count).map { value(at: Double($0) / Double(max(1, count - 1)), place: $0) } }

  private func value(at share: Double, place: Int) -> JSONValue {
    if kind == .integers { return .integer(Int(lower) + place * step) }
    return place == 0 ? .number(lower) : place == count - 1 ? .number(upper) : .number(Self.rounded(between(share)))
  }

  /// The value at a share of the range, 0 <= share < 1: uniform in the value, its logarithm, or among the integers.
  func sampled(at share: Double) -> JSONValue {
    if kind == .integers { return .integer(Int(lower) + Int((share * (upper - lower + 1)).rounded(.down))) }
    return .number(min(max(Self.rounded(between(share)), lower), upper))
  }

  private func between(_ share: Double) -> Double {
    kind == .log ? lower * pow(upper / lower, share) : lower + share * (upper - lower)
  }

  /// To 15 significant digits.
  private static func rounded(_ value: Double) -> Double { Double(String(format: "%.15g", value)) ?? value }
}
