/// Adaptive computation time: `sum_k p_k l_k + c (N + R)`, the expected loss and the ponder cost.
///
/// N is the first exit at which the gates' sum reaches 1 - 0.01 (L if none), `p_k = lambda_k` for k < N, `p_N = R`, with the
/// remainder `R = 1 - sum_{k<N} lambda_k`. N is held fixed in the derivative, as in the paper; the paper weights states where we
/// weight losses, because every exit has a head. Source: Graves, arXiv 1603.08983, equations 6-14.
public struct AdaptiveComputationTime: DepthRegularizer {
  public let name = "act"
  /// c, the paper's tau.
  public let runningCost: Double
  public init(runningCost: Double) { self.runningCost = runningCost }

  public func evaluate(_ exits: SampleExits, slopes: SampleExitSlopes) -> Double {
    var (last, sum) = (0, 0.0)
    while last < exits.blocks, sum + exits.gates[last] < 0.99 {
      sum += exits.gates[last]
      last += 1
    }
    let remainder = 1 - sum
    var total = runningCost * (Double(last) + remainder) + remainder * exits.losses[last]
    slopes.losses[last] += remainder
    for k in 0..<last {
      total += exits.gates[k] * exits.losses[k]
      slopes.losses[k] += exits.gates[k]
      slopes.gates[k] += exits.losses[k] - exits.losses[last] - runningCost
    }
    return total
  }
}
