/// `sum_k [gain_{k+1} - gain_k]^+` with `gain_k = l_k - l_{k+1}`: a later block must not gain more than the one before.
///
/// It makes the problem monotone, so that looking one block ahead is enough; the gates do not enter.
public struct DiminishingGain: DepthRegularizer {
  public let name = "diminishing-gain"
  public init() {}

  public func evaluate(_ exits: SampleExits, slopes: SampleExitSlopes) -> Double {
    var total = 0.0
    guard exits.blocks > 1 else { return 0 }
    for k in 0..<(exits.blocks - 1) {
      let excess = 2 * exits.losses[k + 1] - exits.losses[k] - exits.losses[k + 2]
      guard excess > 0 else { continue }
      total += excess
      slopes.losses[k] -= 1
      slopes.losses[k + 1] += 2
      slopes.losses[k + 2] -= 1
    }
    return total
  }
}
