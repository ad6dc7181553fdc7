import ArgumentParser
import DepthDynamics
import DepthNetworks
import DepthRuns
import Foundation

/// How a field and an integrator are named on the command line; shared by `integrate` and `limit`.
struct FieldOptions: ParsableArguments {
  @Option(name: .long, help: "A field of the catalogue, tanh-residual, gradient-flow, custom, or run:FOLDER.")
  var problem: String?
  @Option(name: .long, parsing: .unconditional, help: "Initial state x,y,...; or FILE.npy, a row a sample.")
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
  ]

  /// Everything resolved: field, initial state, horizon, and what a record needs.
  struct Resolved {
    let field: any VectorField
    let initial: [Double]
    let horizon: Double
    let tolerances: Tolerances
    let configuration: [String: JSONValue]
  }

  func resolve(
    _ common: CommonOptions, _ file: OptionFile, relative: Double = 1e-8, absolute: Double = 1e-10
  ) throws -> Resolved {
    guard let name = try problem ?? file.string("problem") else {
      throw InputError.usage(
        "--problem is missing; allowed: \(FieldCatalogue.names.joined(separator: ", "))")
    }
    let settings = try common.settings(file)
    let drifts = try drift.isEmpty ? file.strings("drift") ?? [] : drift
    guard drifts.isEmpty || name == "custom" else {
      throw InputError.usage("--drift is given, but the problem is \(name); allowed: with --problem custom")
    }
    let source = try weights ?? file.string("weights")
    let (field, defaultInitial, defaultHorizon) =
      try name == "custom"
      ? (CustomField(drift: drifts, parameters: settings), nil, 1) : Self.named(name, settings, source)
    let typed = try initial.map { try parseNumbers($0, of: "--initial") } ?? file.numbers("initial")
    guard let start = typed ?? defaultInitial else {
      throw InputError.usage("--initial is missing: \(field.dimension) numbers for \(name)")
    }
    let tolerances = try tolerances(file, relative, absolute)
    let depth = try horizon ?? file.number("horizon") ?? defaultHorizon
    return Resolved(
      field: field, initial: start, horizon: depth, tolerances: tolerances,
      configuration: [
        "problem": .string(name), "initial": JSONValue(start), "horizon": JSONValue(depth),
        "relative_tolerance": JSONValue(tolerances.relative),
        "absolute_tolerance": tolerances.absoluteByComponent.map { JSONValue($0) } ?? JSONValue(tolerances.absolute),
        "weights": source.map { .string($0) } ?? .null, "drift": .array(drifts.map { .string($0) }),
        "parameters": .object(Dictionary(settings.map { ($0.0, JSONValue($0.1)) }) { $1 }),
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

  /// The field of a name with the state and the horizon that it starts from by default.
  static func named(
    _ name: String, _ settings: [(String, Double)], _ weights: String?
  ) throws -> (any VectorField, [Double]?, Double) {
    if name == "tanh-residual" {
      guard settings.isEmpty else { throw InputError.usage("tanh-residual has no parameters for --set") }
      guard let prefix = weights else {
        throw InputError.usage("tanh-residual needs --weights PREFIX or FILE.npz")
      }
      return (try FieldCatalogue.tanhResidual(weights: prefix), nil, 1)
    }
    if name == "gradient-flow" {
      guard settings.isEmpty else { throw InputError.usage("gradient-flow has no parameters for --set") }
      guard let prefix = weights else { throw InputError.usage("gradient-flow needs --weights PREFIX or FILE.npz") }
      return (try FieldCatalogue.gradientFlow(weights: prefix), nil, 1)
    }
    if name.hasPrefix("run:") {
      guard settings.isEmpty else { throw InputError.usage("a run's core has no parameters for --set") }
      return try trainedCore(String(name.dropFirst(4)))
    }
    let entry = try FieldCatalogue.entry(name)
    return (try entry.field(settings), entry.initialState, entry.horizon)
  }
}

extension FieldOptions {
  /// A trained network's core over its own depth, from the embedding of the first sample of its data set.
  private static func trainedCore(_ path: String) throws -> (any VectorField, [Double]?, Double) {
    let folder = try RunFolder(opening: URL(fileURLWithPath: path))
    let network = try ResidualNetwork(contentsOf: folder.file("network.npz"))
    let name = try folder.configuration()["data"]?.stringValue ?? "digits"
    let dataset = try DatasetCatalogue.load(name)
    guard dataset.featureCount == network.shape.inputCount else {
      throw InputError.data(
        "\(path): the network takes \(network.shape.inputCount) inputs, \(name) has \(dataset.featureCount)")
    }
    let field = network.field
    return (field, network.embed(Array(dataset.features.prefix(dataset.featureCount))), field.horizon)
  }
}
