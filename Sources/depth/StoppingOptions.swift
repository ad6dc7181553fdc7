import ArgumentParser
import DepthRuns
import DepthStopping
import Foundation

/// Which stopping problem: one of the catalogue, a user's chain, or a typed one.
struct StoppingOptions: ParsableArguments {
  @Option(
    name: .long, help: "A problem of the catalogue (depth problems), chain, or custom.",
    completion: Completions.problems) var problem: String?
  @Option(name: .long, help: "chain: P as .npy, n x n.", completion: Completions.arrays) var transition: String?
  @Option(
    name: .long, parsing: .unconditional, help: "custom: g in x (y, z), t and the --set names. chain: g as .npy, n.")
  var stoppingLoss: String?
  @Option(
    name: .long, parsing: .unconditional, help: "The running cost c; the same as --set c=. custom: an expression.")
  var runningCost: String?
  @Option(name: .long, parsing: .unconditionalSingleValue, help: "custom: dx/dt, one per dimension.") var drift:
    [String] = []
  @Option(name: .long, parsing: .unconditionalSingleValue, help: "custom: the noise sigma, one per dimension.")
  var diffusion: [String] = []
  @Option(name: .long, parsing: .unconditional, help: "custom: the discount rate r >= 0, an expression.") var discount:
    String?
  @Option(
    name: .long, parsing: .unconditionalSingleValue, help: "custom: lower:upper of each dimension (default -inf:inf).")
  var domain: [String] = []
  @Option(
    name: .long,
    help: "custom: what happens at the two ends, LOWER,UPPER, each natural, reflecting, absorbing or inflow.")
  var ends: String?
  @Option(name: .long, parsing: .unconditional, help: "Last depth at which to stop (default: none).") var horizon:
    Double?
  @Flag(name: .long, help: "custom: g is a reward to be maximised.") var maximize = false

  static let keys = [
    "problem", "transition", "stopping_loss", "running_cost", "drift", "diffusion", "discount", "domain", "ends",
    "horizon", "maximize",
  ]

  /// A problem, how to make it with other parameters, and what is known of it.
  struct Resolved {
    let problem: StoppingProblem
    /// Solved when it is wanted.
    let reference: () -> ReferenceSolution?
    /// Parameters by standard name with their values: what sensitivities and cost curves vary.
    let parameters: [(name: String, value: Double)]
    /// The problem with one parameter changed.
    let varied: (_ name: String, _ value: Double) throws -> StoppingProblem
    /// What a record needs beside the problem's own parameters, to run again.
    let configuration: [String: JSONValue]
  }

  /// What the problem takes; none where it is missing.
  func parameters(_ file: OptionFile) throws -> SweepSchema.Parameters {
    switch try problem ?? file.string("problem") {
    case nil: return SweepSchema.Parameters([])
    case CustomProblem.name: return SweepSchema.Parameters([], isOpen: true)
    case ProblemCatalogue.chainName: return SweepSchema.Parameters([Self.chainCost])
    case let name?:
      let entry = try ProblemCatalogue.entry(name)
      return SweepSchema.Parameters(entry.parameters, groups: entry.groups.keys.sorted())
    }
  }

  private static let chainCost = ParameterDefinition(
    "running_cost", alias: "c", default: 1, meaning: "cost of one more block")

  func resolve(_ common: CommonOptions, _ file: OptionFile) throws -> Resolved {
    guard let name = try problem ?? file.string("problem") else {
      let known = ProblemCatalogue.entries.map(\.name) + [ProblemCatalogue.chainName, CustomProblem.name]
      throw InputError.usage("--problem is missing; allowed: \(known.joined(separator: ", "))")
    }
    try refuseStrangers(name, file)
    switch name {
    case CustomProblem.name: return try custom(common, file)
    case ProblemCatalogue.chainName: return try chain(common, file)
    default: return try catalogue(name, common, file)
    }
  }

