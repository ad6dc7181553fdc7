/// A field whose right-hand side can be evaluated in any graded algebra: on power series it gives the Taylor coefficients of
/// the flow, on jets those of f itself, on nilpotent units nested directional derivatives. All exact to rounding.
///
/// One formula beside `evaluate(depth:state:into:)`; tests hold them together. f must be analytic in depth and state between
/// its discontinuities.
public protocol TaylorField: VectorField {
  /// Whether f is a function of the state alone.
  var isAutonomous: Bool { get }

  /// `f(t, h)`, all in one algebra.
  func evaluate(depth: GradedSeries, state: [GradedSeries]) -> [GradedSeries]
}
