import Foundation

/// The package's own files.
enum SourceTree {
  struct File {
    /// Relative to the root of the package.
    let path: String
    let module: String
    let text: String
  }

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Every Swift file under `Sources`, by path.
  static func swiftFiles() throws -> [File] {
    let sources = root.appendingPathComponent("Sources")
    let paths = try FileManager.default.subpathsOfDirectory(atPath: sources.path).filter { $0.hasSuffix(".swift") }
    return try paths.sorted().map { path in
      let text = try String(contentsOf: sources.appendingPathComponent(path), encoding: .utf8)
      let module = path.split(separator: "/").first.map(String.init) ?? ""
      return File(path: "Sources/\(path)", module: module, text: text)
    }
  }

  /// The folders under `Sources`.
  static func modules() throws -> Set<String> {
    let sources = root.appendingPathComponent("Sources")
    return Set(try FileManager.default.contentsOfDirectory(atPath: sources.path).filter { !$0.hasPrefix(".") })
  }

  static func manifest() throws -> String {
    try String(contentsOf: root.appendingPathComponent("Package.swift"), encoding: .utf8)
  }
}
