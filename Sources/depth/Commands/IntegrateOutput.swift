import DepthDynamics
import DepthFigures
import DepthRuns

/// What `depth integrate` found for one initial state.
struct IntegrateOutput {
  let setting: IntegrateSetting
  let trajectory: Trajectory
  let verdict: MethodVerdict

  /// - Throws: `InputError` alone: a failed error estimate or event gradient is a warning.
  func result<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, _ events: [Event], seconds: Double, processorSeconds: Double
  ) throws -> CommandResult {
    var (error, notes): (GlobalError?, [String]) = (nil, [])
    if setting.estimatesError {
      do {
        let reference = try setting.reference(verdict, trajectory.statistics)
        error = try GlobalError(of: trajectory, problem, by: reference, events: events)
      } catch {
        notes.append("the error has no estimate: \(error)")
      }
    }
    let gradient = try EventDepthGradient.of(trajectory, problem, events, verdict, setting)
    let statistics = trajectory.statistics
    notes += [gradient?.note, missingDepths].compactMap { $0 } + trajectory.notes + statistics.notes
    notes += error?.notes ?? []
    let missed = MissedTolerance(setting.choice, [verdict.name], statistics, excess: error?.excess)
    return CommandResult(
      command: "integrate", configuration: setting.configuration, results: results(error, gradient),
      diagnostics: setting.diagnostics(
        statistics, verdict.name, missed, seconds: seconds, processorSeconds: processorSeconds),
      warnings: missed.warnings + setting.toleranceWarnings + notes,
      tables: [table()] + (trajectory.occurrences.isEmpty ? [] : [occurrenceTable()]),
      text: text(error), figure: { try picture() })
  }

  /// The rows to give: where a terminal event came before the first depth asked for, the event's own.
  private var rows: [(depth: Double, state: [Double])] {
    if trajectory.depths.isEmpty, let event = trajectory.event { return [(event.depth, event.state)] }
    return trajectory.depths.indices.map { (trajectory.depths[$0], trajectory.state($0)) }
  }

  private func table() -> Table {
    let rows = rows
    var table = Table(name: "trajectory")
    table.add("depth", rows.map(\.depth))
    for i in 0..<trajectory.dimension { table.add("state_\(i)", rows.map { $0.state[i] }) }
    return table
  }

  private var missingDepths: String? {
    guard let event = trajectory.event, setting.asksDepths else { return nil }
    let missing = setting.depths.count - trajectory.depths.count
    guard missing > 0 else { return nil }
    let which =
      trajectory.depths.isEmpty
      ? "before the first depth asked for: depths and states hold the event's alone"
      : "before \(missing) of the \(setting.depths.count) depths asked for"
    return "the event \(event.name) ends the flow at depth \(event.depth), \(which)"
  }

  // MARK: results

  private func results(_ error: GlobalError?, _ gradient: EventGradient.Outcome?) -> [String: JSONValue] {
    let rows = rows
    let errors = error.map { $0.perDepth.isEmpty ? [$0.eventState].compactMap { $0 } : $0.perDepth }
    var results: [String: JSONValue] = [
      "depths": JSONValue(rows.map(\.depth)), "states": .array(rows.map { JSONValue($0.state) }),
      "event": trajectory.event.map { event($0, error, gradient) } ?? .null,
      "events": .array(trajectory.occurrences.map(\.json)), "statistics": trajectory.statistics.json,
      "error_bound": JSONValue(errors?.last), "error_bound_kind": "estimate",
      "error_bounds": JSONValue(errors ?? []),
    ]
    results.merge(setting.verdict(verdict)) { $1 }
    return results
  }

  private func event(
    _ found: Trajectory.Occurrence, _ error: GlobalError?, _ gradient: EventGradient.Outcome?
  ) -> JSONValue {
    [
      "name": .string(found.name), "depth": JSONValue(found.depth), "state": JSONValue(found.state),
      "touch": .bool(found.isTouch), "error_bound": JSONValue(error?.eventDepth), "error_bound_kind": "estimate",
      "gradient": gradient?.initialState.map { JSONValue($0) } ?? .null,
      "gradient_parameters": gradient?.parameters.map { JSONValue($0) } ?? .null,
    ]
  }

  private func occurrenceTable() -> Table {
    var table = Table(name: "events")
    table.add("event", trajectory.occurrences.map(\.name))
    table.add("depth", trajectory.occurrences.map(\.depth))
    table.add("touch", trajectory.occurrences.map { $0.isTouch ? 1 : 0 })
    for i in 0..<trajectory.dimension { table.add("state_\(i)", trajectory.occurrences.map { $0.state[i] }) }
    return table
  }

  // MARK: for a reader

  private func text(_ error: GlobalError?) -> [String] {
    // a reader wants the first and the last; --json and --output have all
    let count = trajectory.depths.count
    let shown = count <= 12 ? Array(0..<count) : Array(0..<6) + Array((count - 3)..<count)
    var lines = shown.map { "h(\(trajectory.depths[$0])) = \(StateText.short(trajectory.state($0)))" }
    if count > 12 { lines.insert("... (\(count) depths)", at: 6) }
    if let error, let last = error.perDepth.last {
      lines.append("error at depth \(trajectory.depths[count - 1]): \(last) (estimate, 2-norm)")
    }
    let found = trajectory.occurrences
    let told = found.count <= 12 ? Array(found.indices) : Array(0..<6) + Array((found.count - 3)..<found.count)
    for index in told {
      if found.count > 12, index == found.count - 3 { lines.append("... (\(found.count) events)") }
      let found = found[index]
      let isLast = found == trajectory.event
      let bound = isLast ? (error?.eventDepth).map { " +- \($0)" } ?? "" : ""
      lines.append(
        "event \(found.name)\(found.isTouch ? " touched" : "") at depth \(found.depth)\(bound): \(StateText.short(found.state))\(isLast ? "; the flow ends" : "")"
      )
    }
    return lines + [setting.line(verdict, trajectory.statistics)]
  }

  /// Components against depth, at most six, up to the event.
  private func picture() throws -> Figure {
    let components = Array(0..<min(6, trajectory.dimension))
    let end = trajectory.event.map { [$0] } ?? []
    let depths = trajectory.depths + end.map(\.depth)
    let states = trajectory.states + end.flatMap(\.state)
    let picture = StatePicture(
      names: components.map { "h_\($0)" },
      series: components.map { i in
        depths.indices.map { (depths[$0], states[$0 * trajectory.dimension + i]) }
      }, events: trajectory.occurrences.map(\.depth), hasSymbols: true)
    let axis = trajectory.dimension > 1 ? FigureLabel("state", symbol: "h_i") : FigureLabel(column: "state")
    return try picture.figure(by: "component", axis: axis)
  }
}

extension Trajectory.Occurrence {
  var json: JSONValue {
    ["name": .string(name), "depth": JSONValue(depth), "state": JSONValue(state), "touch": .bool(isTouch)]
  }
}

extension IntegrateSetting {
  var toleranceWarnings: [String] {
    ignoresTolerances ? ["\(choice.name) controls no error: the tolerances have no effect; choose --blocks"] : []
  }
}

/// A state in one line.
enum StateText {
  static func short(_ state: [Double]) -> String {
    state.prefix(8).map { "\($0)" }.joined(separator: ", ") + (state.count > 8 ? ", ... (\(state.count))" : "")
  }
}
