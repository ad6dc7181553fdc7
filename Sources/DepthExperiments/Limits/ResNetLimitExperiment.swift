public import DepthDynamics
import DepthFigures
import DepthNumerics
import DepthRuns

/// `resnet`: residual networks of L blocks against the flow, with the predicted constant, the orders of higher blocks and the
/// number of blocks for an accuracy.
public struct ResNetLimitExperiment: LimitExperiment {
  public let name = "resnet"

  public init() {}

  public func run<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, _ settings: LimitSettings
  ) throws -> LimitOutcome {
    let unit = BlockAlignment.unit(of: problem)
    let blocks = settings.blocks ?? Self.defaultBlocks(unit ?? 1)
    let limit = try DepthLimit(problem, blocks: blocks, reference: settings.reference)
    let accuracies = try settings.accuracies.map {
      try BlocksForAccuracy(problem, limit: limit, accuracy: $0, multipleOf: unit ?? 1)
    }
    let orders = try Self.orders(problem, limit, settings)
    let bound = try Self.bound(problem, settings)
    let batch = settings.batch.isEmpty ? nil : try Self.batch(problem, blocks, settings)
    let (accuracyTable, orderTable) = (BlocksForAccuracy.table(accuracies), Self.table(orders))
    var outcome = LimitOutcome {
      let order = try Figures.tidy(
        orderTable, x: "blocks", y: "error", by: "scheme", logarithmicX: true, logarithmicY: true)
      return try Figures.sideBySide([
        ("residual network (Euler)", Figures.depthLimit(batch?.table ?? limit.table)),
        ("blocks of higher order", order),
      ])
    }
    outcome.configuration = [
      "blocks": .array(blocks.map { .integer($0) }), "accuracy": JSONValue(settings.accuracies),
    ]
    outcome.results = [
      "table": limit.table.json, "slope": JSONValue(limit.slope),
      "slope_blocks": .array(limit.slopeBlocks.map { .integer($0) }), "constant": JSONValue(limit.constant),
      "predicted_constant": JSONValue(limit.predictedConstant),
      "extrapolated_constant": JSONValue(limit.extrapolatedConstant),
      "constant_deviation": JSONValue(limit.constantDeviation), "bound_constant": JSONValue(bound),
      "blocks_for_accuracy": accuracyTable.json,
      "orders": .array(orders.map { $0.json }), "orders_table": orderTable.json,
    ]
    if let batch { outcome.results["batch"] = batch.table.json }
    outcome.tables = [limit.table, accuracyTable, orderTable] + (batch.map { [$0.table] } ?? [])
    outcome.warnings = Self.warnings(limit, unit, accuracies, settings)
    outcome.text = Self.text(limit, accuracies, orders, bound) + (batch.map(Self.text) ?? [])
    return outcome
  }

  /// Powers of two times the unit of alignment, from 8 or so to 1024 or so.
  static func defaultBlocks(_ unit: Int) -> [Int] {
    let powers = (0...10).map { unit << $0 }.filter { $0 >= 8 && $0 <= max(1024, 4 * unit) }
    return powers
  }

  /// The one-sided-Lipschitz bound of `||e(T)||`; a bound needs no more than six digits.
  private static func bound<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, _ settings: LimitSettings
  ) throws -> Double {
    let augmented = try InitialValueProblem(
      field: EulerErrorBoundField(of: problem.field, horizon: problem.end - problem.start),
      initialState: problem.initialState + [0], start: problem.start, end: problem.end)
    let tolerances = try Tolerances(
      relative: max(1e-7, settings.tolerances.relative), absolute: max(1e-10, settings.tolerances.absolute))
    return try settings.method.integrator(tolerances).integrate(extended: augmented).finalState[problem.field.dimension]
  }

  private static func batch<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, _ blocks: [Int], _ settings: LimitSettings
  ) throws -> DepthLimitBatch {
    try DepthLimitBatch(
      problem.field, states: settings.batch, start: problem.start, end: problem.end, blocks: blocks,
      reference: settings.reference, threads: settings.threads)
  }

  private static func warnings(
    _ limit: DepthLimit, _ unit: Int?, _ accuracies: [BlocksForAccuracy], _ settings: LimitSettings
  ) -> [String] {
    var warnings: [String] = []
    guard let least = limit.errors.min(), least > 0, limit.predictedConstant > 0 else {
      return ["an error or the predicted constant is exactly zero: the slope means nothing"]
    }
    let (tolerance, scale) = (settings.tolerances.relative, BLAS.norm(limit.finalState.count, limit.finalState))
    if least < 100 * (tolerance * scale + settings.tolerances.absolute) {
      warnings.append(
        "the least error \(least) is within 100 times the reference's tolerance \(tolerance): tighten --relative-tolerance"
      )
    }
    if unit.map({ unit in limit.blocks.contains { $0 % unit != 0 } }) ?? true {
      warnings.append(
        unit.map { "the field jumps inside steps of some L: e(T)/L holds for multiples of \($0) blocks" }
          ?? "the field jumps at depths that no number of equal blocks meets: e(T)/L does not hold")
    }
    if !(abs(limit.slope + 1) < 0.01) {
      warnings.append(
        "slope \(limit.slope) is not within 0.01 of -1: L is not large enough for the limit; add larger --blocks")
    }
    if !(limit.constantDeviation < 1e-3) {
      warnings.append(
        "L (h_L - h(T)), extrapolated, misses e(T) by \(limit.constantDeviation) (relative): add larger --blocks")
    }
    for row in accuracies where row.measuredError == nil {
      warnings.append("accuracy \(row.accuracy) takes \(row.predictedBlocks) blocks: predicted, not run")
    }
    return warnings
  }

  private static func text(
    _ limit: DepthLimit, _ accuracies: [BlocksForAccuracy], _ orders: [SchemeOrder], _ bound: Double
  ) -> [String] {
    let rows = limit.blocks.indices.map {
      "L = \(limit.blocks[$0]): error \(limit.errors[$0]), predicted \(limit.predictedErrors[$0])"
    }
    let used = limit.slopeBlocks.map(String.init).joined(separator: ", ")
    return rows + [
      "slope \(limit.slope) (L = \(used)); constant \(limit.constant), predicted \(limit.predictedConstant)",
      "L (h_L - h(T)) extrapolated to L = infinity: norm \(limit.extrapolatedConstant), differs from e(T) by \(limit.constantDeviation) (relative, as a vector); bound from logarithmic norms \(bound)",
    ]
      + orders.map {
        let used = $0.order.usedBlocks.map(String.init).joined(separator: ", ")
        return "\($0.scheme.rawValue): slope \($0.order.slope) (L = \(used)), order \($0.expected)"
      }
      + accuracies.map {
        "accuracy \($0.accuracy): \($0.predictedBlocks) blocks predicted"
          + ($0.measuredError.map { ", measured error \($0)" } ?? "")
      }
  }

  private static func text(_ batch: DepthLimitBatch) -> [String] {
    guard let last = batch.limits[0].blocks.last else { return [] }
    let errors = batch.limits.compactMap(\.errors.last)
    return [
      "\(batch.limits.count) initial states at L = \(last): mean error \(Statistics.mean(errors)), largest \(errors.max() ?? .nan)"
    ]
  }
}
