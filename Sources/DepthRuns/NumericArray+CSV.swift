import Foundation

/// A matrix as comma-separated numbers without a header, a row a line.
extension NumericArray {
  /// Reads a matrix of shape [rows, columns].
  ///
  /// - Throws: `InputError.data` naming file and line of a cell that is no number or a row of another length.
  public init(csv url: URL) throws {
    let text = String(decoding: try AtomicFile.read(url), as: UTF8.self)
    var (values, columns, rows): ([Double], Int, Int) = ([], 0, 0)
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      if line.allSatisfy(\.isWhitespace) { continue }
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      for cell in cells {
        guard let value = Double(cell.trimmingCharacters(in: .whitespaces)) else {
          throw InputError.data("\(url.path):\(index + 1): '\(cell.prefix(40))' is no number")
        }
        values.append(value)
      }
      guard rows == 0 || cells.count == columns else {
        throw InputError.data("\(url.path):\(index + 1): \(cells.count) cells, the first row has \(columns)")
      }
      (rows, columns) = (rows + 1, cells.count)
    }
    guard rows > 0 else { throw InputError.data("\(url.path) holds no numbers") }
    self.init(shape: [rows, columns], values: values)
  }
}
