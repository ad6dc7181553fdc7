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
  /// What a reader of the results should know, a line each: an event that could not be looked for.
  public let notes: [String]

  init(
    dimension: Int, depths: [Double], states: [Double], occurrences: [Occurrence] = [], event: Occurrence? = nil,
    statistics: Statistics, notes: [String] = []
  ) {
    self.dimension = dimension
    self.depths = depths
    self.states = states
    self.occurrences = occurrences
    self.event = event
    self.statistics = statistics
    self.notes = notes
  }

  /// The same after so many evaluations in vain.
  func counting(_ evaluations: Int) -> Trajectory {
    var total = statistics
    total.evaluations += evaluations
    return Trajectory(
      dimension: dimension, depths: depths, states: states, occurrences: occurrences, event: event, statistics: total,
      notes: notes)
  }

  /// One event that occurred.
  public struct Occurrence: Equatable, Sendable {
    /// The event's name.
    public let name: String
    public let depth: Double
    public let state: [Double]
    /// Whether the flow only touches the event's surface there (a double root): met, not crossed.
    public let isTouch: Bool

    public init(name: String, depth: Double, state: [Double], isTouch: Bool = false) {
      self.name = name
      self.depth = depth
      self.state = state
      self.isTouch = isTouch
    }
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
