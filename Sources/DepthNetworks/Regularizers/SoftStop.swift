/// `L_depth = sum_k pi_k (l_k + c k)` with `pi_k = lambda_k prod_{j<k} (1 - lambda_j)`: the soft relaxation of J itself.
///
/// As the gates harden it tends to J(tau).
public struct SoftStop: DepthRegularizer {
  public let name = "soft-stop"
  /// c.
  public let runningCost: Double
  public init(runningCost: Double) { self.runningCost = runningCost }

  public func evaluate(_ exits: SampleExits, slopes: SampleExitSlopes) -> Double {
    SoftStoppingLaw.forEach(exits.gates) { slopes.losses[$0] += $1 }
    return SoftStoppingLaw.expectation(
      of: { exits.losses[$0] + runningCost * Double($0) }, gates: exits.gates, gateSlopes: slopes.gates)
  }
}

/// The expected depth alone, `sum_k k pi_k`; the losses do not enter.
public struct ExpectedDepth: DepthRegularizer {
  public let name = "expected-depth"
  public init() {}

  public func evaluate(_ exits: SampleExits, slopes: SampleExitSlopes) -> Double {
    SoftStoppingLaw.expectation(of: { Double($0) }, gates: exits.gates, gateSlopes: slopes.gates)
  }
}
