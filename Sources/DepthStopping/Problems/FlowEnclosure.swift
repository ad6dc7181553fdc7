public import DepthNumerics

/// What the author of a flow in closed form vouches for, so that bounds can be proven: the state and the loss along the flow of the
/// loss's own problem, enclosed over intervals of depth.
///
/// The flow does not depend on depth, and `g(h_s)` is twice continuously differentiable in s.
public struct FlowEnclosure: Sendable {
  /// `g(h_s)` with its first and second derivative in s.
  public struct Jet: Equatable, Sendable {
    public let loss: OutwardInterval
    public let slope: OutwardInterval
    public let curvature: OutwardInterval

    public init(loss: OutwardInterval, slope: OutwardInterval, curvature: OutwardInterval) {
      self.loss = loss
      self.slope = slope
      self.curvature = curvature
    }
  }

  /// Over all depths in the interval (>= 0) from a state.
  public let jet: @Sendable (_ start: [Double], _ depth: OutwardInterval) -> Jet
  /// The components of h_s.
  public let state: @Sendable (_ start: [Double], _ depth: OutwardInterval) -> [OutwardInterval]

  public init(
    state: @escaping @Sendable (_ start: [Double], _ depth: OutwardInterval) -> [OutwardInterval],
    jet: @escaping @Sendable (_ start: [Double], _ depth: OutwardInterval) -> Jet
  ) {
    self.state = state
    self.jet = jet
  }
}
