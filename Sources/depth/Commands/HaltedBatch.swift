import DepthDynamics
import DepthFigures
import DepthNumerics
import DepthRuns

/// A batch whose samples end at events of their own: each integrated alone, by a method of its own under `auto`.
struct HaltedBatch {
  let setting: IntegrateSetting
  let trajectories: [Trajectory]
  let verdicts: [MethodVerdict]

  /// - Throws: the first sample's failure.
  init<Field: VectorField>(
    _ batch: InitialValueBatch<Field>, _ events: [Event], _ setting: IntegrateSetting
  ) throws {
    let samples = try setting.choice.integrate(batch, saving: setting.depths, events: events).samples
    self.setting = setting
    trajectories = samples.map(\.trajectory)
    verdicts = samples.map(\.verdict)
  }

  func result<Field: VectorField>(
    _ batch: InitialValueBatch<Field>, _ events: [Event], seconds: Double, processorSeconds: Double
  ) throws -> CommandResult {
    let (errors, failures) = setting.estimatesError ? estimates(batch, events) : ([], [])
    let statistics = trajectories.reduce(Trajectory.Statistics()) { $0 + $1.statistics }
    let names = Set(verdicts.map(\.name)).sorted()
    // one stiff sample is worth the word, however many are not
    let worst = trajectories.first { $0.statistics.isStiff }?.statistics ?? statistics
    let excess = errors.compactMap { $0?.excess }.max()
    let missed = MissedTolerance(setting.choice, Set(names), worst, excess: excess)
    return CommandResult(
      command: "integrate", configuration: setting.configuration, results: results(errors, statistics, names),
      diagnostics: setting.diagnostics(
        statistics, names.joined(separator: ", "), missed, seconds: seconds, processorSeconds: processorSeconds),
      warnings: missed.warnings + setting.toleranceWarnings + failures + notes(errors)
        + [missingStates, missingEvents].compactMap { $0 },
      tables: [trajectoryTable(), eventTable()], text: text(errors, statistics, names), figure: { try picture() })
  }

  /// Of each sample; nil where it failed, with the first failure in words.
  private func estimates<Field: VectorField>(
    _ batch: InitialValueBatch<Field>, _ events: [Event]
  ) -> ([GlobalError?], [String]) {
    let outcomes = Parallel.map(trajectories.count, threads: setting.choice.threads) { sample in
      Result {
        let reference = try setting.reference(verdicts[sample], trajectories[sample].statistics)
        return try GlobalError(of: trajectories[sample], batch.problem(sample), by: reference, events: events)
      }
    }
    let errors = outcomes.map { try? $0.get() }
    let failed = errors.indices.filter { errors[$0] == nil }
    guard let first = failed.first, case .failure(let failure) = outcomes[first] else { return (errors, []) }
    return (errors, ["the error of \(failed.count) samples has no estimate; sample \(first): \(failure)"])
  }

  // MARK: what is missing, and why

  /// What samples' trajectories and errors note, each sentence once with the samples it holds for.
  private func notes(_ errors: [GlobalError?]) -> [String] {
    var (order, samples): ([String], [String: [Int]]) = ([], [:])
    for (sample, trajectory) in trajectories.enumerated() {
      let error = sample < errors.count ? errors[sample]?.notes ?? [] : []
      for note in trajectory.notes + trajectory.statistics.notes + error {
        if samples[note] == nil { order.append(note) }
        samples[note, default: []].append(sample)
      }
    }
    return order.map { note in
      let members = samples[note] ?? []
      let listed = members.prefix(5).map { "\($0)" }.joined(separator: ", ")
      return "samples \(listed)\(members.count > 5 ? ", ... (\(members.count))" : ""): \(note)"
    }
  }

  private var missingStates: String? {
    let halted = trajectories.count { $0.depths.count < setting.depths.count }
    guard halted > 0 else { return nil }
    return "\(halted) samples halted before the last depth asked for: their rows in states are null from there on"
  }

  private var missingEvents: String? {
    let free = trajectories.count { $0.event == nil }
    guard free > 0 else { return nil }
    return "\(free) samples met no terminal event: their entries in event_depths and event_states are null"
  }

  // MARK: results

