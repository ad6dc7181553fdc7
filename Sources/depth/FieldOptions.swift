import ArgumentParser
import DepthDynamics
import DepthRuns
import Foundation

/// How a field and an integrator are named on the command line; shared by `integrate` and `limit`.
struct FieldOptions: ParsableArguments {
  @Option(
    name: .long, help: "A field of the catalogue, tanh-residual, gradient-flow, custom, or run:FOLDER.",
    completion: Completions.fields)
  var problem: String?
  @Option(
    name: .long, parsing: .unconditional, help: "Initial state x,y,...; or FILE.npy, a row a sample.",
    completion: Completions.arrays)
  var initial: String?
  @Option(name: .long, parsing: .unconditional, help: "Depth T to integrate to.") var horizon: Double?
  @Option(
    name: .long,
    help:
      "tanh-residual: PREFIX of PREFIX_W1.npy (or .csv), _b1, _W2, _b2, _a; gradient-flow: PREFIX_W, _b; or one .npz."
  ) var weights: String?
  @Option(
    name: .long, parsing: .unconditionalSingleValue,
    help: "custom: dx/dt in x, y, z (or x1, x2, ...), t and the --set names; one per dimension.") var drift: [String] =
      []
  @Option(name: .long, help: "Relative tolerance (default 1e-8).") var relativeTolerance: Double?
  @Option(name: .long, help: "Absolute tolerance, or one a component: 1e-8,1e-14,1e-6 (default 1e-10).")
  var absoluteTolerance: String?

  static let keys = [
    "problem", "initial", "horizon", "weights", "drift", "relative_tolerance", "absolute_tolerance",
    "parameter_order",
  ]

  /// Everything resolved: field, initial state, horizon, and what a record needs.
  struct Resolved {
    let field: any VectorField
    let initial: [Double]
    let horizon: Double
    let tolerances: Tolerances
    let configuration: [String: JSONValue]
  }

  /// What the field takes; none where it is missing.
  func parameters(_ file: OptionFile) throws -> SweepSchema.Parameters {
    guard let name = try problem ?? file.string("problem") else { return SweepSchema.Parameters([]) }
    return SweepSchema.Parameters(
      FieldCatalogue.entries.first { $0.name == name }?.parameters ?? [],
      isOpen: name == "custom" || name.hasPrefix("run:"))
  }

  func resolve(
    _ common: CommonOptions, _ file: OptionFile, relative: Double = 1e-8, absolute: Double = 1e-10
  ) throws -> Resolved {
    guard let name = try problem ?? file.string("problem") else {
      throw InputError.usage(
        "--problem is missing; allowed: \(FieldCatalogue.names.joined(separator: ", "))")
    }
    let drifts = try drift.isEmpty ? file.strings("drift") ?? [] : drift
    guard drifts.isEmpty || name == "custom" else {
      throw InputError.usage("--drift is given, but the problem is \(name); allowed: with --problem custom")
    }
    let source = try weights ?? file.string("weights")
    try Self.requireWeights(source, fit: name)
    let entry = FieldCatalogue.entries.first { $0.name == name }
    let settings = try common.settings(file, among: entry?.parameters ?? [])
    let named = try name == "custom" ? Self.custom(drifts, ordered(settings, file)) : Self.named(name, settings, source)
    let field = named.field
    let typed = try initial.map { try parseNumbers($0, of: "--initial") } ?? file.numbers("initial")
    guard let start = typed ?? named.initial else {
      throw InputError.usage("--initial is missing: \(field.dimension) numbers for \(name)")
    }
    let tolerances = try tolerances(file, relative, absolute)
    let depth = try horizon ?? file.number("horizon") ?? named.horizon
    guard depth > 0, depth.isFinite else {
      throw InputError.value(depth, of: "horizon", allowed: "positive numbers")
    }
    return Resolved(
      field: field, initial: start, horizon: depth, tolerances: tolerances,
      configuration: [
        "problem": .string(name), "initial": JSONValue(start), "horizon": JSONValue(depth),
        "relative_tolerance": JSONValue(tolerances.relative),
        "absolute_tolerance": tolerances.absoluteByComponent.map { JSONValue($0) } ?? JSONValue(tolerances.absolute),
        "weights": source.map { .string($0) } ?? .null, "drift": .array(drifts.map { .string($0) }),
        "parameters": .object(named.parameters),
        "parameter_order": name == "custom" && settings.count > 1
          ? .array(try ordered(settings, file).map { .string($0.0) }) : .null,
      ])
  }

  private func tolerances(_ file: OptionFile, _ relative: Double, _ absolute: Double) throws -> Tolerances {
    let relative = try relativeTolerance ?? file.number("relative_tolerance") ?? relative
    let typed = try absoluteTolerance.map { try parseNumbers($0, of: "--absolute-tolerance") }
    let listed = file.values["absolute_tolerance"]?.arrayValue == nil ? nil : try file.numbers("absolute_tolerance")
    if let list = typed ?? listed, list.count > 1 {
      return try Tolerances(relative: relative, absoluteByComponent: list)
    }
    return try Tolerances(
      relative: relative, absolute: typed?.first ?? listed?.first ?? file.number("absolute_tolerance") ?? absolute)
  }

  /// A field, where it starts from and how deep it goes by default, and its parameters for a record.
  struct Named {
    let field: any VectorField
    let initial: [Double]?
    let horizon: Double
    var parameters: [String: JSONValue] = [:]
  }

  /// Fields whose weights come from files.
  static let weighted = ["tanh-residual", "gradient-flow"]

  static func requireWeights(_ source: String?, fit name: String) throws {
    guard source != nil, !weighted.contains(name) else { return }
    throw InputError.usage(
      "--weights is given, but \(name) has none; allowed: with \(weighted.joined(separator: ", "))")
  }

  static func named(_ name: String, _ settings: [(String, Double)], _ weights: String?) throws -> Named {
    guard weighted.contains(name) || name.hasPrefix("run:") else {
      let entry = try FieldCatalogue.entry(name)
      let values = try entry.resolve(settings)
      return Named(
        field: entry.field(values), initial: entry.initialState, horizon: entry.horizon, parameters: values.json)
    }
    if name.hasPrefix("run:") { return try TrainedField(String(name.dropFirst(4)), settings).named }
    guard settings.isEmpty else { throw InputError.usage("\(name) has no parameters for --set") }
    guard let source = weights else { throw InputError.usage("\(name) needs --weights PREFIX or FILE.npz") }
    let field: any VectorField =
      try name == "tanh-residual"
      ? FieldCatalogue.tanhResidual(weights: source) : FieldCatalogue.gradientFlow(weights: source)
    return Named(field: field, initial: nil, horizon: 1)
  }

  /// In the order in which a record has them: gradients follow it, and a table of a file has none.
  private func ordered(_ settings: [(String, Double)], _ file: OptionFile) throws -> [(String, Double)] {
    guard let names = try file.strings("parameter_order") else { return settings }
    func place(_ name: String) -> Int { names.firstIndex(of: name) ?? names.count }
    return settings.enumerated().sorted { (place($0.element.0), $0.offset) < (place($1.element.0), $1.offset) }
      .map(\.element)
  }

  private static func custom(_ drifts: [String], _ settings: [(String, Double)]) throws -> Named {
    Named(
      field: try CustomField(drift: drifts, parameters: settings), initial: nil, horizon: 1,
      parameters: Dictionary(settings.map { ($0.0, JSONValue($0.1)) }) { $1 })
  }
}
