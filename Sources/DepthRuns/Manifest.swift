import Foundation

/// Where a run's numbers come from: written beside them, so that a figure can name its source.
public struct Manifest: Equatable, Sendable {
  public static let version = "0.1.0"

  public var command: String
  public var seed: UInt64
  public var configuration: [String: JSONValue]
  /// Versions of what took part, by name.
  public var versions: [String: String]
  public var seconds: Double
  /// SHA-256 of each file of the run, by name.
  public var files: [String: String] = [:]

  public init(
    command: String, seed: UInt64, configuration: [String: JSONValue], versions: [String: String], seconds: Double
  ) {
    self.command = command
    self.seed = seed
    self.configuration = configuration
    self.versions = versions
    self.seconds = seconds
  }

  /// The identity of the configuration: SHA-256 of its canonical full-precision JSON.
  public var configurationHash: String { Digest.sha256(JSONValue.object(configuration).text()) }

  public func json(commit: SourceState) -> JSONValue {
    [
      "command": .string(command), "version": .string(Self.version), "seed": .string(String(seed)),
      "configuration_hash": .string(configurationHash), "commit": commit.commit.map { .string($0) } ?? .null,
      "dirty": commit.isDirty.map { .bool($0) } ?? .null,
      "versions": .object(versions.mapValues { .string($0) }), "seconds": JSONValue(seconds),
      "files": .object(files.mapValues { .string($0) }),
    ]
  }
}

/// The commit of the checkout that the executable was built in; nil members outside a git checkout.
public struct SourceState: Equatable, Sendable {
  public let commit: String?
  /// Whether tracked files differ from the commit.
  public let isDirty: Bool?

  /// Asks git about the folder that holds the running executable.
  public static func ofExecutable() -> SourceState {
    let folder = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()
    guard let folder, let commit = git(["rev-parse", "HEAD"], in: folder) else {
      return SourceState(commit: nil, isDirty: nil)
    }
    let status = git(["status", "--porcelain", "--untracked-files=no"], in: folder)
    return SourceState(commit: commit, isDirty: status.map { !$0.isEmpty })
  }

  private static func git(_ arguments: [String], in folder: URL) -> String? {
    guard let process = try? ChildProcess("git", arguments, in: folder), process.code == 0 else { return nil }
    return process.text
  }
}
