public import DepthRuns

/// States along depth, as an integrator leaves them.
public struct Trajectory: Equatable, Sendable {
  public let dimension: Int
  /// The depths asked for, up to the terminal event if there was one.
  public let depths: [Double]
  /// A row of `dimension` entries per depth.
  public let states: [Double]
  /// Every event that occurred, in order of depth; the terminal one last.
  public let occurrences: [Occurrence]
  /// Where a terminal event stopped the flow; nil when none did.
  public let event: Occurrence?
  public internal(set) var statistics: Statistics

  /// One event that occurred.
  public struct Occurrence: Equatable, Sendable {
    /// The event's name.
    public let name: String
    public let depth: Double
    public let state: [Double]
  }

  /// The state at the i-th saved depth.
  public func state(_ index: Int) -> [Double] {
    Array(states[(index * dimension)..<((index + 1) * dimension)])
  }

  /// The state at the terminal event, or else at the last saved depth.
  public var finalState: [Double] { event?.state ?? state(depths.count - 1) }

  /// Columns `depth`, `state_0`, `state_1`, ...
  public func table(name: String = "trajectory") -> Table {
    var table = Table(name: name)
    table.add("depth", depths)
    for component in 0..<dimension {
      table.add("state_\(component)", depths.indices.map { states[$0 * dimension + component] })
    }
    return table
  }
}
