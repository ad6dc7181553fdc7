public import Foundation

/// What a Slurm job is asked for, by the names that submitit and Hydra's launcher use.
///
/// From `[slurm]` in a plan and from `--slurm key=value`, which replaces it; no part of the plan's identity. Times in minutes,
/// memory in GiB.
public struct SlurmOptions: Equatable, Sendable {
  public var name = "depth-sweep"
  public var partition: String?
  public var account: String?
  public var qos: String?
  public var constraint: String?
  public var exclude: String?
  public var gres: String?
  public var comment: String?
  public var timeoutMinutes: Int?
  public var memory: Double?
  /// Chunks that run at once.
  public var arrayParallelism: Int?
  /// Lines of shell before the worker starts: modules, environments.
  public var setup: [String] = []
  /// Other options of sbatch, long names without their dashes.
  public var additionalParameters: [String: String] = [:]

  private static let texts: [(key: String, path: WritableKeyPath<SlurmOptions, String?> & Sendable)] = [
    ("partition", \.partition), ("account", \.account), ("qos", \.qos), ("constraint", \.constraint),
    ("exclude", \.exclude), ("gres", \.gres), ("comment", \.comment),
  ]
  public static let keys =
    ["name"] + texts.map(\.key)
    + ["timeout_min", "mem_gb", "array_parallelism", "setup", "additional_parameters"]

  public init() {}

  /// `[slurm]` of a plan; defaults where it has none.
  public init(planAt url: URL) throws {
    self.init()
    guard let value = try ConfigurationFile.read(url)["slurm"] else { return }
    guard case .object(let members) = value else {
      throw InputError.data("\(url.path): slurm is no table; write [slurm]")
    }
    do {
      try read(members)
    } catch let error as InputError {
      throw InputError.data("\(url.path): \(error.description)")
    }
  }

  /// Reads `[slurm]`, or a value of `--slurm`.
  ///
  /// - Throws: `InputError.data` naming the key and what is allowed.
  public mutating func read(_ members: [String: JSONValue]) throws {
    for (key, value) in members.sorted(by: { $0.key < $1.key }) { try read(key, value) }
  }

  private mutating func read(_ key: String, _ value: JSONValue) throws {
    if let text = Self.texts.first(where: { $0.key == key }) {
      self[keyPath: text.path] = try Self.line(value, key)
      return
    }
    switch key {
    case "name": name = try Self.line(value, key)
    case "timeout_min": timeoutMinutes = try Self.count(value, key)
    case "array_parallelism": arrayParallelism = try Self.count(value, key)
    case "mem_gb":
      guard let size = value.doubleValue, size > 0, size <= 1e6 else {
        throw InputError.data("slurm.mem_gb is no positive number")
      }
      memory = size
    case "setup":
      let lines = value.arrayValue ?? [value]
      setup = try lines.map { line in
        guard let text = line.stringValue else { throw InputError.data("slurm.setup is no list of texts") }
        return text
      }
    case "additional_parameters":
      guard case .object(let members) = value else { throw InputError.data("slurm.additional_parameters is no table") }
      for (name, value) in members {
        let isName = !name.isEmpty && name.allSatisfy { $0.isLetter || $0.isNumber || "-_".contains($0) }
        guard isName else {
          throw InputError.data("slurm.additional_parameters holds '\(name)'; allowed: options of sbatch")
        }
        additionalParameters[name] = try Self.line(value, "additional_parameters.\(name)")
      }
    default: throw InputError.data(InputError.unknown(key, kindOfName: "key in slurm", known: Self.keys).description)
    }
  }

  /// A text of one line: it stands in a `#SBATCH` line.
  private static func line(_ value: JSONValue, _ key: String) throws -> String {
    let text = value.stringValue ?? value.integerValue.map(String.init) ?? value.doubleValue.map { "\($0)" } ?? ""
    guard !text.isEmpty, !text.contains(where: { $0.isNewline || $0 == "\"" }) else {
      throw InputError.data("slurm.\(key) is no text of one line without quotes")
    }
    return text
  }

  private static func count(_ value: JSONValue, _ key: String) throws -> Int {
    guard let count = value.integerValue, (1...10_000_000).contains(count) else {
      throw InputError.data("slurm.\(key) is no integer from 1 to 10000000")
    }
    return count
  }

  /// The `#SBATCH` lines, but for the array's.
  func directives(threads: Int, log: String) -> [String] {
    var lines = ["--job-name=\"\(name)\"", "--ntasks=1", "--cpus-per-task=\(threads)"]
    for (key, path) in Self.texts { if let value = self[keyPath: path] { lines.append("--\(key)=\"\(value)\"") } }
    if let timeoutMinutes { lines.append("--time=\(timeoutMinutes)") }
    if let memory { lines.append("--mem=\(Int((memory * 1024).rounded(.up)))M") }
    lines += ["--requeue", "--open-mode=append", "--output=\"\(log)\""]
    for (name, value) in additionalParameters.sorted(by: { $0.key < $1.key }) { lines.append("--\(name)=\"\(value)\"") }
    return lines.map { "#SBATCH \($0)" }
  }
}