  /// Options of another kind of problem are refused rather than ignored.
  private func refuseStrangers(_ name: String, _ file: OptionFile) throws {
    func given(_ key: String, _ flag: Bool) -> String? {
      flag || file.values[key].map { $0 != .array([]) && $0 != .null && $0 != .bool(false) } == true ? key : nil
    }
    let typed = [
      given("drift", !drift.isEmpty), given("diffusion", !diffusion.isEmpty), given("discount", discount != nil),
      given("domain", !domain.isEmpty), given("ends", ends != nil), given("maximize", maximize),
    ].compactMap { $0 }
    if name != CustomProblem.name, let stranger = typed.first {
      throw InputError.usage(
        "--\(stranger.replacingOccurrences(of: "_", with: "-")) is given, but the problem is \(name); allowed: with custom"
      )
    }
    if name != ProblemCatalogue.chainName, given("transition", transition != nil) != nil {
      throw InputError.usage("--transition is given, but the problem is \(name); allowed: with chain")
    }
    let takesLoss = [ProblemCatalogue.chainName, CustomProblem.name].contains(name)
    if !takesLoss, given("stopping_loss", stoppingLoss != nil) != nil {
      throw InputError.usage("--stopping-loss is given, but the problem is \(name); allowed: with chain and custom")
    }
  }

  /// `--running-cost` where it must be a number.
  func costNumber(_ file: OptionFile) throws -> Double? {
    guard let text = runningCost else { return try file.number("running_cost") }
    guard let value = Double(text.trimmingCharacters(in: .whitespaces)) else {
      throw InputError.value("'\(text)'", of: "--running-cost", allowed: "a number (expressions with custom only)")
    }
    return value
  }

  /// `--set` with `--running-cost` (or the file's) in place of any other setting of the cost.
  private func settings(
    _ common: CommonOptions, _ file: OptionFile, of entry: ProblemCatalogue.Entry
  ) throws -> [(String, Double)] {
    let settings = try common.settings(file, among: entry.parameters, groups: entry.groups)
    guard let cost = try costNumber(file) else { return settings }
    return settings.filter { $0.0 != "running_cost" && $0.0 != "c" } + [("running_cost", cost)]
  }

  private func catalogue(_ name: String, _ common: CommonOptions, _ file: OptionFile) throws -> Resolved {
    let entry = try ProblemCatalogue.entry(name)
    let values = try entry.resolve(settings(common, file, of: entry))
    let depth = try horizon ?? file.number("horizon")
    func make(_ values: ParameterValues) throws -> StoppingProblem {
      let problem = try entry.problem(values)
      return try depth.map { try problem.withHorizon($0) } ?? problem
    }
    let problem = try make(values)
    let parameters = entry.parameters.filter { $0.isContinuous && values[$0.name].isFinite }
    return Resolved(
      problem: problem, reference: { depth == nil ? try? entry.reference(values) : nil },
      parameters: parameters.map { ($0.name, values[$0.name]) },
      varied: { parameter, value in
        let others = entry.parameters.map(\.name).filter { $0 != parameter }.map { ($0, values[$0]) }
        return try make(entry.resolve(others + [(parameter, value)]))
      }, configuration: ["horizon": JSONValue(depth)])
  }
}

extension StoppingOptions {
  private func custom(_ common: CommonOptions, _ file: OptionFile) throws -> Resolved {
    let statement = try self.statement(common, file)
    return Resolved(
      problem: try CustomProblem.problem(statement), reference: { nil }, parameters: statement.parameters,
      varied: { name, value in
        var changed = statement
        if let index = changed.parameters.firstIndex(where: { $0.name == name }) {
          changed.parameters[index].value = value
        } else {
          changed.runningCost = "\(value)"
        }
        return try CustomProblem.problem(changed)
      },
      configuration: [
        "drift": .array(statement.drift.map { .string($0) }),
        "diffusion": .array(statement.diffusion.map { .string($0) }), "stopping_loss": .string(statement.stoppingLoss),
        "running_cost": .string(statement.runningCost), "discount": .string(statement.discount),
        "domain": .array(statement.domain.map { .string("\($0.lower):\($0.upper)") }),
        "ends": try ends.map { .string($0) } ?? file.string("ends").map { .string($0) } ?? .null,
        "maximize": .bool(statement.maximizes), "horizon": JSONValue(statement.horizon),
        "parameters": .object(Dictionary(statement.parameters.map { ($0.name, JSONValue($0.value)) }) { $1 }),
      ])
  }

