public import Foundation
import Synchronization

/// A program of the system, run to its end without a shell.
///
/// Output and messages are read side by side: neither can fill its pipe while the other is waited for. Both are kept in memory.
public struct ChildProcess: Sendable {
  /// The exit code; of a process that a signal ended, the signal's number and 128.
  public let code: Int32
  /// What it wrote to its standard output.
  public let output: Data
  /// What it wrote to its standard error, as text.
  public let messages: String

  /// The output as text without white space at its ends.
  public var text: String { String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) }
  /// The lines of the messages that are not empty.
  public var messageLines: [String] { messages.split(whereSeparator: \.isNewline).map(String.init) }

  /// Runs a program; its standard input is empty.
  ///
  /// - Parameters:
  ///   - program: a path, or a name that is looked up in PATH; `env` ends with code 127 where there is none of it.
  ///   - folder: where it runs; nil: here.
  ///   - environment: what is set beside this process's own environment.
  /// - Throws: `InputError.data` where it cannot be started.
  public init(
    _ program: String, _ arguments: [String], in folder: URL? = nil, environment: [String: String] = [:]
  ) throws {
    let process = Process()
    let isPath = program.contains("/")
    process.executableURL = URL(fileURLWithPath: isPath ? program : "/usr/bin/env")
    process.arguments = (isPath ? [] : [program]) + arguments
    if let folder { process.currentDirectoryURL = folder }
    if !environment.isEmpty {
      process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    }
    let (output, errors) = (Pipe(), Pipe())
    (process.standardInput, process.standardOutput, process.standardError) = (FileHandle.nullDevice, output, errors)
    do { try process.run() } catch {
      throw InputError.data("cannot start \(program): \(error.localizedDescription)")
    }
    let said = Mutex(Data())
    let group = DispatchGroup()
    DispatchQueue.global().async(group: group) {
      let data = errors.fileHandleForReading.readDataToEndOfFile()
      said.withLock { $0 = data }
    }
    self.output = output.fileHandleForReading.readDataToEndOfFile()
    group.wait()
    process.waitUntilExit()
    messages = said.withLock { String(decoding: $0, as: UTF8.self) }
    code = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
  }
}
