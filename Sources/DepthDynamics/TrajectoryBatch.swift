/// States of many samples along depth.
public struct TrajectoryBatch: Equatable, Sendable {
  public let dimension: Int
  public let sampleCount: Int
  public let depths: [Double]
  /// A block per depth, in it a row of `dimension` entries per sample.
  public let states: [Double]
  public internal(set) var statistics: Trajectory.Statistics

  public init(
    dimension: Int, sampleCount: Int, depths: [Double], states: [Double], statistics: Trajectory.Statistics
  ) {
    self.dimension = dimension
    self.sampleCount = sampleCount
    self.depths = depths
    self.states = states
    self.statistics = statistics
  }

  /// The state of a sample at the i-th depth.
  public func state(_ index: Int, sample: Int) -> [Double] {
    let offset = (index * sampleCount + sample) * dimension
    return Array(states[offset..<(offset + dimension)])
  }

  /// The rows at the last depth.
  public var finalStates: [Double] { Array(states.suffix(sampleCount * dimension)) }
}
