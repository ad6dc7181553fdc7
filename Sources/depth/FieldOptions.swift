import ArgumentParser
import DepthDynamics
import DepthNetworks
import DepthRuns
import Foundation

/// How a field and an integrator are named on the command line; shared by `integrate` and `limit`.
struct FieldOptions: ParsableArguments {
  @Option(name: .long, help: "A field of the catalogue, tanh-residual, or run:FOLDER.") var problem: String?
  @Option(name: .long, parsing: .unconditional, help: "Initial state x,y,...") var initial: String?
  @Option(name: .long, parsing: .unconditional, help: "Depth T to integrate to.") var horizon: Double?
  @Option(name: .long, help: "tanh-residual: PREFIX of PREFIX_W1.npy, _b1, _W2, _b2, _a; or one .npz.") var weights:
    String?
  @Option(name: .long, help: "Relative tolerance (default 1e-8).") var relativeTolerance: Double?
  @Option(name: .long, help: "Absolute tolerance (default 1e-10).") var absoluteTolerance: Double?

  static let keys = [
    "problem", "initial", "horizon", "weights", "relative_tolerance", "absolute_tolerance",
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
        "--problem is missing; allowed: \(FieldCatalogue.entries.map(\.name).joined(separator: ", ")), tanh-residual, run:FOLDER"
      )
    }
    let settings = try common.settings(file)
    let (field, defaultInitial, defaultHorizon) = try Self.named(name, settings, weights ?? file.string("weights"))
    let typed = try initial.map { try parseNumbers($0, of: "--initial") } ?? file.numbers("initial")
    guard let start = typed ?? defaultInitial else {
      throw InputError.usage("--initial is missing: \(field.dimension) numbers for \(name)")
    }
    let tolerances = try Tolerances(
      relative: relativeTolerance ?? file.number("relative_tolerance") ?? relative,
      absolute: absoluteTolerance ?? file.number("absolute_tolerance") ?? absolute)
    let depth = try horizon ?? file.number("horizon") ?? defaultHorizon
    return Resolved(
      field: field, initial: start, horizon: depth, tolerances: tolerances,
      configuration: [
        "problem": .string(name), "initial": JSONValue(start), "horizon": JSONValue(depth),
        "relative_tolerance": JSONValue(tolerances.relative), "absolute_tolerance": JSONValue(tolerances.absolute),
        "parameters": .object(Dictionary(settings.map { ($0.0, JSONValue($0.1)) }) { $1 }),
      ])
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
