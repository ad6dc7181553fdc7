/// What is asked of a boundary method: V at which states and depths, the boundary at which depths.
public struct StoppingQuery: Equatable, Sendable {
  /// States, each of the problem's dimension.
  public let points: [[Double]]
  /// Depths elapsed, 0 ... horizon; empty: values at depth 0, the boundary on the method's own grid.
  public let depths: [Double]

  public init(points: [[Double]] = [], depths: [Double] = []) {
    self.points = points
    self.depths = depths
  }

  /// The depths at which values are given.
  public var valueDepths: [Double] { depths.isEmpty ? [0] : depths }
}
