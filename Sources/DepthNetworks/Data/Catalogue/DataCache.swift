import DepthRuns
public import Foundation

/// Where fetched data sets lie: `$XDG_CACHE_HOME/optimal-depth/NAME/FILE`, by default under `~/.cache`.
public struct DataCache: Sendable {
  public let folder: URL

  public init(folder: URL) { self.folder = folder }

  /// The user's own cache, as the XDG base directory specification says: a relative `XDG_CACHE_HOME` counts as none.
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    let base: URL
    if let path = environment["XDG_CACHE_HOME"], path.hasPrefix("/") {
      base = URL(fileURLWithPath: path)
    } else if let home = environment["HOME"], home.hasPrefix("/") {
      base = URL(fileURLWithPath: home).appendingPathComponent(".cache")
    } else {
      base = FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".cache")
    }
    folder = base.appendingPathComponent("optimal-depth")
  }

  func url(_ name: String, _ file: String) -> URL {
    folder.appendingPathComponent(name).appendingPathComponent(file)
  }

  /// Stores a file: written under another name, synced, renamed.
  func store(_ data: Data, _ name: String, _ file: String) throws -> URL {
    let url = url(name, file)
    try AtomicFile.makeFolder(url.deletingLastPathComponent())
    try AtomicFile.write(data, to: url)
    return url
  }
}
