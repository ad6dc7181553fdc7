public import DepthRuns

extension Figures {
  /// The objective of each rule against the cost of a block, with its interval as a band.
  ///
  /// `table`, tidy: `rule` (text), `running_cost` (positive, logarithmic axis), `objective`; optionally
  /// `objective_lower` with `objective_upper`. Rules are drawn in order of first appearance, sorted by cost.
  public static func objectiveAgainstCost(_ table: Table) throws -> Figure {
    try tidy(table, x: "running_cost", y: "objective", by: "rule", logarithmicX: true)
  }
}
