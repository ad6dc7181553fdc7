/// The variational inequality of a scalar problem, always minimised: what grid, collocation and certificate methods solve.
///
/// `V <= g`, `V_t + f V' + (sigma^2 / 2) V'' - r V + c >= 0`, one of them an equality at every (t, x). A maximised problem
/// enters with g negated; `sign` turns values back. With a horizon, `V(T, x) = g(T, x)`.
public struct VariationalInequality: Sendable {
  public let drift: ScalarFunction
  /// sigma.
  public let diffusion: ScalarFunction
  /// r.
  public let discount: ScalarFunction
  /// c.
  public let cost: ScalarFunction
  /// g, negated where the problem is maximised.
  public let loss: ScalarLoss
  public let lower: Double
  public let upper: Double
  public let lowerEnd: ScalarDiffusion.End
  public let upperEnd: ScalarDiffusion.End
  public let horizon: Double?
  /// What the problem's author vouches for; nil where nothing.
  public let structure: PolynomialStructure?
  /// The user's V is `sign` times the V of this inequality.
  public let sign: Double
  /// From the user's state to x here; V here is the user's over the map's scale.
  let map: StateMap

  /// nil unless the problem is a scalar diffusion.
  public init?(_ problem: StoppingProblem) {
    guard case .diffusion(let process, let loss) = problem.dynamics else { return nil }
    (drift, diffusion) = (process.drift, process.diffusion)
    (lower, upper, lowerEnd, upperEnd) = (process.lower, process.upper, process.lowerEnd, process.upperEnd)
    discount = problem.discount
    cost = problem.cost.function
    sign = problem.sign
    self.loss = loss.scaled(by: problem.sign)
    horizon = problem.horizon
    structure = problem.structure
    map = .identity
  }

  /// In the problem's scaled form, where its author gives one and it is stationary.
  init?(scaled problem: StoppingProblem) {
    guard let form = problem.form, problem.horizon == nil else { return nil }
    (drift, diffusion, discount, cost) = (form.drift, form.diffusion, form.discount, form.cost)
    (lower, upper, lowerEnd, upperEnd) = (form.lower, form.upper, form.lowerEnd, form.upperEnd)
    sign = problem.sign
    loss = form.loss.scaled(by: problem.sign)
    horizon = nil
    structure = form.structure
    map = form.map
  }

  /// Whether any coefficient or the loss changes with depth.
  public var dependsOnDepth: Bool {
    drift.dependsOnDepth || diffusion.dependsOnDepth || discount.dependsOnDepth || cost.dependsOnDepth
      || loss.dependsOnDepth
  }

  /// V does not depend on depth: no horizon, nothing that changes.
  public var isStationary: Bool { horizon == nil && !dependsOnDepth }

  /// `g_t + L g - r g + c`: negative where one must continue (away from kinks; a concave kink counts as minus infinity).
  public func lookAhead(_ depth: Double, _ x: Double) -> Double {
    let sigma = diffusion(depth, x)
    let transport = loss.depthDerivative(depth, x) + drift(depth, x) * loss.derivative(depth, x)
    return transport + 0.5 * sigma * sigma * loss.curvature(depth, x) - discount(depth, x) * loss.value(depth, x)
      + cost(depth, x)
  }
}
