public import DepthRuns

/// A `tabular` of the paper from a table's columns; the document needs `\usepackage{booktabs}`.
public struct TexTable: Equatable, Sendable {
  /// One column of the printed table.
  public struct Column: Equatable, Sendable {
    public let name: String
    public let header: FigureLabel
    /// Significant digits of numbers.
    public let digits: Int

    /// The header is the vocabulary's label unless given.
    public init(_ name: String, header: FigureLabel? = nil, digits: Int = 4) {
      precondition((1...17).contains(digits), "1 to 17 significant digits, not \(digits)")
      self.name = name
      self.header = header ?? FigureLabel(column: name)
      self.digits = digits
    }
  }

  public let table: Table
  public let columns: [Column]

  public init(_ table: Table, columns: [Column]) {
    precondition(!columns.isEmpty, "a printed table needs at least one column, it has 0")
    self.table = table
    self.columns = columns
  }

  /// The source: numbers flush right, text flush left, a dash for what is missing.
  ///
  /// - Throws: `InputError.data` when the table lacks a column.
  public func tex() throws -> String {
    let cells = try columns.map(cells)
    let alignment = columns.map { column -> String in
      if case .text? = table.column(column.name) { return "l" }
      return "r"
    }
    let body = (0..<table.rowCount).map { row in cells.map { $0[row] }.joined(separator: " & ") + " \\\\" }
    let lines =
      ["\\begin{tabular}{\(alignment.joined())}", "\\toprule"]
      + [columns.map(\.header.tex).joined(separator: " & ") + " \\\\", "\\midrule"] + body
      + ["\\bottomrule", "\\end{tabular}%"]
    return lines.joined(separator: "\n") + "\n"
  }

  private func cells(_ column: Column) throws -> [String] {
    if case .text(let values)? = table.column(column.name) { return values.map(TeXText.escaped) }
    return try table.numbers(column.name).map {
      $0.isFinite ? NumberText($0, digits: column.digits).tex : "--"
    }
  }
}
