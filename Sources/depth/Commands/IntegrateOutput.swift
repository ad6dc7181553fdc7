import DepthDynamics
import DepthFigures
import DepthRuns

/// What `depth integrate` found for one initial state.
struct IntegrateOutput {
  let setting: IntegrateSetting
  let trajectory: Trajectory
  let verdict: MethodVerdict

  /// - Throws: as the integrations for the error and the event's gradient.
  func result<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, _ events: [Event], seconds: Double, processorSeconds: Double
  ) throws -> CommandResult {
    let settled = try setting.choice.settled(verdict)
    var (error, failure): (GlobalError?, String?) = (nil, nil)
    if setting.estimatesError, !trajectory.depths.isEmpty || trajectory.event != nil {
      do {
        error = try GlobalError(of: trajectory, problem, by: settled, events: events)
      } catch {
        failure = "the error has no estimate: \(error)"
      }
    }
    let gradient = try eventGradient(problem, events)
    let size = trajectory.depths.isEmpty ? 0 : norm(trajectory.state(trajectory.depths.count - 1))
    let statistics = trajectory.statistics
    return CommandResult(
      command: "integrate", configuration: setting.configuration(), results: results(error, gradient),
      diagnostics: setting.diagnostics(statistics, verdict, seconds: seconds, processorSeconds: processorSeconds),
      warnings: setting.warnings(statistics, bound: error?.largest, size: size) + [failure].compactMap { $0 },
      tables: [trajectory.table()] + (trajectory.occurrences.isEmpty ? [] : [occurrenceTable()]),
      text: text(error), figure: { try picture() })
  }

  private func norm(_ state: [Double]) -> Double { state.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  // MARK: the event's derivative

  private struct Gradient {
    let initialState: [Double]
    let parameters: [Double]?
  }

  private func eventGradient<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, _ events: [Event]
  ) throws -> Gradient? {
    guard let found = trajectory.event else { return nil }
    // of several of one name, the one that vanishes there
    let candidates = events.filter { $0.isTerminal && $0.name == found.name }
    let distances = candidates.map { abs($0.function(found.depth, found.state)) }
    guard let least = distances.indices.min(by: { distances[$0] < distances[$1] }) else { return nil }
    let event = candidates[least]
    if let field = problem.field as? any DifferentiableField { return try gradient(field, problem, event, found) }
    let tolerances = setting.resolved.tolerances
    return try EventGradient.depthGradient(
      of: event, at: found, problem: problem, integrator: ERKStep(tolerances: tolerances)
    ).map { Gradient(initialState: $0, parameters: nil) }
  }

  /// By the discrete adjoint; where the integration needed an implicit method, by CVODES.
  private func gradient<Field: DifferentiableField>(
    _ field: Field, _ problem: InitialValueProblem<some VectorField>, _ event: Event, _ found: Trajectory.Occurrence
  ) throws -> Gradient? {
    let same = try InitialValueProblem(
      field: field, initialState: problem.initialState, start: problem.start, end: problem.end)
    let tolerances = setting.resolved.tolerances
    let gradient =
      try ["cvode-bdf", "ark-implicit"].contains(verdict.name)
      ? EventGradient.depthGradient(of: event, at: found, problem: same, by: CVODESAdjoint(tolerances: tolerances))
      : EventGradient.depthGradient(
        of: event, at: found, problem: same,
        by: DiscreteAdjoint(RungeKutta(setting.choice.pair, tolerances: tolerances)))
    return gradient.map { Gradient(initialState: $0.initialState, parameters: $0.parameters) }
  }

  // MARK: results

  private func results(_ error: GlobalError?, _ gradient: Gradient?) -> [String: JSONValue] {
    var results: [String: JSONValue] = [
      "depths": JSONValue(trajectory.depths),
      "states": .array(trajectory.depths.indices.map { JSONValue(trajectory.state($0)) }),
      "event": trajectory.event.map { event($0, error, gradient) } ?? .null,
      "events": .array(trajectory.occurrences.map { occurrence($0) }), "statistics": trajectory.statistics.json,
      "error_bound": JSONValue(error?.perDepth.last ?? error?.eventDepth), "error_bound_kind": "estimate",
      "error_bounds": JSONValue(error?.perDepth ?? []),
    ]
    results.merge(setting.verdict(verdict)) { $1 }
    return results
  }

  private func event(_ found: Trajectory.Occurrence, _ error: GlobalError?, _ gradient: Gradient?) -> JSONValue {
    [
      "name": .string(found.name), "depth": JSONValue(found.depth), "state": JSONValue(found.state),
      "error_bound": JSONValue(error?.eventDepth), "error_bound_kind": "estimate",
      "gradient": gradient.map { JSONValue($0.initialState) } ?? .null,
      "gradient_parameters": gradient?.parameters.map { JSONValue($0) } ?? .null,
    ]
  }

  private func occurrence(_ found: Trajectory.Occurrence) -> JSONValue {
    ["name": .string(found.name), "depth": JSONValue(found.depth), "state": JSONValue(found.state)]
  }

  private func occurrenceTable() -> Table {
    var table = Table(name: "events")
    table.add("event", trajectory.occurrences.map(\.name))
    table.add("depth", trajectory.occurrences.map(\.depth))
    for i in 0..<trajectory.dimension { table.add("state_\(i)", trajectory.occurrences.map { $0.state[i] }) }
    return table
  }

  // MARK: for a reader

  private func text(_ error: GlobalError?) -> [String] {
    // a reader wants the first and the last; --json and --output have all
    let count = trajectory.depths.count
    let shown = count <= 12 ? Array(0..<count) : Array(0..<6) + Array((count - 3)..<count)
    var rows = shown.map { "h(\(trajectory.depths[$0])) = \(StateText.short(trajectory.state($0)))" }
    if count > 12 { rows.insert("... (\(count) depths)", at: 6) }
    if let error, let last = error.perDepth.last {
      rows.append("error at depth \(trajectory.depths[count - 1]): \(last) (estimate, 2-norm)")
    }
    for found in trajectory.occurrences {
      let isLast = found == trajectory.event
      let bound = isLast ? (error?.eventDepth).map { " +- \($0)" } ?? "" : ""
      rows.append(
        "event \(found.name) at depth \(found.depth)\(bound): \(StateText.short(found.state))\(isLast ? "; the flow ends" : "")"
      )
    }
    return rows + [setting.line(verdict, trajectory.statistics)]
  }

  /// Components against depth, at most six.
  private func picture() throws -> Figure {
    guard trajectory.depths.count > 1 else { throw InputError.usage("--plot needs --points N or several --at-depth") }
    let rows = (0..<min(6, trajectory.dimension)).flatMap { i in trajectory.depths.indices.map { (i, $0) } }
    var table = Table(name: "states")
    table.add("component", rows.map { "h_\($0.0)" })
    table.add("depth", rows.map { trajectory.depths[$0.1] })
    table.add("state", rows.map { trajectory.states[$0.1 * trajectory.dimension + $0.0] })
    return try Figures.tidy(table, x: "depth", y: "state", by: "component")
  }
}

/// A state in one line.
enum StateText {
  static func short(_ state: [Double]) -> String {
    state.prefix(8).map { "\($0)" }.joined(separator: ", ") + (state.count > 8 ? ", ... (\(state.count))" : "")
  }
}
