/// A stopping loss g(t, x) of a scalar state (a reward, where the problem is maximised) with the derivatives that smooth fit and
/// look-ahead need.
public struct ScalarLoss: Sendable {
  public let value: ScalarFunction
  /// dg/dx, away from kinks; at a kink of the branch to its right.
  public let derivative: ScalarFunction
  /// d2g/dx2, away from kinks.
  public let curvature: ScalarFunction
  /// dg/dt.
  public let depthDerivative: ScalarFunction
  /// States where dg/dx jumps, ascending; the same at every depth.
  public let kinks: [Double]

  public init(
    value: ScalarFunction, derivative: ScalarFunction, curvature: ScalarFunction,
    depthDerivative: ScalarFunction = ScalarFunction(constant: 0), kinks: [Double] = []
  ) {
    precondition(zip(kinks, kinks.dropFirst()).allSatisfy { $0 < $1 }, "kinks \(kinks) are not ascending")
    self.value = value
    self.derivative = derivative
    self.curvature = curvature
    self.depthDerivative = depthDerivative
    self.kinks = kinks
  }

  public var dependsOnDepth: Bool { value.dependsOnDepth }

  /// The loss times a number (its kinks are where they were, concave ones become convex under a change of sign).
  public func scaled(by factor: Double) -> ScalarLoss {
    ScalarLoss(
      value: value.scaled(by: factor), derivative: derivative.scaled(by: factor),
      curvature: curvature.scaled(by: factor), depthDerivative: depthDerivative.scaled(by: factor), kinks: kinks)
  }

  /// Slopes just left and right of a kink, by one-sided evaluation.
  func slopes(at kink: Double, depth: Double) -> (left: Double, right: Double) {
    (derivative(depth, kink.nextDown), derivative(depth, kink.nextUp))
  }

  /// Kinks where the slope falls: in a minimisation never stopped at.
  func concaveKinks(depth: Double) -> [Double] {
    kinks.filter {
      let (left, right) = slopes(at: $0, depth: depth)
      return right < left
    }
  }
}
