import DepthDynamics
import DepthFigures
import DepthNumerics
import DepthRuns

/// What `depth integrate` found for many initial states.
struct BatchOutput {
  let setting: IntegrateSetting
  let batch: TrajectoryBatch
  let verdict: MethodVerdict

  /// - Throws: never for a failed error estimate, which is a warning.
  func result<Field: VectorField>(
    _ problem: InitialValueBatch<Field>, seconds: Double, processorSeconds: Double
  ) throws -> CommandResult {
    let settled = try setting.choice.settled(verdict)
    var (error, failure): (GlobalError?, String?) = (nil, nil)
    if setting.estimatesError {
      do {
        error = try GlobalError(of: batch, problem, by: settled)
      } catch {
        failure = "the error has no estimate: \(error)"
      }
    }
    var results: [String: JSONValue] = [
      "depths": JSONValue(batch.depths), "samples": .integer(batch.sampleCount),
      "states": .array(
        batch.depths.indices.map { index in
          .array((0..<batch.sampleCount).map { JSONValue(batch.state(index, sample: $0)) })
        }), "event": .null, "statistics": batch.statistics.json, "error_bound": JSONValue(error?.perDepth.last),
      "error_bound_kind": "estimate", "error_bounds": JSONValue(error?.perDepth ?? []),
    ]
    results.merge(setting.verdict(verdict)) { $1 }
    let size = batch.finalStates.reduce(0) { max($0, abs($1)) }
    return CommandResult(
      command: "integrate", configuration: setting.configuration(), results: results,
      diagnostics: setting.diagnostics(
        batch.statistics, verdict, seconds: seconds, processorSeconds: processorSeconds),
      warnings: setting.warnings(batch.statistics, bound: error?.largest, size: size) + [failure].compactMap { $0 },
      tables: [table()], text: text(error), figure: { try picture() })
  }

  /// Columns `sample`, `depth`, `state_0`, ...: a row a sample and depth.
  private func table() -> Table {
    let rows = batch.depths.indices.flatMap { index in (0..<batch.sampleCount).map { (index, $0) } }
    var table = Table(name: "trajectory")
    table.add("sample", rows.map(\.1))
    table.add("depth", rows.map { batch.depths[$0.0] })
    for i in 0..<batch.dimension {
      table.add("state_\(i)", rows.map { batch.states[($0.0 * batch.sampleCount + $0.1) * batch.dimension + i] })
    }
    return table
  }

  private func text(_ error: GlobalError?) -> [String] {
    let last = batch.depths.count - 1
    let shown = (0..<min(4, batch.sampleCount)).map {
      "sample \($0): h(\(batch.depths[last])) = \(StateText.short(batch.state(last, sample: $0)))"
    }
    let rest = batch.sampleCount > 4 ? ["... (\(batch.sampleCount) samples, \(batch.depths.count) depths)"] : []
    let bound = error?.perDepth.last.map { ["error of the worst sample: \($0) (estimate, 2-norm)"] } ?? []
    return shown + rest + bound + [setting.line(verdict, batch.statistics)]
  }

  /// The first component of at most eight samples against depth.
  private func picture() throws -> Figure {
    guard batch.depths.count > 1 else { throw InputError.usage("--plot needs --points N or several --at-depth") }
    let rows = (0..<min(8, batch.sampleCount)).flatMap { sample in batch.depths.indices.map { (sample, $0) } }
    var table = Table(name: "states")
    table.add("sample", rows.map { "sample \($0.0)" })
    table.add("depth", rows.map { batch.depths[$0.1] })
    table.add("state", rows.map { batch.state($0.1, sample: $0.0)[0] })
    return try Figures.tidy(table, x: "depth", y: "state", by: "sample")
  }
}

/// A batch whose samples end at events of their own: where each halts.
struct HaltedBatch {
  let trajectories: [Trajectory]
  let verdicts: [MethodVerdict]

  /// - Throws: the first sample's failure.
  init<Field: VectorField>(_ batch: InitialValueBatch<Field>, _ events: [Event], by choice: IntegratorChoice) throws {
    let runs = try Parallel.map(batch.count, threads: choice.threads) { sample in
      Result { try choice.integrate(try batch.problem(sample), saving: [batch.end], events: events) }
    }.map { try $0.get() }
    trajectories = runs.map(\.0)
    verdicts = runs.map(\.1)
  }

  func result(_ setting: IntegrateSetting, seconds: Double, processorSeconds: Double) -> CommandResult {
    let statistics = trajectories.reduce(Trajectory.Statistics()) { $0 + $1.statistics }
    let halted = trajectories.compactMap { $0.event?.depth }
    var results: [String: JSONValue] = [
      "samples": .integer(trajectories.count), "halted": .integer(halted.count),
      "event_depths": .array(trajectories.map { JSONValue($0.event?.depth) }),
      "depths": .array([]), "states": .array(trajectories.map { JSONValue($0.finalState) }), "event": .null,
      "statistics": statistics.json,
    ]
    results.merge(setting.verdict(verdicts[0])) { $1 }
    let mean = halted.reduce(0, +) / Double(max(1, halted.count))
    let summary =
      halted.isEmpty
      ? "no sample met an event" : "\(halted.count) of \(trajectories.count) samples halted, at a mean depth of \(mean)"
    return CommandResult(
      command: "integrate", configuration: setting.configuration(), results: results,
      diagnostics: setting.diagnostics(statistics, verdicts[0], seconds: seconds, processorSeconds: processorSeconds),
      tables: [table()], text: [summary, setting.line(verdicts[0], statistics)])
  }

  /// Columns `sample`, `event`, `depth` (empty where nothing occurred), `state_0`, ...
  private func table() -> Table {
    var table = Table(name: "events")
    table.add("sample", Array(trajectories.indices))
    table.add("event", trajectories.map { $0.event?.name ?? "" })
    table.add("depth", trajectories.map { $0.event?.depth ?? .nan })
    for i in 0..<trajectories[0].dimension { table.add("state_\(i)", trajectories.map { $0.finalState[i] }) }
    return table
  }
}
