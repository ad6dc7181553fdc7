public import DepthRuns

extension Figures {
  /// What each block adds: accuracy and stopping loss of its head, side by side.
  ///
  /// `table`: `block`, `accuracy`, `stopping_loss`.
  public static func accuracyPerBlock(_ table: Table) throws -> Figure {
    let accuracy = Layer(.linePoints(x: "block", y: "accuracy"), of: table, style: .series(0))
    let loss = Layer(
      .linePoints(x: "block", y: "stopping_loss"), of: table,
      style: LayerStyle(color: .vermilion, marker: .square))
    try require(["block", "accuracy", "stopping_loss"], in: table)
    return Figure(
      [
        Panel(x: Axis(column: "block"), y: Axis(column: "accuracy"), layers: [accuracy]),
        Panel(x: Axis(column: "block"), y: Axis(column: "stopping_loss"), layers: [loss]),
      ], legend: .hidden, summary: "Accuracy and stopping loss after each block of the network.", height: 240)
  }
}
