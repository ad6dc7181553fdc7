/// One task of a sweep, in its command's own words.
public struct SweepTask: Sendable {
  let point: SweepPlan.Point
  /// Options of the command, snake_case; without the seed.
  public let options: [String: JSONValue]
  /// Problem parameters by standard name.
  public let parameters: [String: JSONValue]
  /// H(configuration, sweep seed, replicate), or the plan's own where it sets one.
  public let seed: UInt64
  public let identity: SweepIdentity
  /// What the plan varies, by standard name, in the order of its axes.
  public let swept: [(name: String, value: JSONValue)]

  public var index: Int { point.index }
  public var replicate: Int? { point.replicate }
  /// For messages.
  public var name: String { point.name }

  /// Everything as a configuration file would say it.
  public var configuration: [String: JSONValue] {
    var members = options
    if !parameters.isEmpty { members["set"] = .object(parameters) }
    members["seed"] = .integer(Int(clamping: seed))
    return members
  }
}

/// What a plan's keys mean to its command.
public struct SweepSchema: Sendable {
  /// Problem parameters that some options allow.
  public struct Parameters: Sendable {
    public let definitions: [ParameterDefinition]
    /// Aliases for several at once.
    public let groups: [String]
    /// Whether any other name may be a parameter too (typed problems).
    public let isOpen: Bool

    public init(_ definitions: [ParameterDefinition], groups: [String] = [], isOpen: Bool = false) {
      (self.definitions, self.groups, self.isOpen) = (definitions, groups, isOpen)
    }
  }

  let options: Set<String>
  let parameters: @Sendable (_ options: [String: JSONValue]) throws -> Parameters

  /// - Parameter parameters: what the options given so far allow; throws for an unknown problem.
  public init(
    options: [String], parameters: @escaping @Sendable (_ options: [String: JSONValue]) throws -> Parameters
  ) {
    (self.options, self.parameters) = (Set(options), parameters)
  }
}

/// Turns points of a plan into tasks.
public struct SweepResolver: Sendable {
  let plan: SweepPlan
  private let schema: SweepSchema
  private let version: String

  public init(_ plan: SweepPlan, _ schema: SweepSchema, version: String = Manifest.version) {
    (self.plan, self.schema, self.version) = (plan, schema, version)
  }

  /// Set by the sweep itself, for every task.
  private static let reserved = ["output", "json", "plot", "config", "quiet", "set", "parameters", "no_color"]

  /// - Throws: `InputError.data` for an unknown key and one given twice, with the task named.
  public func task(_ index: Int) throws -> SweepTask {
    let point = plan.point(index)
    do {
      return try task(point)
    } catch let error as InputError {
      throw error.at(point.name)
    }
  }

  private func task(_ point: SweepPlan.Point) throws -> SweepTask {
    var options: [String: JSONValue] = [:]
    var others: [(key: String, value: JSONValue)] = []
    func sort(_ key: String, _ value: JSONValue) throws {
      if Self.reserved.contains(key) {
        throw InputError.data("'\(key)' is for the sweep to set; allowed: options of a task")
      }
      if schema.options.contains(key) { options[key] = value } else { others.append((key, value)) }
    }
    for (key, value) in plan.fixed { try sort(key, value) }
    for (key, value) in point.swept { try sort(key, value) }
    var names: [String: String] = [:]
    var parameters: [String: JSONValue] = [:]
    if !others.isEmpty {
      let known = try schema.parameters(options)
      for (key, value) in others {
        let name = try standardName(key, known)
        names[key] = name
        guard options[name] == nil, parameters[name] == nil else {
          throw InputError.data("\(name) is given twice, once as \(key); allowed: once in a plan")
        }
        if schema.options.contains(name) { options[name] = value } else { parameters[name] = value }
      }
    }
    let given = options.removeValue(forKey: "seed")
    let configuration = hashedConfiguration(options, parameters, given).canonical
    let seed = try given.map(Self.typedSeed) ?? derivedSeed(configuration, point.replicate ?? 0)
    return SweepTask(
      point: point, options: options, parameters: parameters, seed: seed, identity: identity(configuration, seed),
      swept: point.swept.map { (names[$0.key] ?? $0.key, $0.value) })
  }

  private static func typedSeed(_ value: JSONValue) throws -> UInt64 {
    guard let seed = value.integerValue.flatMap({ UInt64(exactly: $0) }), seed < UInt64(1) << 53 else {
      throw InputError.data("seed is no integer from 0 to 2^53 - 1")
    }
    return seed
  }

  private func standardName(_ key: String, _ known: SweepSchema.Parameters) throws -> String {
    if let definition = known.definitions.first(where: { $0.name == key || $0.alias == key }) { return definition.name }
    if known.groups.contains(key) || known.isOpen { return key }
    let names = known.definitions.map { $0.alias == $0.name ? $0.name : "\($0.name) (\($0.alias))" } + known.groups
    let nearest = InputError.nearest(to: key, among: known.definitions.map(\.name) + schema.options.sorted())
    let parameters = names.isEmpty ? "it has no parameters" : "its parameters are \(names.joined(separator: ", "))"
    throw InputError.data(
      "'\(key)' is neither an option of \(plan.command) nor a parameter\(nearest.map { " (did you mean \($0)?)" } ?? ""); "
        + "\(parameters); allowed options: \(schema.options.sorted().joined(separator: ", "))")
  }

  /// Without threads, on which no result depends.
  private func hashedConfiguration(
    _ options: [String: JSONValue], _ parameters: [String: JSONValue], _ seed: JSONValue?
  ) -> JSONValue {
    var options = options
    options["threads"] = nil
    options["seed"] = seed
    return ["command": .string(plan.command), "options": .object(options), "parameters": .object(parameters)]
  }

  /// The canonical text of `{"configuration": ..., "replicate": ..., "sweep_seed": ...}`, hashed.
  private func derivedSeed(_ configuration: [UInt8], _ replicate: Int) -> UInt64 {
    hash(configuration, #","replicate":\#(replicate),"sweep_seed":"\#(plan.seed)"}"#).seed
  }

  /// The canonical text of `{"configuration": ..., "seed": ..., "version": ...}`, hashed.
  private func identity(_ configuration: [UInt8], _ seed: UInt64) -> SweepIdentity {
    hash(configuration, #","seed":\#(seed),"version":"\#(version)"}"#).identity
  }

  private func hash(_ configuration: [UInt8], _ rest: String) -> SweepHash {
    SweepHash(Array(#"{"configuration":"#.utf8) + configuration + rest.utf8)
  }
}
