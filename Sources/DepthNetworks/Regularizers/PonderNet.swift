import Foundation

/// `sum_k pi_k l_k + beta KL(pi || q)` with q geometric, `q_k = p (1 - p)^k`, its tail at the last exit.
///
/// Source: Banino, Balaguer and Blundell, PonderNet, arXiv 2107.05407, equation 3 (there p = lambda_p).
public struct PonderNet: DepthRegularizer {
  public let name = "ponder"
  /// beta.
  public let divergenceWeight: Double
  /// p.
  public let priorProbability: Double

  public init(divergenceWeight: Double, priorProbability: Double = 0.2) {
    precondition(priorProbability > 0 && priorProbability < 1, "a prior probability of \(priorProbability)")
    self.divergenceWeight = divergenceWeight
    self.priorProbability = priorProbability
  }

  public func evaluate(_ exits: SampleExits, slopes: SampleExitSlopes) -> Double {
    let (blocks, stay, stop) = (exits.blocks, log(1 - priorProbability), log(priorProbability))
    func logPrior(_ k: Int) -> Double { Double(k) * stay + (k < blocks ? stop : 0) }
    // pi ln pi is taken as 0 below the least probability that a double's logarithm is good for
    func logRatio(_ k: Int, _ probability: Double) -> Double { log(max(probability, 1e-300)) - logPrior(k) }
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: blocks + 1) { payoff in
      SoftStoppingLaw.forEach(exits.gates) { k, probability in
        slopes.losses[k] += probability
        let ratio = logRatio(k, probability)
        payoff[k] = exits.losses[k] + divergenceWeight * ratio
      }
      // the value is the expected payoff itself; its derivative has a constant beta more, which sums to nothing
      // because the pi_k sum to one
      return SoftStoppingLaw.expectation(of: { payoff[$0] }, gates: exits.gates, gateSlopes: slopes.gates)
    }
  }
}
