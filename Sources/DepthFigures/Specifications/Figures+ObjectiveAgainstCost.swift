public import DepthRuns

extension Figures {
  /// The objective of each rule against the cost of a block, with its interval as a band (of up to six rules).
  ///
  /// `table`, tidy: `rule` (text), `running_cost` (positive, logarithmic axis), `objective`; optionally
  /// `objective_lower` with `objective_upper`. Rules are drawn in order of first appearance, sorted by cost. The
  /// vertical axis is logarithmic where the objectives are positive and span more than a decade.
  public static func objectiveAgainstCost(_ table: Table) throws -> Figure {
    let objectives = try table.numbers("objective").filter(\.isFinite)
    let lowest = objectives.min() ?? 0
    let isWide = lowest > 0 && (objectives.max() ?? 0) > 10 * lowest
    return try tidy(
      table, x: "running_cost", y: "objective", by: "rule", logarithmicX: true, logarithmicY: isWide)
  }
}
