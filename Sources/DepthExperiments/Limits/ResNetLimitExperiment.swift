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
    let d = problem.field.dimension
    try settings.guardBlocks(upTo: max(1 << 20, 100_000_000 / d), dimension: d)
    let ladder = try settings.ladder(Self.defaultBlocks(unit ?? 1), largest: max(1 << 16, (1 << 25) / d))
    let limit = try Self.limit(problem, ladder, settings)
    let blocks = limit.blocks
    let accuracies = try Self.accuracies(problem, limit, unit ?? 1, settings)
    let orders = try Self.orders(problem, limit, settings)
    let bound = try Self.bound(problem, settings)
    let uncertainty = Self.uncertainty(problem, limit, settings)
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
      "predicted_constant_error_bound": JSONValue(uncertainty), "error_bound_kind": "estimate",
      "overflowed_blocks": .array(limit.overflowed.map { .integer($0) }),
      "extrapolated_constant": JSONValue(limit.extrapolatedConstant),
      "constant_deviation": JSONValue(limit.constantDeviation), "bound_constant": JSONValue(bound),
      "blocks_for_accuracy": accuracyTable.json,
      "orders": .array(orders.map { $0.json }), "orders_table": orderTable.json,
    ]
    if let batch { outcome.results["batch"] = batch.table.json }
    outcome.tables = [limit.table, accuracyTable, orderTable] + (batch.map { [$0.table] } ?? [])
    outcome.warnings =
      LimitSettings.warnings(overflowed: limit.overflowed, kept: blocks, asked: ladder.blocks)
      + Self.warnings(limit, unit, accuracies, settings) + Self.warnings(orders, bound, uncertainty, limit)
    if let batch, batch.blocks.count < blocks.count {
      outcome.warnings.append(
        "some of the \(batch.limits.count) states have no finite network at some L: the batch has \(batch.blocks.count) of them"
      )
    }
    // far from -1, or with a constant that is not e(T), nothing has been shown of the limit
    outcome.isConverged = abs(limit.slope + 1) < 0.05 && limit.constantDeviation < 0.05
    outcome.text = Self.text(limit, accuracies, orders, bound, uncertainty) + (batch.map(Self.text) ?? [])
    return outcome
  }

  /// Where sizes are not given, as many more are added as the slope takes to settle, within some seconds' work.
  private static func limit<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, _ ladder: NetworkLadder, _ settings: LimitSettings
  ) throws -> DepthLimit {
    var limit = try DepthLimit(problem, ladder: ladder, reference: settings.reference)
    guard settings.blocks == nil else { return limit }
    while let last = limit.blocks.last, last <= (1 << 18) / problem.field.dimension, limit.predictedConstant > 0,
      !(abs(limit.slope + 1) < 0.01 && limit.constantDeviation < 1e-3)
    {
      let more = try NetworkLadder(limit.blocks + [2 * last, 4 * last, 8 * last])
      limit = try DepthLimit(problem, ladder: more, reference: settings.reference, overflowed: limit.overflowed)
    }
    return limit
  }

  /// Powers of two times the unit of alignment, from 8 or so to 1024 or so.
  static func defaultBlocks(_ unit: Int) -> [Int] {
    let powers = (0...10).map { unit << $0 }.filter { $0 >= 8 && $0 <= max(1024, 4 * unit) }
    return powers
  }

  /// The one-sided-Lipschitz bound of `||e(T)||`; a bound needs no more than six digits.
  private static func bound<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, _ settings: LimitSettings
  ) throws -> Double? {
    let unit = EulerErrorField.unit(of: problem)
    let augmented = try InitialValueProblem(
      field: EulerErrorBoundField(of: problem.field, horizon: problem.end - problem.start, unit: unit),
      initialState: problem.initialState + [0], start: problem.start, end: problem.end)
    let tolerances = try Tolerances(
      relative: max(1e-7, settings.tolerances.relative), absolute: max(1e-10, settings.tolerances.absolute))
    do {
      let state = try settings.method.integrator(tolerances).integrate(extended: augmented).finalState
      return state[problem.field.dimension] * unit
    } catch is IntegrationError {
      // the exponential of an integral of mu leaves the numbers long before the flow does
      return nil
    }
  }

  /// The blocks for each accuracy that a number of blocks is known for.
  private static func accuracies<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, _ limit: DepthLimit, _ unit: Int, _ settings: LimitSettings
  ) throws -> [BlocksForAccuracy] {
    try settings.accuracies.filter { accuracy in
      guard accuracy > 0, accuracy.isFinite else {
        throw InputError.value(accuracy, of: "accuracy", allowed: "positive numbers")
      }
      return limit.predictedConstant / accuracy < 0x1p53
    }.map { try BlocksForAccuracy(problem, limit: limit, accuracy: $0, multipleOf: unit) }
  }

  /// How far e(T) may be off: its distance to that of a finer integration; nil where there is none.
  private static func uncertainty<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, _ limit: DepthLimit, _ settings: LimitSettings
  ) -> Double? {
    guard let finer = try? settings.method.finer(settings.tolerances),
      let other = try? DepthLimit.expansion(problem, by: finer)
    else { return nil }
    let distance = abs(BLAS.norm(other.leadingError.count, other.leadingError) - limit.predictedConstant)
    return 1.25 * distance + 4 * limit.predictedConstant.ulp
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
    for accuracy in settings.accuracies where !accuracies.contains(where: { $0.accuracy == accuracy }) {
      warnings.append("accuracy \(accuracy) takes more than 2^53 blocks: left out")
    }
    return warnings
  }

  private static func warnings(
    _ orders: [SchemeOrder], _ bound: Double?, _ uncertainty: Double?, _ limit: DepthLimit
  ) -> [String] {
    var warnings = orders.compactMap { order -> String? in
      let lost = zip(order.order.blocks, order.order.errors).filter { !$0.1.isFinite }.map { "\($0.0)" }
      return lost.isEmpty
        ? nil
        : "\(order.scheme.rawValue) leaves the finite numbers at L = \(lost.joined(separator: ", ")): no error there"
    }
    for order in orders where !order.order.slope.isFinite {
      warnings.append("\(order.scheme.rawValue) has no slope: fewer than two errors lie above the reference's own")
    }
    if !(bound?.isFinite ?? false) {
      warnings.append("the bound from logarithmic norms leaves the finite numbers: it has no value")
    }
    if let uncertainty {
      if limit.predictedConstant > 0, uncertainty > 1e-3 * limit.predictedConstant {
        warnings.append("e(T) is known to \(uncertainty) only: the flow magnifies the reference's errors")
      }
    } else {
      warnings.append("e(T) has no error estimate: a finer integration found no answer")
    }
    return warnings
  }

  private static func text(
    _ limit: DepthLimit, _ accuracies: [BlocksForAccuracy], _ orders: [SchemeOrder], _ bound: Double?,
    _ uncertainty: Double?
  ) -> [String] {
    let rows = limit.blocks.indices.map {
      "L = \(limit.blocks[$0]): error \(limit.errors[$0]), predicted \(limit.predictedErrors[$0])"
    }
    let used = limit.slopeBlocks.map(String.init).joined(separator: ", ")
    return rows + [
      "slope \(limit.slope) (L = \(used)); constant \(limit.constant), predicted \(limit.predictedConstant)\(uncertainty.map { " +- \($0)" } ?? "")",
      "L (h_L - h(T)) extrapolated to L = infinity: norm \(limit.extrapolatedConstant), differs from e(T) by \(limit.constantDeviation) (relative, as a vector); bound from logarithmic norms \(bound.map { "\($0)" } ?? "none")",
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
    guard let last = batch.blocks.last else { return [] }
    let errors = batch.limits.compactMap { limit in limit.blocks.firstIndex(of: last).map { limit.errors[$0] } }
    return [
      "\(batch.limits.count) initial states at L = \(last): mean error \(Statistics.mean(errors)), largest \(errors.max() ?? .nan)"
    ]
  }
}
