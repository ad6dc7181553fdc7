/// A tidy table: named columns of equal length. What a run leaves behind and figures are drawn from.
///
/// Numbers keep full precision; a missing or non-finite number is an empty cell, never "nan".
public struct Table: Equatable, Sendable {
  public enum Column: Equatable, Sendable {
    case number([Double])
    case text([String])

    public var count: Int {
      switch self {
      case .number(let values): values.count
      case .text(let values): values.count
      }
    }
  }

  /// File name without its ending, kebab-case: "depth-limit".
  public let name: String
  public private(set) var columnNames: [String] = []
  public private(set) var columns: [Column] = []

  public init(name: String) { self.name = name }

  /// Rows in the table; 0 without columns.
  public var rowCount: Int { columns.first?.count ?? 0 }

  /// Adds a column of numbers; snake_case names from `Vocabulary`.
  public mutating func add(_ name: String, _ values: [Double]) { add(name, .number(values)) }
  public mutating func add(_ name: String, _ values: [Int]) { add(name, .number(values.map(Double.init))) }
  public mutating func add(_ name: String, _ values: [String]) { add(name, .text(values)) }

  public mutating func add(_ name: String, _ column: Column) {
    precondition(!columnNames.contains(name), "table \(self.name) has a column \(name) already")
    precondition(
      columns.isEmpty || column.count == rowCount,
      "column \(name) has \(column.count) rows, table \(self.name) has \(rowCount)")
    columnNames.append(name)
    columns.append(column)
  }

  public func column(_ name: String) -> Column? {
    columnNames.firstIndex(of: name).map { columns[$0] }
  }

  /// The numbers of a column.
  ///
  /// - Throws: `InputError.data` when there is no such column or it holds text.
  public func numbers(_ name: String) throws -> [Double] {
    guard case .number(let values)? = column(name) else { throw missing(name, "of numbers") }
    return values
  }

  public func texts(_ name: String) throws -> [String] {
    guard case .text(let values)? = column(name) else { throw missing(name, "of text") }
    return values
  }

  /// The rows for which `keep` holds, in order.
  public func rows(where keep: (Int) -> Bool) -> Table {
    let kept = (0..<rowCount).filter(keep)
    var result = Table(name: name)
    for (columnName, column) in zip(columnNames, columns) {
      switch column {
      case .number(let values): result.add(columnName, kept.map { values[$0] })
      case .text(let values): result.add(columnName, kept.map { values[$0] })
      }
    }
    return result
  }

  /// Tables of the same columns, one below the other.
  ///
  /// - Throws: `InputError.data` where a later table lacks a column of the first, or holds another kind in it.
  public static func stacked(_ tables: [Table], name: String) throws -> Table {
    var result = Table(name: name)
    guard let first = tables.first else { return result }
    for (columnName, column) in zip(first.columnNames, first.columns) {
      switch column {
      case .number: result.add(columnName, try tables.flatMap { try $0.numbers(columnName) })
      case .text: result.add(columnName, try tables.flatMap { try $0.texts(columnName) })
      }
    }
    return result
  }

  private func missing(_ column: String, _ kind: String) -> InputError {
    .data("table \(name) has no column '\(column)' \(kind); it has: \(columnNames.joined(separator: ", "))")
  }
}
