import ArgumentParser
import DepthDynamics
import DepthRuns

/// How a diffusion is named on the command line: one of its catalogue, or any field with isotropic noise.
struct DiffusionOptions: ParsableArguments {
  @Option(
    name: .long, help: "A diffusion (depth problems), or a field of integrate with --set noise=s.",
    completion: Completions.diffusions)
  var problem: String?
  @Option(name: .long, parsing: .unconditional, help: "Initial state x,y,...") var initial: String?
  @Option(name: .long, parsing: .unconditional, help: "Depth T to simulate to.") var horizon: Double?
  @Option(name: .long, help: "tanh-residual: PREFIX of PREFIX_W1.npy, _b1, _W2, _b2, _a; or one .npz.") var weights:
    String?

  static let keys = ["problem", "initial", "horizon", "weights"]
  /// s of a field.
  static let noise = ParameterDefinition(
    "noise", alias: "s", default: 0.1, unit: "state/sqrt(depth)", meaning: "isotropic noise of a field; 0 is allowed")

  /// Everything resolved, and what a record needs.
  struct Resolved {
    let diffusion: any Diffusion
    let initial: [Double]
    let horizon: Double
    let configuration: [String: JSONValue]
  }

  /// What the diffusion takes; none where it is missing.
  func parameters(_ file: OptionFile) throws -> SweepSchema.Parameters {
    guard let name = try problem ?? file.string("problem") else { return SweepSchema.Parameters([]) }
    if let entry = DiffusionCatalogue.entries.first(where: { $0.name == name }) {
      return SweepSchema.Parameters(entry.parameters, groups: entry.groups.keys.sorted())
    }
    return SweepSchema.Parameters(
      (FieldCatalogue.entries.first { $0.name == name }?.parameters ?? []) + [Self.noise],
      isOpen: name.hasPrefix("run:"))
  }

  /// - Throws: `InputError` for unknown names, parameters out of range and missing weights.
  func resolve(_ common: CommonOptions, _ file: OptionFile) throws -> Resolved {
    guard let name = try problem ?? file.string("problem") else {
      throw InputError.usage("--problem is missing; allowed: \(Self.known.joined(separator: ", "))")
    }
    let source = try weights ?? file.string("weights")
    try FieldOptions.requireWeights(source, fit: name)
    let entry = DiffusionCatalogue.entries.first { $0.name == name }
    let found = try entry.map { try named($0, common, file) } ?? noisy(name, source, common, file)
    let typed = try initial.map { try parseNumbers($0, of: "--initial") } ?? file.numbers("initial")
    guard let start = typed ?? found.initial else {
      throw InputError.usage("--initial is missing: \(found.diffusion.dimension) numbers for \(name)")
    }
    let depth = try horizon ?? file.number("horizon") ?? found.horizon
    guard depth > 0, depth.isFinite else {
      throw InputError.value(depth, of: "horizon", allowed: "positive numbers")
    }
    return Resolved(
      diffusion: found.diffusion, initial: start, horizon: depth,
      configuration: [
        "problem": .string(name), "initial": JSONValue(start), "horizon": JSONValue(depth),
        "parameters": .object(found.parameters), "weights": source.map { .string($0) } ?? .null,
      ])
  }

  private typealias Found = (
    diffusion: any Diffusion, initial: [Double]?, horizon: Double, parameters: [String: JSONValue]
  )

  private static var known: [String] {
    DiffusionCatalogue.entries.map(\.name) + FieldCatalogue.names.filter { $0 != "custom" }
  }

  private func named(
    _ entry: DiffusionCatalogue.Entry, _ common: CommonOptions, _ file: OptionFile
  ) throws -> Found {
    let values = try entry.resolve(common.settings(file, among: entry.parameters, groups: entry.groups))
    return (entry.diffusion(values), entry.initialState(values), entry.horizon(values), values.json)
  }

  /// A field and its noise, `--set noise=s` or `--set s=s`; the other settings are the field's own.
  private func noisy(
    _ name: String, _ source: String?, _ common: CommonOptions, _ file: OptionFile
  ) throws -> Found {
    let isFile = FieldOptions.weighted.contains(name) || name.hasPrefix("run:")
    let entry = FieldCatalogue.entries.first { $0.name == name }
    guard isFile || entry != nil else { throw InputError.unknown(name, kindOfName: "problem", known: Self.known) }
    let settings = try common.settings(file, among: (entry?.parameters ?? []) + [Self.noise])
    let noises = settings.filter { ["noise", "s"].contains($0.0) }
    guard noises.count <= 1 else { throw InputError.usage("parameter noise of \(name) is set twice") }
    let noise = noises.first?.1 ?? Self.noise.defaultValue
    guard noise >= 0, noise.isFinite else {
      throw InputError.value(noise, of: "parameter noise (s) of \(name)", allowed: "numbers from 0")
    }
    let own = settings.filter { !["noise", "s"].contains($0.0) }
    let found = try FieldOptions.named(name, own, source)
    func diffusion(_ field: some VectorField) -> any Diffusion { NoisyField(field: field, noise: noise) }
    let parameters = found.parameters.merging(["noise": JSONValue(noise)]) { $1 }
    return (diffusion(found.field), found.initial, found.horizon, parameters)
  }
}
