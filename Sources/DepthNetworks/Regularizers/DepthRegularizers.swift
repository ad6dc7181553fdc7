import DepthRuns

/// The regularisers known by name.
public enum DepthRegularizers {
  public static let names = [
    "none", "soft-stop", "expected-depth", "block-worth", "diminishing-gain", "residual-norm", "act", "ponder",
  ]

  /// - Parameter runningCost: c, loss per block: the price of a block in soft-stop, block-worth and act; the weight of the
  ///   divergence in ponder; the others do not use it.
  /// - Throws: `InputError.usage` for an unknown name.
  public static func named(_ name: String, runningCost: Double) throws -> any DepthRegularizer {
    switch name {
    case "none": NoDepthRegularizer()
    case "soft-stop": SoftStop(runningCost: runningCost)
    case "expected-depth": ExpectedDepth()
    case "block-worth": BlockWorth(runningCost: runningCost)
    case "diminishing-gain": DiminishingGain()
    case "residual-norm": ResidualNormDecay()
    case "act": AdaptiveComputationTime(runningCost: runningCost)
    case "ponder": PonderNet(divergenceWeight: runningCost)
    default: throw InputError.unknown(name, kindOfName: "depth regularizer", known: names)
    }
  }

  /// Those that train the gates.
  public static func trainsGates(_ name: String) -> Bool {
    !["none", "diminishing-gain", "residual-norm"].contains(name)
  }
}
