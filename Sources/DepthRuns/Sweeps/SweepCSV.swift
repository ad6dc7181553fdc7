import Foundation

/// `results.csv`: the tidy table as text, row by row.
enum SweepCSV {
  /// Writes a new file and renames it into place; memory does not grow with the rows.
  ///
  /// - Throws: `InputError.data` where a journal cannot be read or the file cannot be written.
  static func write(_ index: SweepIndex, _ layout: SweepLayout, to url: URL) throws {
    let rows = try SweepRowReader(index, layout)
    try AtomicFile.write(to: url) { write in
      var text = Array((layout.columns.map { Table.quoted($0.name) }.joined(separator: ",") + "\n").utf8)
      for task in index.tasks {
        try rows.read(task) { append($0, to: &text) }
        guard text.count > 1 << 16 else { continue }
        try text.withUnsafeBytes(write)
        text.removeAll(keepingCapacity: true)
      }
      try text.withUnsafeBytes(write)
    }
  }

  /// Numbers are written in the journal as they are in tables: with the fewest digits that read back.
  private static func append(_ row: SweepRowReader.Row, to text: inout [UInt8]) {
    for (column, cell) in row.cells.enumerated() {
      if column > 0 { text.append(UInt8(ascii: ",")) }
      guard let cell else { continue }
      if row.line.isNumber(cell) {
        text.append(contentsOf: row.line.bytes.part(cell))
      } else {
        text.append(contentsOf: Table.quoted(row.line.text(cell)).utf8)
      }
    }
    text.append(UInt8(ascii: "\n"))
  }
}
