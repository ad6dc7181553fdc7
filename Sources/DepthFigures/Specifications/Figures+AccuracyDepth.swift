public import DepthRuns

extension Figures {
  /// Accuracy of every halting rule against its mean depth, as its threshold or running cost varies; the loss instead where
  /// nothing is known of labels. Rules that see labels are no rules and are left out.
  ///
  /// `table`, tidy: `rule` (text), `expected_stopping_depth`, `accuracy`, `stopping_loss`, optionally `sees_labels` (yes, no).
  public static func accuracyDepth(_ table: Table) throws -> Figure {
    try require(["expected_stopping_depth", "accuracy", "stopping_loss"], in: table)
    let sees = (try? table.texts("sees_labels")) ?? []
    let rules = table.rows { sees.isEmpty || sees[$0] != "yes" }
    let isLabelled = try rules.numbers("accuracy").contains(where: \.isFinite)
    return try tidy(rules, x: "expected_stopping_depth", y: isLabelled ? "accuracy" : "stopping_loss", by: "rule")
  }
}
