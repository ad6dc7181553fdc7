/// The rows kept so far, filled in by interpolation as steps pass over the depths asked for.
struct SavedStates {
  let depths: [Double]
  let dimension: Int
  private var states: [Double]
  private var count = 0

  init(depths: [Double], dimension: Int) {
    self.depths = depths
    self.dimension = dimension
    states = [Double](repeating: 0, count: depths.count * dimension)
  }

  /// The first depth asked for that has not been reached; infinity when all have.
  var next: Double { count < depths.count ? depths[count] : .infinity }

  /// Fills the rows up to `limit`; the interpolant writes the state at a depth.
  mutating func keep(
    upTo limit: Double, _ interpolate: (_ depth: Double, _ state: UnsafeMutablePointer<Double>) throws -> Void
  ) rethrows {
    while count < depths.count, depths[count] <= limit {
      let (depth, offset) = (depths[count], count * dimension)
      try states.withUnsafeMutableBufferPointer { try interpolate(depth, $0.baseAddress! + offset) }
      count += 1
    }
  }

  /// The same where all that is reached lies at one state.
  mutating func keep(upTo limit: Double, state: UnsafePointer<Double>) {
    let d = dimension
    keep(upTo: limit) { $1.update(from: state, count: d) }
  }

  /// - Parameter isHalted: whether the last occurrence ended the flow.
  consuming func trajectory(
    _ occurrences: [Trajectory.Occurrence] = [], isHalted: Bool = false, notes: [String] = [],
    _ statistics: Trajectory.Statistics
  ) -> Trajectory {
    states.removeLast((depths.count - count) * dimension)
    return Trajectory(
      dimension: dimension, depths: Array(depths.prefix(count)), states: states, occurrences: occurrences,
      event: isHalted ? occurrences.last : nil, statistics: statistics, notes: notes)
  }
}
