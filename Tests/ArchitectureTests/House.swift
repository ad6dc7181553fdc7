import Foundation

/// Who may import whom: the levels of the modules, and where each library may be met.
enum House {
  /// Any lower level may be imported, never the same or a higher one.
  static let levels: [String: Int] = [
    "CSundials": 0, "CGSL": 0, "COpenBLAS": 0, "CZip": 0, "CCrypto": 0, "CZlib": 0, "CNetCDF": 0, "CVectorMath": 0,
    "CRandom": 0, "CImages": 0,
    "DepthRuns": 1, "DepthFigures": 2, "DepthNumerics": 2, "DepthDynamics": 3, "DepthStopping": 4,
    "DepthNetworks": 5, "DepthTheory": 5, "DepthExperiments": 6, "depth": 7,
  ]

  /// C and packages from elsewhere, each behind one wall.
  static let owners: [String: String] = [
    "CSundials": "DepthDynamics", "CGSL": "DepthNumerics", "COpenBLAS": "DepthNumerics",
    "CVectorMath": "DepthNumerics", "CRandom": "DepthNumerics", "CZip": "DepthRuns", "CCrypto": "DepthRuns",
    "CZlib": "DepthRuns", "CNetCDF": "DepthRuns", "CImages": "DepthNetworks",
    "ArgumentParser": "depth", "TOMLKit": "DepthRuns", "GRDB": "DepthRuns",
  ]

  /// What comes with the toolchain.
  static let system: Set<String> = ["Swift", "Foundation", "Dispatch", "Synchronization", "Glibc"]

  /// One line for each import of `module`'s file that the house does not allow.
  static func violations(of imports: [ImportStatement], module: String, file: String) -> [String] {
    imports.compactMap { statement in
      violation(of: statement, module: module).map { "\(file): \($0)" }
    }
  }

  private static func violation(of statement: ImportStatement, module: String) -> String? {
    let name = statement.module
    guard let level = levels[module] else { return "\(module) is no module of the house" }
    if system.contains(name) { return nil }
    if let owner = owners[name] {
      guard owner == module else { return "\(name) belongs to \(owner), not to \(module)" }
      if levels[name] == 0 && !statement.isHidden { return "\(name) must be imported as `internal import`" }
      return nil
    }
    guard let imported = levels[name] else { return "\(name) is not known to the house" }
    guard imported < level else { return "\(module) (level \(level)) imports \(name) (level \(imported))" }
    if module == "DepthFigures" && name != "DepthRuns" { return "DepthFigures imports \(name), allowed: DepthRuns" }
    return nil
  }

  /// Lines that a file may have.
  static let longestFile = 400

  static func violations(ofLength source: String, file: String) -> [String] {
    let count = source.split(separator: "\n", omittingEmptySubsequences: false).count - (source.hasSuffix("\n") ? 1 : 0)
    return count > longestFile ? ["\(file): \(count) lines, allowed: \(longestFile)"] : []
  }

  /// A public type of a module's name hides everything else in the module from its clients.
  static func violations(ofTypeNames source: String, file: String) -> [String] {
    let names = levels.keys.sorted().joined(separator: "|")
    let pattern =
      "\\b(public|open)\\s+((final|indirect|dynamic)\\s+)*(struct|class|enum|protocol|actor|typealias)\\s+(\(names))\\b"
    let code = ImportStatement.code(source)
    guard let found = code.range(of: pattern, options: .regularExpression) else { return [] }
    return ["\(file): '\(code[found])' has the name of a module"]
  }
}
