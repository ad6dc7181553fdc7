import ArgumentParser
import DepthFigures
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
    let (field, defaultInitial, defaultHorizon) = try named(name, settings, file)
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

  private func named(
    _ name: String, _ settings: [(String, Double)], _ file: OptionFile
  ) throws -> (any VectorField, [Double]?, Double) {
    if name == "tanh-residual" {
      guard settings.isEmpty else { throw InputError.usage("tanh-residual has no parameters for --set") }
      guard let prefix = try weights ?? file.string("weights") else {
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
  private func trainedCore(_ path: String) throws -> (any VectorField, [Double]?, Double) {
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

/// `depth integrate`: a vector field in depth.
struct IntegrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "integrate", abstract: "Integrate a vector field in depth, with dense output and events.",
    discussion: """
      examples:
        depth integrate --problem flow-decay --integrator cvode-adams --horizon 1 --at-depth 0.5
        depth integrate --problem spiral --points 200 --plot -
        depth integrate --problem flow-decay --horizon 5 --event state-norm=0.3 --json
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var fieldOptions: FieldOptions
  @Option(
    name: .long,
    help: "auto, euler, heun, rk4, erk-cash-karp, erk-dormand-prince, erk-verner, erk-fehlberg, cvode-adams, cvode-bdf."
  ) var integrator: String?
  @Option(name: .long, help: "euler, heun, rk4: number L of blocks (default 100).") var blocks: Int?
  @Option(name: .long, help: "A depth at which to give the state; repeatable.") var atDepth: [Double] = []
  @Option(name: .long, help: "So many equally spaced depths, both ends included.") var points: Int?
  @Option(name: .long, help: "End at an event: state-norm=V, field-norm=V, component-I=V.") var event: String?

  static let integrators =
    ["auto", "euler"] + FixedStepRungeKutta.Scheme.allCases.map(\.rawValue) + ERKStep.Pair.allCases.map(\.rawValue)
    + ["cvode-adams", "cvode-bdf"]

  func run() throws {
    let file = try common.file(known: FieldOptions.keys + ["integrator", "blocks", "at_depth", "points", "event"])
    let resolved = try fieldOptions.resolve(common, file)
    let name = try integrator ?? file.string("integrator") ?? "auto"
    let method = try makeIntegrator(name, resolved.tolerances, blocks ?? file.integer("blocks") ?? 100)
    let depths = try savedDepths(resolved.horizon, file)
    let eventText = try event ?? file.string("event")
    let ((trajectory, gradient), seconds) = try timed {
      try integrate(resolved.field, resolved, method, depths, eventText)
    }
    var configuration = resolved.configuration
    configuration["integrator"] = .string(method.name)
    configuration["at_depth"] = JSONValue(depths)
    configuration["event"] = eventText.map { .string($0) } ?? .null
    let fixedBlocks = (method as? Euler)?.blocks ?? (method as? FixedStepRungeKutta)?.blocks
    if let fixedBlocks { configuration["blocks"] = .integer(fixedBlocks) }
    let diagnostics = Diagnostics(
      status: .converged, method: method.name, iterations: trajectory.statistics.steps,
      evaluations: ["field": trajectory.statistics.evaluations],
      residualNorm: fixedBlocks == nil ? "local error control" : "none: fixed steps control no error",
      toleranceAsked: fixedBlocks == nil ? resolved.tolerances.relative : 0, seconds: seconds)
    try CommandResult(
      command: "integrate", configuration: configuration, results: results(trajectory, gradient),
      diagnostics: diagnostics,
      tables: [trajectory.table()], text: text(trajectory, method), figure: { try picture(trajectory) }
    ).deliver(common)
  }

  private func integrate(
    _ field: some VectorField, _ resolved: FieldOptions.Resolved, _ method: any Integrator, _ depths: [Double],
    _ event: String?
  ) throws -> (Trajectory, gradient: [Double]?) {
    let problem = try InitialValueProblem(field: field, initialState: resolved.initial, end: resolved.horizon)
    let event = try event.map { try parseEvent($0, field) }
    let trajectory = try method.integrate(problem, saving: depths, until: event)
    guard let event, let found = trajectory.event else { return (trajectory, nil) }
    let gradient = try EventGradient.depthGradient(
      of: event, at: found, problem: problem, integrator: ERKStep(tolerances: resolved.tolerances))
    return (trajectory, gradient)
  }

  private func makeIntegrator(_ name: String, _ tolerances: Tolerances, _ blocks: Int) throws -> any Integrator {
    switch name {
    case "euler": try Euler(blocks: blocks)
    case "cvode-adams": CVODE(.adams, tolerances: tolerances)
    // BDF copes with stiff fields and costs a smooth one little at the sizes of the catalogue
    case "auto", "cvode-bdf": CVODE(.bdf, tolerances: tolerances)
    default:
      if let pair = ERKStep.Pair(rawValue: name) {
        ERKStep(pair, tolerances: tolerances)
      } else if let scheme = FixedStepRungeKutta.Scheme(rawValue: name) {
        try FixedStepRungeKutta(scheme, blocks: blocks)
      } else {
        throw InputError.unknown(name, kindOfName: "integrator", known: Self.integrators)
      }
    }
  }

  private func savedDepths(_ horizon: Double, _ file: OptionFile) throws -> [Double] {
    let asked = try atDepth.isEmpty ? file.numbers("at_depth") ?? [] : atDepth
    guard let count = try points ?? file.integer("points") else { return asked.isEmpty ? [horizon] : asked.sorted() }
    guard asked.isEmpty else { throw InputError.usage("--points and --at-depth exclude each other") }
    guard count >= 2, count <= 10_000_000 else { throw InputError.value(count, of: "points", allowed: "2 to 10000000") }
    return (0..<count).map { $0 == count - 1 ? horizon : horizon * Double($0) / Double(count - 1) }
  }

  private func parseEvent(_ text: String, _ field: some VectorField) throws -> TerminalEvent {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2, let value = Double(parts[1]), value.isFinite else {
      throw InputError.value(text, of: "--event", allowed: "state-norm=V, field-norm=V, component-I=V")
    }
    if parts[0].hasSuffix("-norm"), value < 0 {
      throw InputError.value(text, of: "--event", allowed: "norms from 0")
    }
    switch parts[0] {
    case "state-norm": return .stateNorm(value, dimension: field.dimension)
    case "field-norm": return .fieldNorm(value, of: field)
    default:
      guard parts[0].hasPrefix("component-"), let index = Int(parts[0].dropFirst(10)),
        (0..<field.dimension).contains(index)
      else {
        throw InputError.value(
          text, of: "--event", allowed: "state-norm=V, field-norm=V, component-I=V with I below \(field.dimension)")
      }
      return .component(index, equals: value)
    }
  }

  /// Components against depth, at most six.
  private func picture(_ trajectory: Trajectory) throws -> Figure {
    guard trajectory.depths.count > 1 else { throw InputError.usage("--plot needs --points N or several --at-depth") }
    let rows = (0..<min(6, trajectory.dimension)).flatMap { i in trajectory.depths.indices.map { (i, $0) } }
    var table = Table(name: "states")
    table.add("component", rows.map { "h_\($0.0)" })
    table.add("depth", rows.map { trajectory.depths[$0.1] })
    table.add("state", rows.map { trajectory.states[$0.1 * trajectory.dimension + $0.0] })
    return try Figures.tidy(table, x: "depth", y: "state", by: "component")
  }

  private func results(_ trajectory: Trajectory, _ gradient: [Double]?) -> [String: JSONValue] {
    [
      "depths": JSONValue(trajectory.depths),
      "states": .array(trajectory.depths.indices.map { JSONValue(trajectory.state($0)) }),
      "event": trajectory.event.map {
        [
          "name": .string($0.name), "depth": JSONValue($0.depth), "state": JSONValue($0.state),
          "gradient": gradient.map { JSONValue($0) } ?? .null,
        ]
      } ?? .null, "statistics": trajectory.statistics.json,
    ]
  }

  private func text(_ trajectory: Trajectory, _ method: any Integrator) -> [String] {
    func text(_ state: [Double]) -> String {
      state.prefix(8).map { "\($0)" }.joined(separator: ", ") + (state.count > 8 ? ", ... (\(state.count))" : "")
    }
    // a reader wants the first and the last; --json and --output have all
    let count = trajectory.depths.count
    let shown = count <= 12 ? Array(0..<count) : Array(0..<6) + Array((count - 3)..<count)
    var rows = shown.map { "h(\(trajectory.depths[$0])) = \(text(trajectory.state($0)))" }
    if count > 12 { rows.insert("... (\(count) depths)", at: 6) }
    let event =
      trajectory.event.map {
        ["event \($0.name) at depth \($0.depth): \(text($0.state))"]
      } ?? []
    let statistics = trajectory.statistics
    return rows + event + ["\(method.name): \(statistics.steps) steps, \(statistics.evaluations) evaluations"]
  }
}

/// `depth limit`: residual networks of L blocks against the flow.
struct LimitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "limit", abstract: "ResNet to ODE: error against the number of blocks, with the predicted constant.",
    discussion:
      "examples:\n  depth limit --problem flow-decay --horizon 1 --json\n  depth limit --problem spiral --initial 0.5,0 --horizon 1 --blocks 64,128,256 --plot -"
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var fieldOptions: FieldOptions
  @Option(name: .long, help: "Numbers L of blocks (default 8,16,...,1024).") var blocks: String?

  func run() throws {
    let file = try common.file(known: FieldOptions.keys + ["blocks"])
    let resolved = try fieldOptions.resolve(common, file, relative: 1e-12, absolute: 1e-14)
    let numbers = try blocks.map { try parseNumbers($0, of: "--blocks") } ?? file.numbers("blocks")
    let counts =
      try numbers?.map { number -> Int in
        guard let count = Int(exactly: number), count > 0 else {
          throw InputError.value(number, of: "blocks", allowed: "positive integers")
        }
        return count
      } ?? (3...10).map { 1 << $0 }
    let (limit, seconds) = try timed { try run(resolved.field, resolved, counts) }
    var configuration = resolved.configuration
    configuration["blocks"] = .array(counts.map { .integer($0) })
    let rows = counts.indices.map { i -> JSONValue in
      [
        "blocks": .integer(limit.blocks[i]), "error": JSONValue(limit.errors[i]),
        "predicted_error": JSONValue(limit.predictedErrors[i]),
      ]
    }
    try CommandResult(
      command: "limit", configuration: configuration,
      results: [
        "table": .array(rows), "slope": JSONValue(limit.slope), "constant": JSONValue(limit.constant),
        "predicted_constant": JSONValue(limit.predictedConstant),
      ],
      diagnostics: Diagnostics(
        status: .converged, method: "euler against erk-dormand-prince", residualNorm: "local error control",
        toleranceAsked: resolved.tolerances.relative, seconds: seconds), warnings: warnings(limit, resolved),
      tables: [limit.table],
      text: counts.indices.map {
        "L = \(counts[$0]): error \(limit.errors[$0]), predicted \(limit.predictedErrors[$0])"
      }
        + ["slope \(limit.slope); constant \(limit.constant), predicted \(limit.predictedConstant)"],
      figure: { try Figures.depthLimit(limit.table) }
    ).deliver(common)
  }

  /// Where the slope means nothing, or the reference is too coarse to measure against.
  private func warnings(_ limit: DepthLimit, _ resolved: FieldOptions.Resolved) -> [String] {
    guard let least = limit.errors.min(), least > 0 else {
      return ["an error is exactly zero: the slope means nothing"]
    }
    let tolerance = resolved.tolerances.relative
    return least < 100 * tolerance
      ? [
        "the least error \(least) is within 100 times the reference's tolerance \(tolerance): tighten --relative-tolerance"
      ] : []
  }

  private func run(_ field: some VectorField, _ resolved: FieldOptions.Resolved, _ counts: [Int]) throws -> DepthLimit {
    let problem = try InitialValueProblem(field: field, initialState: resolved.initial, end: resolved.horizon)
    return try DepthLimit(problem, blocks: counts, reference: ERKStep(tolerances: resolved.tolerances))
  }
}