  private func results(
    _ errors: [GlobalError?], _ statistics: Trajectory.Statistics, _ names: [String]
  ) -> [String: JSONValue] {
    let occurrences = trajectories.enumerated().flatMap { sample, trajectory in
      trajectory.occurrences.map { found -> JSONValue in
        [
          "sample": .integer(sample), "name": .string(found.name), "depth": JSONValue(found.depth),
          "state": JSONValue(found.state),
        ]
      }
    }
    let bounds = errors.count == trajectories.count ? setting.depths.indices.map { worstError(errors, $0) } : []
    return [
      "depths": JSONValue(setting.depths),
      "states": .array(
        setting.depths.indices.map { index in
          .array(trajectories.map { index < $0.depths.count ? JSONValue($0.state(index)) : .null })
        }),
      "samples": .integer(trajectories.count), "halted": .integer(trajectories.count { $0.event != nil }),
      "event": .null, "event_depths": .array(trajectories.map { JSONValue($0.event?.depth) }),
      "event_states": .array(trajectories.map { $0.event.map { JSONValue($0.state) } ?? .null }),
      "event_error_bounds": .array(errors.map { JSONValue($0?.eventDepth) }), "events": .array(occurrences),
      "error_bound": JSONValue(errors.compactMap { $0?.perDepth.last ?? $0?.eventState }.max()),
      "error_bound_kind": "estimate", "error_bounds": .array(bounds.map { JSONValue($0) }),
      "statistics": statistics.json, "integrator": .string(names.joined(separator: ", ")),
      "integrator_reason": .string(reasons(names).joined(separator: "; ")),
      "integrators": .array(verdicts.map { .string($0.name) }),
    ]
  }

  /// Of the samples that reach a depth; nil where none does.
  private func worstError(_ errors: [GlobalError?], _ index: Int) -> Double? {
    errors.compactMap { error in error.flatMap { index < $0.perDepth.count ? $0.perDepth[index] : nil } }.max()
  }

  private func reasons(_ names: [String]) -> [String] {
    names.compactMap { name in
      guard let verdict = verdicts.first(where: { $0.name == name }) else { return nil }
      let count = verdicts.count { $0.name == name }
      return names.count == 1 ? verdict.reason : "\(name) for \(count) samples: \(verdict.reason)"
    }
  }

  private func text(
    _ errors: [GlobalError?], _ statistics: Trajectory.Statistics, _ names: [String]
  ) -> [String] {
    let halted = trajectories.compactMap { $0.event?.depth }
    let mean = halted.reduce(0, +) / Double(max(1, halted.count))
    let summary =
      halted.isEmpty
      ? "no sample met a terminal event"
      : "\(halted.count) of \(trajectories.count) samples halted, at a mean depth of \(mean)"
    let shown = trajectories.prefix(4).enumerated().map { sample, trajectory in
      let place = trajectory.event.map { "\($0.name) at depth \($0.depth)" } ?? "no terminal event"
      return "sample \(sample): \(place): \(StateText.short(trajectory.finalState))"
    }
    let bound = errors.compactMap { $0?.eventDepth }.max()
    return [summary] + shown + (trajectories.count > 4 ? ["... (\(trajectories.count) samples)"] : [])
      + (bound.map { ["error of the worst event's depth: \($0) (estimate)"] } ?? []) + [
        "\(names.joined(separator: ", ")): \(statistics.steps) steps, \(statistics.evaluations) evaluations"
      ]
  }

  // MARK: tables and a picture

  /// Columns `sample`, `depth`, `state_0`, ...: a row a sample and depth, up to where it halted.
  private func trajectoryTable() -> Table {
    let rows = setting.depths.indices.flatMap { index in
      trajectories.indices.filter { index < trajectories[$0].depths.count }.map { (index, $0) }
    }
    var table = Table(name: "trajectory")
    table.add("sample", rows.map(\.1))
    table.add("depth", rows.map { setting.depths[$0.0] })
    for i in 0..<trajectories[0].dimension {
      table.add("state_\(i)", rows.map { trajectories[$0.1].states[$0.0 * trajectories[$0.1].dimension + i] })
    }
    return table
  }

  /// Columns `sample`, `event`, `terminal`, `depth`, `state_0`, ...: a row an event that occurred.
  private func eventTable() -> Table {
    let rows = trajectories.enumerated().flatMap { sample, trajectory in trajectory.occurrences.map { (sample, $0) } }
    var table = Table(name: "events")
    table.add("sample", rows.map(\.0))
    table.add("event", rows.map(\.1.name))
    table.add("terminal", rows.map { $0.1 == trajectories[$0.0].event ? 1 : 0 })
    table.add("depth", rows.map(\.1.depth))
    for i in 0..<trajectories[0].dimension { table.add("state_\(i)", rows.map { $0.1.state[i] }) }
    return table
  }

  private func picture() throws -> Figure {
    let drawn = trajectories.prefix(StatePicture.mostSamples)
    let series = drawn.map { trajectory in
      trajectory.depths.indices.map { (depth: trajectory.depths[$0], state: trajectory.state($0)[0]) }
        + (trajectory.event.map { [(depth: $0.depth, state: $0.state[0])] } ?? [])
    }
    return try StatePicture.ofSamples(
      Array(series), of: trajectories.count, dimension: trajectories[0].dimension,
      ends: drawn.compactMap { $0.event.map { ($0.depth, $0.state[0]) } })
  }
}
