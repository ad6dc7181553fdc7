import DepthDynamics
import DepthFigures
import DepthNumerics
import DepthRuns

/// What `depth integrate` found for many initial states.
struct BatchOutput {
  let setting: IntegrateSetting
  let batch: TrajectoryBatch
  let verdict: MethodVerdict

  /// - Throws: `InputError` alone: a failed error estimate is a warning.
  func result<Field: VectorField>(
    _ problem: InitialValueBatch<Field>, seconds: Double, processorSeconds: Double
  ) throws -> CommandResult {
    var (error, failure): (GlobalError?, String?) = (nil, nil)
    if setting.estimatesError {
      do {
        error = try GlobalError(of: batch, problem, by: setting.reference(verdict, batch.statistics))
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
    let missed = MissedTolerance(setting.choice, [verdict.name], batch.statistics, excess: error?.excess)
    return CommandResult(
      command: "integrate", configuration: setting.configuration, results: results,
      diagnostics: setting.diagnostics(
        batch.statistics, verdict.name, missed, seconds: seconds, processorSeconds: processorSeconds),
      warnings: missed.warnings + setting.toleranceWarnings + [failure].compactMap { $0 } + batch.statistics.notes
        + (error?.notes ?? []),
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

  private func picture() throws -> Figure {
    try StatePicture.ofSamples(
      (0..<batch.sampleCount).prefix(StatePicture.mostSamples).map { sample in
        batch.depths.indices.map { (batch.depths[$0], batch.state($0, sample: sample)[0]) }
      }, of: batch.sampleCount, dimension: batch.dimension)
  }
}

extension StatePicture {
  /// As many as there are colours.
  static let mostSamples = 7

  /// The first component of the first samples.
  static func ofSamples(
    _ series: [[(depth: Double, state: Double)]], of count: Int, dimension: Int,
    ends: [(depth: Double, state: Double)] = []
  ) throws -> Figure {
    let component = dimension > 1 ? FigureLabel("state, first component", symbol: "h_0") : FigureLabel(column: "state")
    var figure = try StatePicture(names: series.indices.map { "sample \($0)" }, series: series, ends: ends)
      .figure(by: "sample", axis: component)
    let which = count > series.count ? "the first \(series.count) of \(count) samples" : "\(count) samples"
    figure.summary = "First component of the state of \(which) against depth."
    return figure
  }
}