  private func statement(_ common: CommonOptions, _ file: OptionFile) throws -> CustomStatement {
    func expression(_ flag: String?, _ key: String) throws -> String? {
      if let flag { return flag }
      // a bare number is an expression too
      return try file.values[key]?.doubleValue.map { "\($0)" } ?? file.string(key)
    }
    guard let loss = try expression(stoppingLoss, "stopping_loss") else {
      throw InputError.usage("custom needs --stopping-loss, an expression")
    }
    let bounds = try (domain.isEmpty ? file.strings("domain") ?? [] : domain).map(Self.interval)
    let maximizes = try maximize || file.flag("maximize")
    return CustomStatement(
      drift: try drift.isEmpty ? file.strings("drift") ?? [] : drift,
      diffusion: try diffusion.isEmpty ? file.strings("diffusion") ?? [] : diffusion, stoppingLoss: loss,
      runningCost: try expression(runningCost, "running_cost") ?? "0",
      discount: try expression(discount, "discount") ?? "0", domain: bounds,
      ends: try Self.ends(ends ?? file.string("ends")),
      horizon: try horizon ?? file.number("horizon"), maximizes: maximizes,
      parameters: try common.settings(file).map { (name: $0.0, value: $0.1) })
  }

  private static func interval(_ text: String) throws -> (lower: Double, upper: Double) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    guard parts.count == 2, let lower = Double(parts[0]), let upper = Double(parts[1]), lower < upper else {
      throw InputError.value("'\(text)'", of: "--domain", allowed: "lower:upper with lower < upper; inf and -inf too")
    }
    return (lower, upper)
  }

  private static func ends(
    _ text: String?
  ) throws -> (lower: ScalarDiffusion.End?, upper: ScalarDiffusion.End?) {
    guard let text else { return (nil, nil) }
    let ends = text.split(separator: ",").map { ScalarDiffusion.End(rawValue: $0.trimmingCharacters(in: .whitespaces)) }
    guard ends.count == 2, let lower = ends[0], let upper = ends[1] else {
      throw InputError.value(
        "'\(text)'", of: "--ends",
        allowed: "LOWER,UPPER, each of \(ScalarDiffusion.End.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return (lower, upper)
  }

  private func chain(_ common: CommonOptions, _ file: OptionFile) throws -> Resolved {
    let settings = try common.settings(file, runningCost: costNumber(file))
    let problem = try chainProblem(settings, file, horizon: horizon ?? file.number("horizon"))
    return Resolved(
      problem: problem, reference: { nil }, parameters: [("running_cost", problem.runningCost)],
      varied: { _, value in
        let others = settings.filter { !["running_cost", "c"].contains($0.0) }
        return try chainProblem(others + [("running_cost", value)], file, horizon: problem.horizon)
      },
      configuration: [
        "transition": problem.parameters["transition"] ?? .null,
        "stopping_loss": problem.parameters["stopping_loss"] ?? .null, "horizon": JSONValue(problem.horizon),
        "parameters": ["running_cost": JSONValue(problem.runningCost)],
      ])
  }

  /// A user's finite Markov chain from files.
  ///
  /// - Throws: `InputError` for missing, damaged or misshapen files and a cost that is not positive.
  private func chainProblem(
    _ settings: [(String, Double)], _ file: OptionFile, horizon: Double?
  ) throws -> StoppingProblem {
    let name = ProblemCatalogue.chainName
    guard let transition = try transition ?? file.string("transition"),
      let loss = try stoppingLoss ?? file.string("stopping_loss")
    else { throw InputError.usage("chain needs --transition P.npy and --stopping-loss g.npy") }
    let chain = try MarkovChain(transition: NumericArray(npy: URL(fileURLWithPath: transition)))
    let losses = try NumericArray(npy: URL(fileURLWithPath: loss))
    try losses.require(shape: [chain.stateCount], name: "stopping_loss")
    try losses.requireFinite(name: "stopping_loss")
    guard settings.contains(where: { ["running_cost", "c"].contains($0.0) }) else {
      throw InputError.usage("chain needs --running-cost")
    }
    let values = try ParameterValues([Self.chainCost], settings: settings, of: name)
    return try StoppingProblem(
      name: name,
      parameters: values.json.merging(["transition": .string(transition), "stopping_loss": .string(loss)]) { $1 },
      dynamics: .chain(chain, loss: losses.values), runningCost: values["running_cost"], horizon: horizon)
  }
}
