public import DepthDynamics
import DepthFigures
import DepthRuns

/// `lyapunov`: exponents by QR over segments, with standard errors, against the mean divergence.
public struct LyapunovExperiment: LimitExperiment {
  public let name = "lyapunov"

  public init() {}

  public func run<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, _ settings: LimitSettings
  ) throws -> LimitOutcome {
    let transient = settings.transient ?? 0.1 * (problem.end - problem.start)
    guard transient >= 0, transient < problem.end - problem.start else {
      throw InputError.value(
        transient, of: "transient", allowed: "0 up to below \(problem.end - problem.start), the whole depth")
    }
    let plan = try Self.plan(problem, transient, settings)
    let segments = plan.segments
    let found = try LyapunovExponents(
      problem, transient: transient, segments: segments, count: plan.exponents, seed: settings.seed,
      integrator: settings.reference)
    let (running, table) = (found.table, Self.table(found))
    var outcome = LimitOutcome { try Figures.lyapunovExponents(running) }
    outcome.configuration = [
      "transient": JSONValue(transient), "segments": .integer(segments), "exponents": .integer(found.exponents.count),
    ]
    let isComplete = found.exponents.count == problem.field.dimension
    outcome.results = [
      "exponents": JSONValue(found.exponents), "standard_errors": JSONValue(found.standardErrors),
      "sum": JSONValue(found.sum), "mean_divergence": JSONValue(found.meanDivergence),
      "kaplan_yorke_dimension": JSONValue(Self.dimension(found)), "batches": .integer(found.batches),
      "averaged_depth": JSONValue(found.averagedDepth), "table": table.json, "running": running.json,
    ]
    outcome.tables = [table, running]
    outcome.warnings = plan.warnings + Self.warnings(found, isComplete)
    outcome.text =
      found.exponents.indices.prefix(12).map {
        "lambda_\($0 + 1) = \(found.exponents[$0]) +- \(found.standardErrors[$0])"
      } + (found.exponents.count > 12 ? ["... (\(found.exponents.count) exponents)"] : [])
      + ["sum \(found.sum), mean divergence \(found.meanDivergence)\(isComplete ? "" : " (of all exponents)")"]
      + (Self.dimension(found).map { ["Kaplan-Yorke dimension \($0)"] } ?? [])
    outcome.isConverged = !isComplete || Self.agrees(found)
    return outcome
  }

  /// How many factorisations and exponents: a stiff field's tangents collapse faster than they can be taken apart, and then
  /// the largest exponent alone is left.
  private static func plan<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, _ transient: Double, _ settings: LimitSettings
  ) throws -> (segments: Int, exponents: Int?, warnings: [String]) {
    if let segments = settings.segments { return (segments, settings.exponents, []) }
    let wanted = try LyapunovExponents.suggestedSegments(
      problem, transient: transient, integrator: settings.reference)
    if wanted <= LyapunovExponents.mostSegments { return (wanted, settings.exponents, []) }
    if let exponents = settings.exponents, exponents > 1 { return (LyapunovExponents.mostSegments, exponents, []) }
    let warning =
      "growth rates lie so far apart that all exponents would take \(wanted) factorisations: the largest alone is computed (--exponents and --segments ask for more, a shorter --horizon takes fewer)"
    return (200, 1, problem.field.dimension > 1 ? [warning] : [])
  }

  /// Kaplan and Yorke's; 0 where all exponents are negative and the attractor is a point.
  private static func dimension(_ found: LyapunovExponents) -> Double? {
    (found.exponents.first ?? 0) < 0 ? 0 : found.kaplanYorkeDimension
  }

  private static func agrees(_ found: LyapunovExponents) -> Bool {
    abs(found.sum - found.meanDivergence) <= 1e-3 * max(1, abs(found.meanDivergence))
  }

  private static func warnings(_ found: LyapunovExponents, _ isComplete: Bool) -> [String] {
    var warnings: [String] = []
    if isComplete, !agrees(found) {
      warnings.append(
        "the exponents sum to \(found.sum), the mean divergence is \(found.meanDivergence): tighten --relative-tolerance or take more --segments"
      )
    }
    if let first = found.exponents.first, let error = found.standardErrors.first, abs(first) < 2 * error {
      warnings.append(
        "the largest exponent is within two standard errors of zero: its sign is open; a longer --horizon decides")
    }
    if dimension(found) == nil {
      warnings.append(
        isComplete
          ? "the exponents sum to \(found.sum), which is not negative: there is no Kaplan-Yorke dimension"
          : "the Kaplan-Yorke dimension takes more exponents than \(found.exponents.count): it has no value")
    }
    if let index = found.firstDrifting {
      warnings.append(
        "lambda_\(index + 1) still drifts with depth: exponents of this finite depth, no limit; take a longer --transient or --horizon"
      )
    }
    return warnings
  }

  /// Columns `index`, `exponent`, `standard_error`.
  private static func table(_ found: LyapunovExponents) -> Table {
    var table = Table(name: "lyapunov-exponents")
    table.add("index", Array(1...found.exponents.count))
    table.add("exponent", found.exponents)
    table.add("standard_error", found.standardErrors)
    return table
  }
}
