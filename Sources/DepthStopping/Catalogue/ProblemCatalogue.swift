public import DepthRuns

/// The stopping problems known by name.
public enum ProblemCatalogue {
  /// One problem: parameters, how to make it, what is known of it.
  public struct Entry: Sendable {
    public enum Kind: String, Sendable { case diffusion, flow, chain, gains, offers, opportunities }

    public let name: String
    public let kind: Kind
    public let parameters: [ParameterDefinition]
    /// Aliases that set several parameters at once.
    public let groups: [String: [String]]
    public let formula: String
    public let citation: String
    /// Methods that apply, the default first.
    public let methods: [String]
    let make: @Sendable (ParameterValues) throws -> StoppingProblem
    let solve: @Sendable (ParameterValues) throws -> ReferenceSolution

    /// - Throws: `InputError.usage` for unknown parameters and values out of range.
    public func resolve(_ settings: [(String, Double)]) throws -> ParameterValues {
      try ParameterValues(parameters, groups: groups, settings: settings, of: name)
    }

    /// The same from text: numbers, or the names of choices.
    ///
    /// - Throws: `InputError.usage` also for text that is neither.
    public func resolve(texts: [(String, String)]) throws -> ParameterValues {
      try resolve(ParameterValues.numbers(texts, parameters, of: name))
    }

    public func problem(_ values: ParameterValues) throws -> StoppingProblem { try make(values) }

    /// - Throws: `StoppingError` where the closed form's equation has no solution in reach.
    public func reference(_ values: ParameterValues) throws -> ReferenceSolution { try solve(values) }

    public var json: JSONValue {
      [
        "name": .string(name), "kind": .string(kind.rawValue), "parameters": .array(parameters.map(\.json)),
        "methods": .array(methods.map { .string($0) }), "formula": .string(formula), "citation": .string(citation),
        "reference": .bool(true),
      ]
    }
  }

  public static let entries: [Entry] = [
    FlowDecay.entry, AnisotropicDecay.entry, OUContraction.entry, SequentialTest.entry, DeterministicReturns.geometric,
    DeterministicReturns.power, QuickestDetection.entry, BrownianRadial.entry, BrownianAverage.entry,
    RadialObstacle.entry, AmericanPut.entry, TransportCosine.entry, HouseSelling.entry, Parking.entry, Secretary.entry,
    FullInformationSecretary.entry,
  ]

  /// `chain` needs files instead of parameters; it is listed, and made by `MarkovChain`.
  public static let chainName = "chain"

  /// - Throws: `InputError.usage` with the known names.
  public static func entry(_ name: String) throws -> Entry {
    guard let entry = entries.first(where: { $0.name == name }) else {
      throw InputError.unknown(name, kindOfName: "problem", known: entries.map(\.name) + [chainName])
    }
    return entry
  }

  static let runningCost = ParameterDefinition(
    "running_cost", alias: "c", default: 0.1, unit: "loss/depth", meaning: "cost of one more unit of depth")
}
