import DepthRuns
import Foundation

/// What goes to stdout, checked: a full disk or a closed pipe is an error, not silence.
enum StandardOutput {
  /// - Throws: `InputError.data` when the text could not be written.
  static func print(_ text: String) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
    } catch {
      throw InputError.data("cannot write to standard output")
    }
  }

  static func print(_ value: JSONValue) throws {
    try print(String(decoding: value.text(pretty: true), as: UTF8.self))
  }
}

/// The contract's object for commands without a run folder of their own.
func printJSON(
  _ command: String, _ configuration: [String: JSONValue], _ results: [String: JSONValue], seconds: Double = 0,
  warnings: [String] = []
) throws {
  try StandardOutput.print([
    "command": .string(command), "version": .string(Manifest.version), "configuration": .object(configuration),
    "status": "converged", "results": .object(results), "diagnostics": ["seconds": JSONValue(seconds)],
    "warnings": .array(warnings.map { .string($0) }),
  ])
}
