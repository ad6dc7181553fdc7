import Foundation

/// A folder that a run leaves behind: `configuration.json`, `manifest.json`, `results.json`, tables and arrays.
///
/// The manifest is written last: a folder without one was interrupted.
public struct RunFolder: Sendable {
  public let url: URL
  /// When this run began to write here; older files are another run's and not in its manifest.
  private let started: Date

  /// Makes the folder where it is missing, and removes an earlier run's manifest from it with the tables that it lists.
  ///
  /// - Throws: `InputError.data` when it cannot be made or written into.
  public init(creating url: URL) throws {
    try AtomicFile.makeFolder(url)
    self.url = url
    started = Date()
    let manifest = url.appendingPathComponent("manifest.json")
    // a table of the earlier run beside the new ones would be taken for this run's
    if let earlier = try? JSONValue(contentsOf: manifest), case .object(let members) = earlier,
      case .object(let files)? = members["files"]
    {
      for name in files.keys where name.hasSuffix(".csv") && !name.contains("/") {
        unlink(url.appendingPathComponent(name).path)
      }
    }
    unlink(manifest.path)
  }

  /// Opens the folder of a finished run.
  ///
  /// - Throws: `InputError.data` when it is no run folder or the run did not finish.
  public init(opening url: URL) throws {
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw InputError.data("no such run folder: \(url.path)")
    }
    guard FileManager.default.fileExists(atPath: url.appendingPathComponent("manifest.json").path) else {
      throw InputError.data("\(url.path) is no finished run folder (no manifest.json)")
    }
    self.url = url
    started = .distantPast
  }

  private func isOfThisRun(_ name: String) -> Bool {
    let attributes = try? FileManager.default.attributesOfItem(atPath: file(name).path)
    // file systems keep coarser times than clocks
    return (attributes?[.modificationDate] as? Date).map { $0 >= started.addingTimeInterval(-0.05) } ?? false
  }

  public func file(_ name: String) -> URL { url.appendingPathComponent(name) }
  public func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name).path) }

  public func write(_ table: Table) throws { try table.write(into: url) }
  public func write(_ value: JSONValue, as name: String) throws {
    try AtomicFile.write(value.text(pretty: true), to: file(name))
  }
  public func table(_ name: String) throws -> Table { try Table(contentsOf: file("\(name).csv")) }
  public func json(_ name: String) throws -> JSONValue { try JSONValue(contentsOf: file(name)) }

  /// The resolved configuration of the run.
  public func configuration() throws -> [String: JSONValue] {
    guard case .object(let members) = try json("configuration.json") else {
      throw InputError.data("\(file("configuration.json").path) is not an object")
    }
    return members
  }

  /// Hashes the run's files and writes configuration and manifest.
  public func finish(_ manifest: Manifest) throws {
    try write(.object(manifest.configuration), as: "configuration.json")
    var complete = manifest
    let names = try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
    for name in names where !name.hasPrefix(".") && name != "manifest.json" {
      var isDirectory: ObjCBool = false
      guard FileManager.default.fileExists(atPath: file(name).path, isDirectory: &isDirectory), !isDirectory.boolValue,
        isOfThisRun(name)
      else { continue }
      complete.files[name] = try Digest.sha256(contentsOf: file(name))
    }
    try write(complete.json(commit: .ofExecutable()), as: "manifest.json")
  }
}
