import DepthFigures
import DepthRuns
import Foundation

/// A figure on its way to a file or the terminal, with the table that it is drawn from.
struct Picture {
  let figure: Figure
  /// Of the file, without ending.
  let name: String
  /// The run's folder, where the file goes unless told otherwise.
  let run: URL
  /// The file of the table, where that is there already.
  let source: URL
  /// A table made for the figure, written beside it.
  var table: Table?
  /// Endings of the files that are written where none is asked for.
  var endings = ["png"]
  var notes: [String] = []

  /// Draws it.
  ///
  /// - Parameters:
  ///   - plot: the one file wanted, or "-".
  ///   - output: folder of the files.
  ///   - toError: whether the terminal's picture goes to stderr, as beside `--json`.
  /// - Throws: `InputError.data` where a file cannot be written, or where another table would be overwritten.
  func draw(plot: String?, output: String?, toError: Bool) throws -> [DrawnPicture] {
    let folder = output.map { URL(fileURLWithPath: $0) } ?? run
    if output != nil { try AtomicFile.makeFolder(folder) }
    guard plot != "-" else {
      let isTerminal = isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
      let text = try BrailleRenderer(color: isTerminal && !toError).render(figure)
      if toError { Messages.note(text, quiet: false) } else { try StandardOutput.print(text) }
      let written = try output == nil ? nil : writeTable(folder.appendingPathComponent("\(name).csv"))
      return [DrawnPicture(file: "-", table: (written ?? source).path, run: run.path)]
    }
    let files =
      plot.map { [URL(fileURLWithPath: $0)] } ?? endings.map { folder.appendingPathComponent("\(name).\($0)") }
    // the table first: a picture without its numbers would be worth less than none
    let written = try writeTable(files[0].deletingPathExtension().appendingPathExtension("csv"))
    return try files.map { file in
      try FigureFile.write(figure, to: file)
      return DrawnPicture(file: plot ?? file.path, table: (written ?? source).path, run: run.path)
    }
  }

  /// Writes the figure's own table; a table with other columns of that name is somebody's data and stays.
  private func writeTable(_ file: URL) throws -> URL? {
    guard let table else { return nil }
    if FileManager.default.fileExists(atPath: file.path) {
      guard try Table(contentsOf: file).columnNames == table.columnNames else {
        throw InputError.data(
          "\(file.path), where the picture's table would go, holds another table; choose another --plot or --output")
      }
    }
    try AtomicFile.write(table.csv, to: file)
    return file
  }
}

/// A picture that was drawn: file, the table behind it, and the run it belongs to.
struct DrawnPicture {
  let file: String
  let table: String
  let run: String

  var json: JSONValue { ["file": .string(file), "table": .string(table), "run": .string(run)] }
}
