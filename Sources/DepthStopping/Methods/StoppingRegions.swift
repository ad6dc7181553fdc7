public import DepthRuns

/// The stopping intervals that a boundary's branches cut out, depth by depth.
public struct StoppingRegions: Sendable {
  private let branches: [HaltingBranch]

  public init(_ boundary: HaltingBoundary) { branches = boundary.branches }

  /// Maximal intervals in which one stops at a depth, ascending; infinite where no branch ends them.
  public func intervals(at depth: Double) -> [StateInterval] {
    let alive = branches.compactMap { branch in
      branch.state(at: depth).map { (state: $0, stopsBelow: branch.stopsBelow) }
    }
    .sorted { $0.state < $1.state }
    var intervals: [StateInterval] = []
    // a branch that stops below closes an interval, one that stops above opens the next
    var opened: Double? = alive.first?.stopsBelow == true ? -.infinity : nil
    for branch in alive {
      if branch.stopsBelow {
        intervals.append(StateInterval(lower: opened ?? -.infinity, upper: branch.state))
        opened = nil
      } else {
        opened = branch.state
      }
    }
    if let opened { intervals.append(StateInterval(lower: opened, upper: .infinity)) }
    return intervals
  }

  /// Columns `depth`, `lower`, `upper` (NaN where unbounded), `region`: one row a depth and interval.
  public func table(depths: [Double]) -> Table {
    let rows = depths.flatMap { depth in
      intervals(at: depth).enumerated().map { (depth, $1.lower, $1.upper, Double($0)) }
    }
    func bounded(_ value: Double) -> Double { value.isFinite ? value : .nan }
    var table = Table(name: "regions")
    table.add("depth", rows.map(\.0))
    table.add("lower", rows.map { bounded($0.1) })
    table.add("upper", rows.map { bounded($0.2) })
    table.add("region", rows.map(\.3))
    return table
  }
}
