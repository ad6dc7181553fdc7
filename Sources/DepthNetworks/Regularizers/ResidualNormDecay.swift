/// `sum_k ||f_k(h_k)||^2 / eps_k^2` with `eps_k = sqrt(d_k) rho^k`: residuals that decay geometrically.
///
/// It encourages diminishing returns where the head is shared and bounded; with a head per block `||f_k|| -> 0` alone proves
/// nothing (theory.md section 1). Neither losses nor gates enter.
public struct ResidualNormDecay: DepthRegularizer {
  public let name = "residual-norm"
  /// rho.
  public let decayRatio: Double

  public init(decayRatio: Double = 0.9) {
    precondition(decayRatio > 0 && decayRatio <= 1, "a ratio of \(decayRatio)")
    self.decayRatio = decayRatio
  }

  public var usesResidualSquares: Bool { true }

  public func evaluate(_ exits: SampleExits, slopes: SampleExitSlopes) -> Double {
    let growth = 1 / (decayRatio * decayRatio)
    var (total, weight) = (0.0, 1.0)
    for k in 0..<exits.blocks {
      // rho^-2k would overflow in networks of thousands of blocks
      defer { weight = min(1e12, weight * growth) }
      total += weight * exits.residualSquares[k]
      slopes.residualSquares[k] += weight
    }
    return total
  }
}
