/// What a task's results give to the table: scalars as columns, long lists as arrays.
///
/// Names are paths with dots: `value.0.value`; a list of objects with distinct names is named by them,
/// `rules.confidence.objective`. Texts with spaces are prose and stay out.
public struct SweepColumns: Sendable {
  /// A list of more scalars is an array, unless its elements have names.
  public static let longestList = 64

  public private(set) var scalars: [String: JSONValue] = [:]
  public private(set) var arrays: [String: NumericArray] = [:]

  public init(_ results: [String: JSONValue]) {
    scalars.reserveCapacity(Self.longestList)
    for (key, value) in results { add(value, at: key) }
  }

  private mutating func add(_ value: JSONValue, at path: String) {
    switch value {
    case .null: break
    case .bool(let value): scalars[path] = .integer(value ? 1 : 0)
    case .integer: scalars[path] = value
    case .number(let number): if number.isFinite { scalars[path] = value }
    case .string(let text): if !text.utf8.contains(UInt8(ascii: " ")) { scalars[path] = value }
    case .object(let members): for (key, member) in members { add(member, at: "\(path).\(key)") }
    case .array(let elements): add(elements, at: path)
    }
  }

  private mutating func add(_ elements: [JSONValue], at path: String) {
    let names = elements.compactMap { $0["name"]?.stringValue }
    let isNamed = !names.isEmpty && names.count == elements.count && Set(names).count == names.count
    guard isNamed || Self.size(elements) <= Self.longestList else { return addArrays(elements, at: path) }
    if isNamed {
      for (name, element) in zip(names, elements) {
        guard case .object(var members) = element else { continue }
        members["name"] = nil
        add(.object(members), at: "\(path).\(String(name.map { $0 == "-" || $0 == " " ? "_" : $0 }))")
      }
    } else {
      for (index, element) in elements.enumerated() { add(element, at: "\(path).\(index)") }
    }
  }

  /// Scalars in all.
  private static func size(_ elements: [JSONValue]) -> Int {
    elements.reduce(0) { sum, element in
      switch element {
      case .array(let inner): sum + size(inner)
      case .object(let members): sum + size(Array(members.values))
      default: sum + 1
      }
    }
  }

  /// A rectangular list of numbers is one array; a list of objects gives one for each of their numbers.
  private mutating func addArrays(_ elements: [JSONValue], at path: String) {
    if let array = NumericArray(json: elements) {
      arrays[path] = array
      return
    }
    var fields: Set<String> = []
    for case .object(let members) in elements { fields.formUnion(members.keys) }
    for field in fields {
      let column = elements.map { $0[field] ?? .null }
      if column.contains(where: { $0 != .null }), let array = NumericArray(json: column) {
        arrays["\(path).\(field)"] = array
      }
    }
  }
}

extension NumericArray {
  /// A rectangular list of numbers, any depth of nesting; `null` is NaN. nil for anything else.
  init?(json elements: [JSONValue]) {
    guard !elements.isEmpty else { return nil }
    if elements.contains(where: { $0.arrayValue != nil }) {
      let rows = elements.compactMap { $0.arrayValue.flatMap { NumericArray(json: $0) } }
      guard rows.count == elements.count, rows.allSatisfy({ $0.shape == rows[0].shape }) else { return nil }
      self.init(shape: [rows.count] + rows[0].shape, values: rows.flatMap(\.values))
      return
    }
    var values: [Double] = []
    values.reserveCapacity(elements.count)
    for element in elements {
      guard let value = element == .null ? .nan : element.doubleValue else { return nil }
      values.append(value)
    }
    self.init(values)
  }
}
