import DepthRuns

/// Which rows of a sweep make one point: those that differ in nothing but replicate and seed.
struct SweepGrouping {
  private let source: SweepSource
  private let x: String
  private let axes: [String]
  private let rows: [Int]
  /// Whether positions are keys, so that rows of one position belong together; results differ between replicates.
  private let isPlacedByKeys: Bool

  /// - Parameter axes: the other columns that the picture tells apart.
  init(_ source: SweepSource, x: String, axes: [String], rows: [Int]) {
    self.source = source
    self.x = x
    self.axes = axes
    self.rows = rows
    isPlacedByKeys = source.keys.contains(x) || SweepSource.replicateColumns.contains(x)
  }

  /// Rows of each point, in order of first appearance.
  ///
  /// - Throws: `InputError.usage` where rows of one point differ in a swept key: they are no replicates.
  func groups() throws -> [[Int]] {
    guard source.isSweep else { return rows.map { [$0] } }
    let columns = isPlacedByKeys ? [x] + axes : source.keys + axes
    let groups = Self.split(rows, by: columns, of: source.table)
    for key in source.keys where !columns.contains(key) {
      if let group = groups.first(where: { Self.split($0, by: [key], of: source.table).count > 1 }) {
        let values = Self.split(group, by: [key], of: source.table).count
        throw InputError.usage(
          "\(key) takes \(values) values at one point of the picture; allowed: --by \(key), --facet \(key), or --where \(key)=VALUE"
        )
      }
    }
    return groups
  }

  /// Whether rows of one line differ in more keys than place them.
  func isScattered(within lines: [String]) -> Bool {
    guard source.isSweep else { return false }
    let hidden = source.keys.filter { $0 != x && !axes.contains($0) }
    let varied = hidden.filter { key in
      Self.split(rows, by: lines, of: source.table).contains {
        Self.split($0, by: [key], of: source.table).count > 1
      }
    }
    return varied.count > (isPlacedByKeys ? 0 : 1)
  }

  private enum Cell: Hashable {
    case number(Double)
    case missing
    case text(String)
  }

  private static func split(_ rows: [Int], by columns: [String], of table: Table) -> [[Int]] {
    let present = columns.compactMap(table.column)
    var places: [[Cell]: Int] = [:]
    var groups: [[Int]] = []
    for row in rows {
      let cells = present.map { column -> Cell in
        switch column {
        case .number(let values): values[row].isNaN ? .missing : .number(values[row])
        case .text(let values): .text(values[row])
        }
      }
      if let place = places[cells] {
        groups[place].append(row)
      } else {
        places[cells] = groups.count
        groups.append([row])
      }
    }
    return groups
  }
}
