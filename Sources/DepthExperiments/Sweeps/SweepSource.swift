import DepthDynamics
public import DepthRuns
import DepthStopping
public import Foundation

/// A table to draw from, with what is known of its columns: a sweep's, a run's, or any tidy one.
public struct SweepSource: Sendable {
  public let table: Table
  /// Columns that were varied on purpose, replicates and seeds left out; none where the table is of no sweep.
  public let keys: [String]
  /// Whether rows are tasks, of which some may be replicates of each other.
  public let isSweep: Bool
  /// Other names of columns: aliases of parameters, symbols of the theory.
  public let aliases: [String: [String]]

  /// Columns that tell replicates apart.
  public static let replicateColumns = ["replicate", "seed"]
  private static let taskColumns = ["reason", "status", "seconds"]

  /// - Parameter url: a folder with `results.csv` (and `plan.json` where it is a sweep's), or a CSV file.
  /// - Throws: `InputError.data` when there is no such table, or it is damaged.
  public init(contentsOf url: URL) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
      throw InputError.data("no such table or folder: \(url.path)")
    }
    let folder = isFolder.boolValue ? url : url.deletingLastPathComponent()
    let file = isFolder.boolValue ? url.appendingPathComponent("results.csv") : url
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw InputError.data(
        "\(url.path) has no results.csv; a sweep's table comes from depth sweep collect \(url.path)")
    }
    // the plan beside a table speaks of results.csv alone
    let plan = file.lastPathComponent == "results.csv" ? folder.appendingPathComponent("plan.json") : nil
    let hasPlan = plan.map { FileManager.default.fileExists(atPath: $0.path) } ?? false
    try self.init(Table(contentsOf: file), plan: hasPlan ? plan.map { try JSONValue(contentsOf: $0) } : nil)
  }

  /// - Parameter plan: a sweep's `plan.json`, which names its axes; without one a table with `replicate`, or with `seed` and
  ///   `status`, is taken for a sweep's, its keys for the columns before these.
  public init(_ table: Table, plan: JSONValue? = nil) throws {
    self.table = table
    let names = table.columnNames
    let has = { (name: String) in names.contains(name) }
    isSweep = plan != nil || has("replicate") || (has("seed") && has("status"))
    let problem = plan?["fixed"]?["problem"]?.stringValue
    var aliases = Self.catalogueAliases(problem)
    for term in Vocabulary.terms where !term.symbol.isEmpty { aliases[term.symbol, default: []].append(term.key) }
    self.aliases = aliases
    guard isSweep else {
      keys = []
      return
    }
    let planned = (plan?["axes"]?.arrayValue ?? []).flatMap { $0["keys"]?.arrayValue ?? [] }.compactMap(\.stringValue)
    let first = names.firstIndex { Self.replicateColumns.contains($0) } ?? 0
    let swept = planned.compactMap { key in ([key] + (aliases[key] ?? [])).first(where: has) } + names.prefix(first)
    let others = Set(Self.replicateColumns + Self.taskColumns)
    keys = names.filter { swept.contains($0) && !others.contains($0) }
  }

  /// Standard names by alias: of one problem where it is known, else of the whole catalogue.
  private static func catalogueAliases(_ problem: String?) -> [String: [String]] {
    let entries =
      ProblemCatalogue.entries.map { ($0.name, $0.parameters) }
      + FieldCatalogue.entries.map { ($0.name, $0.parameters) }
    let known = entries.filter { $0.0 == problem }
    var aliases: [String: [String]] = [:]
    for definition in (known.isEmpty ? entries : known).flatMap(\.1) where definition.alias != definition.name {
      if aliases[definition.alias]?.contains(definition.name) != true {
        aliases[definition.alias, default: []].append(definition.name)
      }
    }
    return aliases
  }
}
