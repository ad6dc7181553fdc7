import Foundation

/// One parameter of a catalogue entry: standard name, alias, default, what is allowed.
public struct ParameterDefinition: Equatable, Sendable {
  public enum Allowed: Equatable, Sendable {
    case positive
    case nonNegative
    /// Positive, or `inf`.
    case positiveOrInfinite
    case any
    /// Open at both ends.
    case between(Double, Double)
    case integer(from: Int, to: Int)

    public var description: String {
      switch self {
      case .positive: "positive numbers"
      case .nonNegative: "numbers from 0"
      case .positiveOrInfinite: "positive numbers or inf"
      case .any: "finite numbers"
      case .between(let low, let high): "numbers strictly between \(low) and \(high)"
      case .integer(let low, let high): "integers from \(low) to \(high)"
      }
    }

    func contains(_ value: Double) -> Bool {
      guard value.isFinite || self == .positiveOrInfinite else { return false }
      switch self {
      case .positive, .positiveOrInfinite: return value > 0
      case .nonNegative: return value >= 0
      case .any: return true
      case .between(let low, let high): return value > low && value < high
      case .integer(let low, let high): return Int(exactly: value).map { (low...high).contains($0) } ?? false
      }
    }
  }

  /// snake_case: "running_cost".
  public let name: String
  /// Accepted beside the name: "c". May equal the name.
  public let alias: String
  public let defaultValue: Double
  public let allowed: Allowed
  public let unit: String
  public let meaning: String

  public init(
    _ name: String, alias: String, default defaultValue: Double, allowed: Allowed = .positive, unit: String = "",
    meaning: String
  ) {
    self.name = name
    self.alias = alias
    self.defaultValue = defaultValue
    self.allowed = allowed
    self.unit = unit
    self.meaning = meaning
  }

  public var json: JSONValue {
    [
      "name": .string(name), "alias": .string(alias), "default": JSONValue(defaultValue),
      "allowed": .string(allowed.description), "unit": .string(unit), "meaning": .string(meaning),
    ]
  }
}

/// Parameters of one catalogue entry, resolved: every name has a value, every value is allowed.
public struct ParameterValues: Equatable, Sendable {
  private let values: [String: Double]

  /// Resolves `settings` (by name or alias) over the defaults.
  ///
  /// A group alias sets several names at once (`w` sets both error costs).
  /// - Throws: `InputError.usage` for an unknown name, a value out of range, or a parameter set twice.
  public init(
    _ definitions: [ParameterDefinition], groups: [String: [String]] = [:], settings: [(String, Double)],
    of owner: String
  ) throws {
    var values = Dictionary(uniqueKeysWithValues: definitions.map { ($0.name, $0.defaultValue) })
    var set: Set<String> = []
    for (key, value) in settings {
      let names = groups[key] ?? definitions.filter { $0.name == key || $0.alias == key }.map(\.name)
      guard !names.isEmpty else {
        throw InputError.unknown(key, kindOfName: "parameter of \(owner)", known: Self.names(definitions, groups))
      }
      for name in names {
        guard set.insert(name).inserted else { throw InputError.usage("parameter \(name) of \(owner) is set twice") }
        values[name] = value
      }
    }
    for definition in definitions {
      let value = values[definition.name]!
      guard definition.allowed.contains(value) else {
        throw InputError.value(
          value, of: "parameter \(definition.name) (\(definition.alias)) of \(owner)",
          allowed: definition.allowed.description)
      }
    }
    self.values = values
  }

  /// The value of a name that the definitions hold.
  public subscript(name: String) -> Double {
    guard let value = values[name] else { preconditionFailure("no parameter \(name)") }
    return value
  }

  public var json: [String: JSONValue] { values.mapValues { $0 == .infinity ? .string("inf") : JSONValue($0) } }

  private static func names(_ definitions: [ParameterDefinition], _ groups: [String: [String]]) -> [String] {
    definitions.map { $0.alias == $0.name ? $0.name : "\($0.name) (\($0.alias))" } + groups.keys.sorted()
  }
}
