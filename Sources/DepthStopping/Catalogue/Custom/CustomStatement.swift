/// A stopping problem as its user typed it: `custom`.
///
/// Expressions in x (y, z; or x1, x2, ...), t and the parameters' names; see `ScalarExpression` for the language.
public struct CustomStatement: Sendable {
  /// One per dimension.
  public var drift: [String]
  /// sigma, one per dimension; empty for none.
  public var diffusion: [String]
  /// g; a reward where `maximizes`.
  public var stoppingLoss: String
  /// c.
  public var runningCost: String
  /// r.
  public var discount: String
  /// (lower, upper) per dimension; empty for the whole line.
  public var domain: [(lower: Double, upper: Double)]
  /// What happens at the two ends of a one-dimensional domain; nil to decide by the coefficients.
  public var ends: (lower: ScalarDiffusion.End?, upper: ScalarDiffusion.End?)
  public var horizon: Double?
  public var maximizes: Bool
  public var parameters: [(name: String, value: Double)]

  public init(
    drift: [String], diffusion: [String] = [], stoppingLoss: String, runningCost: String = "0", discount: String = "0",
    domain: [(lower: Double, upper: Double)] = [],
    ends: (lower: ScalarDiffusion.End?, upper: ScalarDiffusion.End?) = (nil, nil), horizon: Double? = nil,
    maximizes: Bool = false, parameters: [(name: String, value: Double)] = []
  ) {
    self.drift = drift
    self.diffusion = diffusion
    self.stoppingLoss = stoppingLoss
    self.runningCost = runningCost
    self.discount = discount
    self.domain = domain
    self.ends = ends
    self.horizon = horizon
    self.maximizes = maximizes
    self.parameters = parameters
  }
}
