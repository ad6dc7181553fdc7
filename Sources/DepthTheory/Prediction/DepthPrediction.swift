public import DepthRuns
public import DepthStopping

/// What the theory says of halting in a coordinate, before any rule is run: law of tau, mean, objective, stopping region.
public struct DepthPrediction: Equatable, Sendable {
  /// How much of the coordinate's law was kept.
  public enum Level: String, Sendable {
    /// The empirical Markov kernel.
    case kernel
    /// The kernel of the process stopped by the predicted rule itself: its Markovian projection.
    case stoppedKernel = "stopped-kernel"
    /// Its drift and noise alone.
    case diffusion
  }

  public let level: Level
  public let coordinate: String
  /// Law of tau on 0...L.
  public let law: [Double]
  public let expectedStoppingDepth: Double
  /// Predicted `E[g_tau + c tau]`.
  public let objective: Double
  /// Stopping intervals of the coordinate per exit; empty where the coordinate has two numbers.
  public let intervals: [[StateInterval]]

  public init(
    level: Level, coordinate: String, law: [Double], objective: Double, intervals: [[StateInterval]]
  ) {
    self.level = level
    self.coordinate = coordinate
    self.law = law
    expectedStoppingDepth = law.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
    self.objective = objective
    self.intervals = intervals
  }

  public var json: JSONValue {
    [
      "level": .string(level.rawValue), "coordinate": .string(coordinate), "law": JSONValue(law),
      "expected_stopping_depth": [
        [
          "at": .null, "value": JSONValue(expectedStoppingDepth), "lower": JSONValue(expectedStoppingDepth),
          "upper": JSONValue(expectedStoppingDepth),
        ]
      ],
      "objective": JSONValue(objective),
    ]
  }

  /// Columns `block`, `lower`, `upper`, `region`: one row per stopping interval, a missing end where it has none (both missing:
  /// stop everywhere); pieces of one block are numbered from above.
  public func regionTable(name: String) -> Table {
    let rows = intervals.enumerated().flatMap { exit, list in
      list.sorted { $0.upper > $1.upper }.enumerated().map { (exit, $0.offset, $0.element) }
    }
    var table = Table(name: name)
    table.add("block", rows.map(\.0))
    table.add("lower", rows.map(\.2.lower))
    table.add("upper", rows.map(\.2.upper))
    table.add("region", rows.map(\.1))
    return table
  }
}
