import DepthDynamics
import DepthFigures
import DepthRuns

/// `depth integrate --imbedding`: what invariant imbedding found, as a command's result.
struct ImbeddingOutput {
  let resolved: FieldOptions.Resolved
  let choice: IntegratorChoice
  let request: ImbeddingRequest

  /// - Throws: `InputError`; `IntegrationError`.
  func result() throws -> CommandResult {
    let integrator = try choice.explicitMethod()
    let (report, seconds) = try timed { try solve(resolved.field, integrator) }
    var configuration = resolved.configuration
    configuration["integrator"] = .string(integrator.name)
    configuration["imbedding"] = true
    configuration["at_depth"] = JSONValue(request.depths)
    configuration["blocks"] = .array(request.blocks.map { .integer($0) })
    configuration["segments"] = .integer(request.segments)
    configuration["order"] = .integer(request.order)
    configuration["target"] = JSONValue(request.target)
    return CommandResult(
      command: "integrate", configuration: configuration, results: report.results,
      diagnostics: Diagnostics(
        status: .converged, method: "invariant-imbedding", iterations: request.depths.count,
        residual: report.semigroupResiduals.max() ?? 0, residualNorm: "semigroup property, 2-norm",
        toleranceAsked: resolved.tolerances.relative, seconds: seconds),
      warnings: report.warnings, tables: report.tables, text: report.text, figure: { try picture(report) })
  }

  private func solve(_ field: some VectorField, _ integrator: some Integrator) throws -> ImbeddingReport {
    try ImbeddingReport(
      field, input: resolved.initial, horizon: resolved.horizon, request: request, by: integrator,
      tolerances: resolved.tolerances)
  }

  /// Components of z against the depth p at which the network starts, at most six.
  private func picture(_ report: ImbeddingReport) throws -> Figure {
    let rows = report.request.target.indices.prefix(6).flatMap { i in report.states.map { (i, $0) } }
    var table = Table(name: "outputs")
    table.add("component", rows.map { "z_\($0.0)" })
    table.add("input_depth", rows.map { $0.1.depth })
    table.add("output", rows.map { $0.1.output[$0.0] })
    return try Figures.tidy(table, x: "input_depth", y: "output", by: "component")
  }
}
