/// `dX = f(t, X) dt + sigma(t, X) dW` on the open interval (lower, upper); ends may be infinite.
///
/// sigma = 0 throughout is a flow on the line; sigma may vanish at the ends.
public struct ScalarDiffusion: Sendable {
  /// What happens at an end of the domain.
  public enum End: String, CaseIterable, Sendable {
    /// Never reached from inside, or at infinity: no condition; the solution of least growth counts there.
    case natural
    /// V' = 0.
    case reflecting
    /// The state stays there and one stops: V = g.
    case absorbing
    /// The drift enters there and the noise vanishes: the equation itself holds at the end.
    case inflow
  }

  /// How the scalar state comes from the user's.
  public enum Reduction: Equatable, Sendable {
    case none
    /// X is the norm of a state in R^d; the interval starts at 0, where the state reflects.
    case radial(dimension: Int)
    /// X is `z = x / sqrt(offset + t)` of a self-similar problem, run in the depth `s = ln((offset + t) / offset)`: the
    /// user's boundary is `z* sqrt(offset + t)`, the user's V(t, x) is `v(z) / sqrt(offset + t)`.
    case selfSimilar(offset: Double)

    var stateDimension: Int {
      switch self {
      case .none, .selfSimilar: 1
      case .radial(let dimension): dimension
      }
    }

    /// What V of the scalar problem is multiplied with to be the user's at a depth.
    func valueFactor(depth: Double) -> Double {
      if case .selfSimilar(let offset) = self { return 1 / (offset + depth).squareRoot() }
      return 1
    }
  }

  public let drift: ScalarFunction
  /// sigma >= 0.
  public let diffusion: ScalarFunction
  public let lower: Double
  public let upper: Double
  public let lowerEnd: End
  public let upperEnd: End
  public let reduction: Reduction
  /// The exact transition, where it is known in closed form: what integral equations and block-wise stopping use.
  public let law: TransitionLaw?
  /// The exact transition over a block; by default what `law` says.
  public let transition: ExactTransition?

  public init(
    drift: ScalarFunction, diffusion: ScalarFunction, lower: Double, upper: Double, lowerEnd: End = .natural,
    upperEnd: End = .natural, reduction: Reduction = .none, law: TransitionLaw? = nil,
    transition: ExactTransition? = nil
  ) {
    precondition(lower < upper, "interval (\(lower), \(upper)) is empty")
    self.drift = drift
    self.diffusion = diffusion
    self.lower = lower
    self.upper = upper
    self.lowerEnd = lowerEnd
    self.upperEnd = upperEnd
    self.reduction = reduction
    self.law = law
    self.transition = transition ?? law.map { .gaussian($0) }
  }

  /// Whether drift or noise change with depth.
  public var dependsOnDepth: Bool { drift.dependsOnDepth || diffusion.dependsOnDepth }
}
