import ArgumentParser
import DepthFigures
import DepthDynamics
import DepthRuns
import DepthStopping
import Foundation

/// What a command found, on its way to stdout and into a run folder.
struct CommandResult {
  let command: String
  var configuration: [String: JSONValue]
  let results: [String: JSONValue]
  let diagnostics: Diagnostics
  let warnings: [String]
  let tables: () -> [Table]
  /// Archives of arrays by file name, for the run folder.
  let arrays: () -> [String: [String: NumericArray]]
  let seed: UInt64
  /// Lines for a reader without `--json`.
  let text: () -> [String]
  /// The picture of `--plot`; nil where the command has none.
  let figure: (() throws -> Figure)?
  /// The run folder where the command has written into it already; else it is made when the result is delivered.
  var folder: RunFolder?

  /// Tables, arrays and text are made when they are wanted: a sweep wants the results alone.
  init(
    command: String, configuration: [String: JSONValue], results: [String: JSONValue], diagnostics: Diagnostics,
    warnings: [String] = [], tables: @autoclosure @escaping () -> [Table] = [],
    arrays: @autoclosure @escaping () -> [String: [String: NumericArray]] = [:], seed: UInt64 = 0,
    text: @autoclosure @escaping () -> [String], figure: (() throws -> Figure)? = nil
  ) {
    (self.command, self.configuration, self.results) = (command, configuration, results)
    (self.diagnostics, self.warnings, self.tables, self.arrays) = (diagnostics, warnings, tables, arrays)
    (self.seed, self.text, self.figure) = (seed, text, figure)
  }

  /// Writes the run folder, prints, and throws exit code 3 when unconverged.
  func deliver(_ options: CommonOptions) throws {
    if let output = options.output { try write(into: URL(fileURLWithPath: output)) }
    if options.json {
      try StandardOutput.print(json)
    } else {
      for warning in warnings { Messages.note("warning: \(warning)", quiet: options.quiet) }
      for line in text() { try StandardOutput.print(line) }
      if let output = options.output { try StandardOutput.print("run folder: \(output)") }
    }
    try plot(options)
    if diagnostics.status == .unconverged && !options.allowUnconverged { throw ExitCode(3) }
  }

  /// A file, or braille in the terminal; beside `--json` the terminal's picture goes to stderr.
  private func plot(_ options: CommonOptions) throws {
    guard let target = options.plot else { return }
    guard let figure else { throw InputError.usage("\(command) has no picture for --plot") }
    guard target == "-" else {
      return try FigureFile.write(figure(), to: URL(fileURLWithPath: target))
    }
    let text = try BrailleRenderer(color: options.usesColor).render(figure())
    if options.json { Messages.note(text, quiet: false) } else { print(text) }
  }

  private var json: JSONValue {
    [
      "command": .string(command), "version": .string(Manifest.version), "configuration": .object(configuration),
      "status": .string(diagnostics.status.rawValue), "results": .object(results), "diagnostics": diagnostics.json,
      "warnings": .array(warnings.map { .string($0) }),
    ]
  }

  /// Leaves the run folder.
  func write(into url: URL) throws {
    let folder = try folder ?? RunFolder(creating: url)
    for table in tables() { try folder.write(table) }
    for (name, members) in arrays() { try ArrayArchive.write(members, to: folder.file(name)) }
    try folder.write(json, as: "results.json")
    try folder.finish(
      Manifest(
        command: command, seed: seed, configuration: configuration, versions: LibraryVersions.all,
        seconds: diagnostics.seconds))
  }
}
