import DepthStopping

/// Which samples' paths are recorded when not all are.
enum RecordedSamples {
  /// Of each part at most so many, evenly spaced, ascending.
  static func evenly(_ split: [StoppingPaths.Split], most: Int) -> [Int] {
    StoppingPaths.Split.allCases.flatMap { part in evenly(split.indices.filter { split[$0] == part }, most: most) }
      .sorted()
  }

  static func evenly(_ samples: [Int], most: Int) -> [Int] {
    let count = min(most, samples.count)
    return (0..<count).map { samples[$0 * samples.count / count] }
  }
}
