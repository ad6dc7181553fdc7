import DepthRuns

/// The pictures of the toolkit by kind, each from tables with columns of fixed names.
///
/// Every function throws `InputError.data` when a table lacks a column, naming those it has.
public enum Figures {
  /// A table of one column, for guides and reference lines.
  static func positions(_ name: String, _ values: [Double]) -> Table {
    var table = Table(name: name)
    table.add(name, values)
    return table
  }

  /// - Throws: `InputError.data` naming the first column that the table lacks or that holds text.
  static func require(_ columns: [String], in table: Table) throws {
    for column in columns { _ = try table.numbers(column) }
  }

  /// The finite values of a column, or an error when there are none to make an axis of.
  static func extent(_ column: String, of table: Table) throws -> ClosedRange<Double> {
    let values = try table.numbers(column).filter(\.isFinite)
    guard let low = values.min(), let high = values.max(), low < high else {
      throw InputError.data("table \(table.name): column '\(column)' needs two different numbers to draw an axis")
    }
    return low...high
  }
}
