import DepthStopping

/// Inputs in single precision, and what they are.
extension Dataset {
  var inputs: [Float] { features.map { Float($0) } }
  var inputShape: InputShape { .vector(featureCount) }
  var inputCount: Int { featureCount }
}
