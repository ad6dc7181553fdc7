import Foundation
import DepthRuns

/// Small tables that the figure tests share.
enum Tables {
  static func of(_ name: String, _ columns: (String, [Double])...) -> Table {
    var table = Table(name: name)
    for (column, values) in columns { table.add(column, values) }
    return table
  }

  static let depthLimit = of(
    "depth-limit", ("blocks", [4, 8, 16, 32]), ("error", [0.05, 0.024, 0.0118, 0.00585]),
    ("predicted_error", [0.046, 0.023, 0.0115, 0.00575]))

  static let haltingLaw = of(
    "halting-law", ("block", [0, 1, 2, 3]), ("empirical", [0.1, 0.4, 0.3, 0.2]),
    ("empirical_lower", [0.08, 0.37, 0.27, 0.18]), ("empirical_upper", [0.12, 0.43, 0.33, 0.22]),
    ("kernel", [0.11, 0.39, 0.31, 0.19]), ("diffusion", [0.09, 0.42, 0.3, 0.19]))

  static var objective: Table {
    var table = of(
      "objective", ("running_cost", [0.1, 0.01, 0.01, 0.1]), ("objective", [0.9, 0.3, 0.2, 0.5]),
      ("objective_lower", [0.8, 0.25, 0.18, 0.45]), ("objective_upper", [1, 0.35, 0.22, 0.55]))
    table.add("rule", ["full-depth", "full-depth", "confidence", "confidence"])
    return table
  }
}

extension String {
  /// How often `part` occurs, without overlaps.
  func count(of part: String) -> Int { components(separatedBy: part).count - 1 }
}
