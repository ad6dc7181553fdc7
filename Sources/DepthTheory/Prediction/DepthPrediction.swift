public import DepthRuns
public import DepthStopping

/// What the theory says of halting in a coordinate, before any rule is run: law of tau, mean, objective, stopping region.
public struct DepthPrediction: Equatable, Sendable {
  /// "kernel" or "diffusion".
  public let level: String
  public let coordinate: String
  /// Law of tau on 0...L.
  public let law: [Double]
  public let expectedStoppingDepth: Double
  /// Predicted `E[g_tau + c tau]`.
  public let objective: Double
  /// Stopping intervals of the coordinate per exit.
  public let intervals: [[StateInterval]]

  public init(
    level: String, coordinate: String, law: [Double], objective: Double, intervals: [[StateInterval]]
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
      "level": .string(level), "coordinate": .string(coordinate), "law": JSONValue(law),
      "expected_stopping_depth": [
        [
          "at": .null, "value": JSONValue(expectedStoppingDepth), "lower": JSONValue(expectedStoppingDepth),
          "upper": JSONValue(expectedStoppingDepth),
        ]
      ],
      "objective": JSONValue(objective),
    ]
  }

  /// Columns `block`, `lower`, `upper`: one row per stopping interval, clipped to `range` for drawing.
  public func regionTable(name: String, range: ClosedRange<Double>) -> Table {
    var (blocks, lower, upper): ([Int], [Double], [Double]) = ([], [], [])
    for (exit, list) in intervals.enumerated() {
      for interval in list where interval.upper >= range.lowerBound && interval.lower <= range.upperBound {
        blocks.append(exit)
        lower.append(max(interval.lower, range.lowerBound))
        upper.append(min(interval.upper, range.upperBound))
      }
    }
    var table = Table(name: name)
    table.add("block", blocks)
    table.add("lower", lower)
    table.add("upper", upper)
    return table
  }
}
