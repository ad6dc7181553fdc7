import DepthRuns

/// A field whose right-hand side can be evaluated in any graded algebra: on power series it gives the Taylor coefficients of
/// the flow, on jets those of f itself, on nilpotent units nested directional derivatives. All exact to rounding.
///
/// One formula beside `evaluate(depth:state:into:)`; tests hold them together. f must be analytic in depth and state between
/// its discontinuities.
public protocol TaylorField: VectorField {
  /// Whether f is a function of the state alone.
  var isAutonomous: Bool { get }

  /// What in this particular f has no power series, in words ("drift 2 uses abs"); nil, the default, where all has.
  var seriesObstacle: String? { get }

  /// `f(t, h)`, all in one algebra.
  func evaluate(depth: GradedSeries, state: [GradedSeries]) -> [GradedSeries]
}

extension TaylorField {
  public var seriesObstacle: String? { nil }

  /// - Throws: `InputError.usage` naming the obstacle.
  func requireSeries() throws {
    guard let seriesObstacle else { return }
    throw InputError.usage("\(seriesObstacle), which has no power series; allowed: functions without kinks and jumps")
  }
}
