import ArgumentParser
import DepthDynamics
import DepthFigures
import DepthRuns
import Foundation

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

  private func parseEvent(_ text: String, _ field: some VectorField) throws -> Event {
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
