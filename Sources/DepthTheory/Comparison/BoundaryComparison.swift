public import DepthRuns
import DepthStopping

/// The halting boundary in a coordinate, exit by exit: where the theory puts it, and where a learned rule halts.
///
/// A prediction's boundary is the finite end of its outermost stopping interval (the lower end of the uppermost one, or the upper end of
/// the lowest, as `stopsAbove` says). A learned rule has no boundary in one coordinate: its edge is the value that best tells, among the
/// samples it has not stopped yet, those that it stops from the others; exits where it stops less than 1 % or more than 99 % of them
/// have none. O(L n log n).
public struct BoundaryComparison: Equatable, Sendable {
  /// Whether large values stop.
  public let stopsAbove: Bool
  /// Level by name, then a value per exit below the last, NaN where there is none.
  public let predicted: [(level: DepthPrediction.Level, values: [Double])]
  public let learned: [Double]

  init(_ predictions: [DepthPrediction], learned depths: [Int], on paths: StoppingPaths, feature: Int) {
    let blocks = paths.blockCount
    let sides = predictions.flatMap { $0.intervals.prefix(blocks).joined() }
    let isAbove = sides.count { $0.upper == .infinity && $0.lower.isFinite }
    let isBelow = sides.count { $0.lower == -.infinity && $0.upper.isFinite }
    let stopsAbove = isAbove >= isBelow
    self.stopsAbove = stopsAbove
    predicted = predictions.map { prediction in
      (
        prediction.level,
        (0..<blocks).map { exit -> Double in
          guard exit < prediction.intervals.count else { return .nan }
          let list = prediction.intervals[exit].sorted { $0.lower < $1.lower }
          let edge = stopsAbove ? list.last?.lower : list.first?.upper
          return edge.map { $0.isFinite ? $0 : .nan } ?? .nan
        }
      )
    }
    learned = (0..<blocks).map { Self.edge(depths, paths, feature, exit: $0, stopsAbove) }
  }

  private static func edge(
    _ depths: [Int], _ paths: StoppingPaths, _ feature: Int, exit: Int, _ stopsAbove: Bool
  ) -> Double {
    let going = depths.indices.filter { depths[$0] >= exit }
    let shown = going.map { (value: paths.feature($0, exit, feature), stops: depths[$0] == exit) }
      .sorted { $0.value < $1.value }
    let total = shown.count { $0.stops }
    guard Double(total) > 0.01 * Double(shown.count), Double(total) < 0.99 * Double(shown.count) else { return .nan }
    // errors when everything from a place on is said to stop, or everything before it
    var errors = stopsAbove ? shown.count - total : total
    var (least, place) = (errors, 0)
    for (index, item) in shown.enumerated() {
      errors += item.stops == stopsAbove ? 1 : -1
      let isTie = index + 1 < shown.count && shown[index + 1].value == item.value
      if errors < least, !isTie { (least, place) = (errors, index + 1) }
    }
    guard place > 0, place < shown.count else { return shown[min(place, shown.count - 1)].value }
    return 0.5 * (shown[place - 1].value + shown[place].value)
  }

  /// Columns `block`, a column a level, `backward_induction`.
  public var table: Table {
    var table = Table(name: "boundary")
    table.add("block", Array(learned.indices))
    for (level, values) in predicted { table.add(level.rawValue, values) }
    table.add("backward_induction", learned)
    return table
  }

  public static func == (a: BoundaryComparison, b: BoundaryComparison) -> Bool { a.table == b.table }
}
