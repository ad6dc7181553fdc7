import DepthDynamics
import DepthRuns
import DepthStopping

/// The whole catalogue as `depth problems` lists it: stopping problems, fields and diffusions.
struct CatalogueListing {
  /// One entry; a name may stand for a stopping problem and for its dynamics alone.
  struct Entry {
    let name: String
    /// "diffusion", "flow", "chain", "gains" of a stopping problem; "field"; "diffusion" of dynamics alone.
    let kind: String
    let role: Role
    let parameters: [ParameterDefinition]
    var groups: [String: [String]] = [:]
    /// Options that it needs beside the parameters.
    var options: [String] = []
    let methods: [String]
    let formula: String
    let citation: String
    /// Whether the answer is known in closed form.
    let hasReference: Bool
  }

  enum Role: String, CaseIterable {
    case stoppingProblem = "stopping-problem"
    case field
    case diffusion

    var heading: String {
      switch self {
      case .stoppingProblem: "stopping problems, for boundary and theory"
      case .field: "vector fields, for integrate, gradient and limit; with noise for simulate"
      case .diffusion: "diffusions, for simulate"
      }
    }

    var commands: [String] {
      switch self {
      case .stoppingProblem: ["boundary", "theory"]
      case .field: ["integrate", "gradient", "limit", "simulate"]
      case .diffusion: ["simulate"]
      }
    }
  }

  let entries: [Entry]

  /// Everything, or what goes by one name.
  ///
  /// - Throws: `InputError.usage` for an unknown name.
  init(_ name: String?) throws {
    let all = Self.stoppingProblems + Self.fields + Self.diffusions
    let name = name.map { $0.hasPrefix("run:") ? "run:FOLDER" : $0 }
    entries = all.filter { name == nil || $0.name == name }
    guard let name, entries.isEmpty else { return }
    var known: [String] = []
    for entry in all where !known.contains(entry.name) { known.append(entry.name) }
    throw InputError.unknown(name, kindOfName: "problem", known: known)
  }

  private static var stoppingProblems: [Entry] {
    ProblemCatalogue.entries.map {
      Entry(
        name: $0.name, kind: $0.kind.rawValue, role: .stoppingProblem, parameters: $0.parameters, groups: $0.groups,
        methods: $0.methods, formula: $0.formula, citation: $0.citation, hasReference: true)
    } + [
      Entry(
        name: ProblemCatalogue.chainName, kind: "chain", role: .stoppingProblem,
        parameters: [
          ParameterDefinition("running_cost", alias: "c", default: 1, meaning: "cost of one more block; must be given")
        ],
        options: ["--transition P.npy", "--stopping-loss g.npy"], methods: ["bellman"],
        formula: "finite Markov chain P, stopping loss g, cost c a block", citation: "exact Bellman recursion",
        hasReference: false)
    ]
  }

  /// Known in closed form.
  private static let solvedFields = ["flow-decay", "anisotropic-decay"]

  private static var fields: [Entry] {
    func field(
      _ name: String, _ parameters: [ParameterDefinition] = [], options: [String] = [], _ formula: String,
      _ citation: String
    ) -> Entry {
      Entry(
        name: name, kind: "field", role: .field, parameters: parameters, options: options,
        methods: IntegratorChoice.names, formula: formula, citation: citation,
        hasReference: solvedFields.contains(name))
    }
    return FieldCatalogue.entries.map { field($0.name, $0.parameters, $0.formula, $0.citation) } + [
      field(
        "tanh-residual", options: ["--weights PREFIX or FILE.npz with W1, b1, W2, b2 and, if there, a", "--initial"],
        "h' = W2 tanh(W1 h + b1 + a t) + b2", "a residual block in continuous depth; Chen et al., NeurIPS 2018"),
      field(
        "gradient-flow", options: ["--weights PREFIX or FILE.npz with W, b", "--initial"], "h' = -W^T tanh(W h + b)",
        "Haber and Ruthotto, Stable architectures for deep neural networks, Inverse Problems 34 (2018)"),
      field(
        "custom", options: ["--drift E, one a dimension", "--set name=value for names in it", "--initial"],
        "h_i' = expression in x, y, z (or x1, x2, ...), t and parameters", "yours"),
      field(
        "run:FOLDER", options: ["--set stage=S", "--set sample=I"],
        "the residual core of a trained network, one field a stage, from where a sample begins", "depth train"),
    ]
  }

  private static var diffusions: [Entry] {
    DiffusionCatalogue.entries.map { entry in
      var (methods, isSolved) = ([String](), false)
      if let defaults = try? entry.resolve([]) {
        let diffusion = entry.diffusion(defaults)
        methods = Self.methods(for: diffusion)
        isSolved = Self.knowsMoments(diffusion, from: entry.initialState(defaults))
      }
      return Entry(
        name: entry.name, kind: "diffusion", role: .diffusion, parameters: entry.parameters, groups: entry.groups,
        methods: methods, formula: entry.formula, citation: entry.citation, hasReference: isSolved)
    }
  }

  private static func methods(for diffusion: some Diffusion) -> [String] {
    StochasticMethods.all.filter { (try? $0.requireApplicable(to: diffusion)) != nil }.map(\.name)
  }

  private static func knowsMoments(_ diffusion: some Diffusion, from initial: [Double]) -> Bool {
    diffusion.moments(at: 1, from: initial) != nil
  }
}

extension CatalogueListing.Entry {
  var json: JSONValue {
    [
      "name": .string(name), "kind": .string(kind), "role": .string(role.rawValue),
      "commands": .array(role.commands.map { .string($0) }), "parameters": .array(parameters.map(\.json)),
      "groups": .object(groups.mapValues { .array($0.map { .string($0) }) }),
      "options": .array(options.map { .string($0) }), "methods": .array(methods.map { .string($0) }),
      "formula": .string(formula), "citation": .string(citation), "reference": .bool(hasReference),
    ]
  }

  /// One line and its formula, parameters below; all of it for one problem alone.
  func lines(isAlone: Bool) -> [String] {
    var lines = ["\(name)  (\(role.rawValue)\(role == .stoppingProblem ? ", \(kind)" : ""))", "    \(formula)"]
    lines += options.map { "    \($0)" }
    for parameter in parameters {
      let unit = parameter.unit.isEmpty ? "" : " [\(parameter.unit)]"
      let allowed = isAlone ? "; \(parameter.allowed.description)" : ""
      lines.append(
        "    --set \(parameter.alias)=\(parameter.defaultValue)  \(parameter.name)\(unit): \(parameter.meaning)\(allowed)"
      )
    }
    lines += groups.sorted { $0.key < $1.key }.map {
      "    --set \($0.key)=...  sets \($0.value.joined(separator: " and "))"
    }
    guard isAlone else { return lines }
    return lines + [
      "    methods: \(methods.joined(separator: ", "))",
      "    answer known in closed form: \(hasReference ? "yes" : "no")",
      "    source: \(citation)",
    ]
  }
}
