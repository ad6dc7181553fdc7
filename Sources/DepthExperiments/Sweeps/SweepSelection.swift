import DepthRuns
import Foundation

/// The rows of a sweep's table that a picture is made of, and what was left out.
struct SweepSelection {
  private let table: Table
  private(set) var rows: [Int]
  private(set) var notes: [String] = []

  init(_ table: Table) {
    self.table = table
    rows = Array(0..<table.rowCount)
  }

  /// Keeps the rows that have these values; numbers within 1e-9 of their size.
  ///
  /// - Throws: `InputError.usage` where no row has a value, listing those that there are.
  mutating func keep(_ filters: [(column: String, value: String)]) throws {
    for (name, value) in filters {
      guard let column = table.column(name) else { continue }
      let kept = rows.filter { Self.matches(column, $0, value) }
      guard !kept.isEmpty else {
        throw InputError.value(
          "'\(value)'", of: "--where \(name)", allowed: Self.values(column, rows).joined(separator: ", "))
      }
      rows = kept
    }
  }

  private static func matches(_ column: Table.Column, _ row: Int, _ value: String) -> Bool {
    switch column {
    case .text(let texts): return texts[row] == value
    case .number(let numbers):
      guard let wanted = Double(value) else { return false }
      return abs(numbers[row] - wanted) <= 1e-9 * max(abs(wanted), abs(numbers[row]))
    }
  }

  /// At most twelve of a column's values.
  private static func values(_ column: Table.Column, _ rows: [Int]) -> [String] {
    let all: [String]
    switch column {
    case .text(let texts): all = Set(rows.map { texts[$0] }).sorted()
    case .number(let numbers):
      all = Set(rows.map { numbers[$0] }.filter(\.isFinite)).sorted().map(SweepPointTable.text)
    }
    return all.count > 12 ? Array(all.prefix(11)) + ["... (\(all.count) values)"] : all
  }

  /// Leaves out tasks that failed; those that did not converge stay and are counted.
  mutating func dropFailed() {
    guard case .text(let statuses)? = table.column("status") else { return }
    let kept = rows.filter { statuses[$0] != "failed" }
    if kept.count < rows.count {
      notes.append("\(rows.count - kept.count) of \(rows.count) tasks failed and are left out")
    }
    rows = kept
    let unconverged = rows.count { statuses[$0] == "unconverged" }
    if unconverged > 0 { notes.append("\(unconverged) of \(rows.count) tasks did not converge; they are drawn") }
  }

  /// Says that a short form took the first of several entries.
  mutating func noteOthers(than first: String) {
    let next = first.replacingOccurrences(of: ".0.value", with: ".1.value")
    if table.column(next) != nil { notes.append("there are several; the first is drawn: \(first)") }
  }
}
