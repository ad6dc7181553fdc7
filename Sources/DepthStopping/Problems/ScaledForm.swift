/// A stationary scalar problem in a coordinate and a scale in which its coefficients are tame: `V(x) = m(z) W(z)`, `z = z(x)`
/// increasing, W the value of a problem of the same kind.
///
/// Posteriors need it: near 0 and 1 the probability itself has no digits left, the odds `z = x/(1 - x)` with `m = 1/(1 + z)`
/// have all of them. The unit cost of depth becomes 1/m, which must be monotone; `structure` speaks of the coefficients in z.
/// Source: the change of measure in Peskir and Shiryaev (2006), sections 21 and 22.
public struct ScaledForm: Sendable {
  public let drift: ScalarFunction
  public let diffusion: ScalarFunction
  public let discount: ScalarFunction
  public let cost: ScalarFunction
  /// g/m; a reward where the problem is maximised.
  public let loss: ScalarLoss
  public let lower: Double
  public let upper: Double
  public let lowerEnd: ScalarDiffusion.End
  public let upperEnd: ScalarDiffusion.End
  public let structure: PolynomialStructure
  public let map: StateMap

  public init(
    drift: ScalarFunction, diffusion: ScalarFunction, discount: ScalarFunction, cost: ScalarFunction, loss: ScalarLoss,
    lower: Double, upper: Double, lowerEnd: ScalarDiffusion.End = .natural, upperEnd: ScalarDiffusion.End = .natural,
    structure: PolynomialStructure, map: StateMap
  ) {
    self.drift = drift
    self.diffusion = diffusion
    self.discount = discount
    self.cost = cost
    self.loss = loss
    self.lower = lower
    self.upper = upper
    self.lowerEnd = lowerEnd
    self.upperEnd = upperEnd
    self.structure = structure
    self.map = map
  }
}

/// Between a problem's own state x and the coordinate z it is solved in.
public enum StateMap: Equatable, Sendable {
  case identity
  /// A probability as odds, `z = x/(1 - x)`, with `m = 1/(1 + z)`.
  case odds

  /// z(x).
  func coordinate(_ x: Double) -> Double { self == .odds ? x / (1 - x) : x }

  /// x(z).
  func state(_ z: Double) -> Double { self == .odds ? (z.isFinite ? z / (1 + z) : 1) : z }

  /// dx/dz.
  func slope(_ z: Double) -> Double { self == .odds ? 1 / ((1 + z) * (1 + z)) : 1 }

  /// m(z).
  func scale(_ z: Double) -> Double { self == .odds ? 1 / (1 + z) : 1 }

  /// 1/m(z): what one unit of depth counts in W.
  var unitCost: ScalarFunction {
    self == .odds ? ScalarFunction { _, z in 1 + z } : ScalarFunction(constant: 1)
  }
}
