import Foundation

/// Comma-separated values with a header line (RFC 4180, LF line ends).
extension Table {
  /// The whole table as CSV text.
  public var csv: String {
    var text = columnNames.map(Self.quoted).joined(separator: ",") + "\n"
    for row in 0..<rowCount {
      let line = columns.map { Self.cell($0, row) }.joined(separator: ",")
      // a lone missing cell would be a blank line, which readers skip
      text += (line.isEmpty ? "\"\"" : line) + "\n"
    }
    return text
  }

  /// Writes `folder/name.csv` atomically.
  public func write(into folder: URL) throws {
    try AtomicFile.write(csv, to: folder.appendingPathComponent("\(name).csv"))
  }

  /// Reads a table; a column is of numbers when each of its cells is empty or a number.
  ///
  /// - Throws: `InputError.data` naming file and line when a row's length differs from the header's.
  public init(contentsOf url: URL) throws {
    let text = String(decoding: try AtomicFile.read(url), as: UTF8.self)
    var records = Self.records(text)
    guard let header = records.first else { throw InputError.data("\(url.path) is empty; a header line is needed") }
    records.removeFirst()
    guard Set(header).count == header.count else {
      throw InputError.data("\(url.path):1: two columns have the same name")
    }
    for (index, record) in records.enumerated() where record.count != header.count {
      throw InputError.data("\(url.path):\(index + 2): \(record.count) cells, the header has \(header.count)")
    }
    self.init(name: url.deletingPathExtension().lastPathComponent)
    for (index, columnName) in header.enumerated() {
      let cells = records.map { $0[index] }
      let numbers = cells.map { $0.isEmpty ? Double.nan : Double($0) }
      if numbers.contains(where: { $0 == nil }) {
        add(columnName, cells)
      } else {
        add(columnName, numbers.map { $0! })
      }
    }
  }

  private static func cell(_ column: Column, _ row: Int) -> String {
    switch column {
    case .number(let values): number(values[row])
    case .text(let values): quoted(values[row])
    }
  }

  /// The shortest text that reads back to the same double; integers without ".0"; empty when non-finite.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return "" }
    if let integer = Int(exactly: value), abs(integer) < 1 << 53 { return String(integer) }
    return value.description
  }

  static func quoted(_ text: String) -> String {
    guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
    return "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\""
  }

  /// Splits CSV text into records; quotes may hold commas, newlines and doubled quotes.
  private static func records(_ text: String) -> [[String]] {
    var records: [[String]] = []
    var record: [String] = []
    var cell = ""
    var insideQuotes = false
    var wasQuote = false
    var sawQuote = false
    func endRecord() {
      record.append(cell)
      // blank lines hold nothing; a quoted empty cell is a record of one missing value
      if record != [""] || sawQuote { records.append(record) }
      record = []
      cell = ""
      sawQuote = false
    }
    for character in text {
      if insideQuotes {
        if character == "\"" {
          insideQuotes = false
          wasQuote = true
        } else {
          cell.append(character)
        }
        continue
      }
      switch character {
      case "\"":
        if wasQuote { cell.append("\"") }
        insideQuotes = true
        sawQuote = true
      case ",":
        record.append(cell)
        cell = ""
      case "\n", "\r\n":
        endRecord()
      default:
        cell.append(character)
      }
      wasQuote = false
    }
    if !cell.isEmpty || !record.isEmpty || sawQuote { endRecord() }
    return records
  }
}
