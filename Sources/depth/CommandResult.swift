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
  var warnings: [String] = []
  var tables: [Table] = []
  /// Archives of arrays by file name, for the run folder.
  var arrays: [String: [String: NumericArray]] = [:]
  var seed: UInt64 = 0
  /// Lines for a reader without `--json`.
  let text: [String]
  /// The picture of `--plot`; nil where the command has none.
  var figure: (() throws -> Figure)?
  /// The run folder where the command has written into it already; else it is made when the result is delivered.
  var folder: RunFolder?

  /// Writes the run folder, prints, and throws exit code 3 when unconverged.
  func deliver(_ options: CommonOptions) throws {
    if let output = options.output { try write(into: URL(fileURLWithPath: output)) }
    if options.json {
      try StandardOutput.print(json)
    } else {
      for warning in warnings { Messages.note("warning: \(warning)", quiet: options.quiet) }
      for line in text { try StandardOutput.print(line) }
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

  private func write(into url: URL) throws {
    let folder = try folder ?? RunFolder(creating: url)
    for table in tables { try folder.write(table) }
    for (name, members) in arrays { try ArrayArchive.write(members, to: folder.file(name)) }
    try folder.write(json, as: "results.json")
    try folder.finish(
      Manifest(
        command: command, seed: seed, configuration: configuration, versions: LibraryVersions.all,
        seconds: diagnostics.seconds))
  }
}
