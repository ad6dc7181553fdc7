/// `sum_k S_{k+1} [l_{k+1} - l_k + c]^+`: each block must earn its cost where it is reached.
///
/// `S_{k+1} = prod_{j<=k} (1 - lambda_j)` is the probability that block k runs. At the hinge's corner the derivative is zero.
public struct BlockWorth: DepthRegularizer {
  public let name = "block-worth"
  /// c.
  public let runningCost: Double
  public init(runningCost: Double) { self.runningCost = runningCost }

  public func evaluate(_ exits: SampleExits, slopes: SampleExitSlopes) -> Double {
    let (losses, gates, blocks) = (exits.losses, exits.gates, exits.blocks)
    func hinge(_ k: Int) -> Double { max(0, losses[k + 1] - losses[k] + runningCost) }
    var survival = 1.0
    for k in 0..<blocks {
      slopes.gates[k] -= survival
      survival *= 1 - gates[k]
      guard hinge(k) > 0 else { continue }
      slopes.losses[k + 1] += survival
      slopes.losses[k] -= survival
    }
    // tail_k: the sum from block k on, given that exit k was reached; d tail_k / d lambda_k = -(hinge_k + tail_{k+1})
    var tail = 0.0
    for k in stride(from: blocks - 1, through: 0, by: -1) {
      let running = hinge(k) + tail
      slopes.gates[k] *= running
      tail = (1 - gates[k]) * running
    }
    return tail
  }
}
