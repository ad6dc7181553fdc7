import DepthStopping

/// Inputs in single precision, and what they are.
extension Dataset {
  public var inputs: [Float] { features.map { Float($0) } }
  public var inputShape: InputShape { .vector(featureCount) }
  public var inputCount: Int { featureCount }
}
