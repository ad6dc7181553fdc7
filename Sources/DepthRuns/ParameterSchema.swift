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
    /// One of several names; its value is the name's index.
    case choice([String])

    public var description: String {
      switch self {
      case .positive: "positive numbers"
      case .nonNegative: "numbers from 0"
      case .positiveOrInfinite: "positive numbers or inf"
      case .any: "finite numbers"
      case .between(let low, let high): "numbers strictly between \(low) and \(high)"
      case .integer(let low, let high): "integers from \(low) to \(high)"
      case .choice(let names): names.joined(separator: ", ")
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
      case .choice(let names): return Int(exactly: value).map { names.indices.contains($0) } ?? false
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

  /// Whether it may change a little: no whole number.
  public var isContinuous: Bool {
    if case .integer = allowed { false } else { true }
  }

  public var json: JSONValue {
    [
      "name": .string(name), "alias": .string(alias), "default": json(of: defaultValue),
      "allowed": .string(allowed.description), "unit": .string(unit), "meaning": .string(meaning),
    ]
  }
}

extension ParameterDefinition {
  /// A value as it is written outside: a choice by its name.
  public func json(of value: Double) -> JSONValue {
    if case .choice(let names) = allowed, let index = Int(exactly: value), names.indices.contains(index) {
      return .string(names[index])
    }
    return JSONValue(value)
  }
}

/// Parameters of one catalogue entry, resolved: every name has a value, every value is allowed.
public struct ParameterValues: Equatable, Sendable {
  private let values: [String: Double]
  /// Names of chosen values.
  private let choices: [String: JSONValue]

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
      guard !definitions.isEmpty else { throw InputError.usage("\(owner) takes no parameters, yet \(key) is set") }
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
    choices = Dictionary(
      uniqueKeysWithValues: definitions.compactMap { definition in
        guard case .choice = definition.allowed, let value = values[definition.name] else { return nil }
        return (definition.name, definition.json(of: value))
      })
  }

  /// Settings from text: a number, or one of a parameter's named choices.
  ///
  /// - Throws: `InputError.usage` for text that is neither.
  public static func numbers(
    _ texts: [(String, String)], _ definitions: [ParameterDefinition], of owner: String
  ) throws -> [(String, Double)] {
    try texts.map { key, text in
      let definition = definitions.first { $0.name == key || $0.alias == key }
      if case .choice(let names)? = definition?.allowed {
        guard let index = names.firstIndex(of: text) else {
          throw InputError.value(
            text, of: "parameter \(key) of \(owner)", allowed: names.joined(separator: ", "))
        }
        return (key, Double(index))
      }
      guard let number = Double(text) else {
        throw InputError.value(text, of: "parameter \(key) of \(owner)", allowed: "numbers")
      }
      return (key, number)
    }
  }

  /// The value of a name that the definitions hold.
  public subscript(name: String) -> Double {
    guard let value = values[name] else { preconditionFailure("no parameter \(name)") }
    return value
  }

  /// An infinite value is the text "inf".
  public var json: [String: JSONValue] {
    values.mapValues { $0 == .infinity ? .string("inf") : JSONValue($0) }.merging(choices) { $1 }
  }

  private static func names(_ definitions: [ParameterDefinition], _ groups: [String: [String]]) -> [String] {
    definitions.map { $0.alias == $0.name ? $0.name : "\($0.name) (\($0.alias))" } + groups.keys.sorted()
  }
}
