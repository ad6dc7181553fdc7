/// States of many samples along depth.
public struct TrajectoryBatch: Equatable, Sendable {
  public let dimension: Int
  public let sampleCount: Int
  public let depths: [Double]
  /// A block per depth, in it a row of `dimension` entries per sample.
  public let states: [Double]
  /// Summed over the samples.
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

  /// The same after so many evaluations in vain.
  func counting(_ evaluations: Int) -> TrajectoryBatch {
    var total = statistics
    total.evaluations += evaluations
    return TrajectoryBatch(
      dimension: dimension, sampleCount: sampleCount, depths: depths, states: states, statistics: total)
  }

  /// The state of a sample at the i-th depth.
  public func state(_ index: Int, sample: Int) -> [Double] {
    let offset = (index * sampleCount + sample) * dimension
    return Array(states[offset..<(offset + dimension)])
  }

  /// The rows at the last depth.
  public var finalStates: [Double] { Array(states.suffix(sampleCount * dimension)) }
}
