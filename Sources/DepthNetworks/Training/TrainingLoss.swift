/// The loss that training minimises, of one sample: `sum_k w_k [(1 - delta) l_k + delta D_k] + alpha R`.
///
/// l_k is the cross-entropy of exit k, D_k the cross-entropy against the last exit's probabilities (held fixed; at the last exit
/// itself D is l), R a depth regulariser.
struct TrainingLoss: Sendable {
  /// w_k, L + 1.
  var exitWeights: [Double]
  /// delta.
  var distillation: Double
  var regularizer: any DepthRegularizer
  /// alpha.
  var regularizationWeight: Double

  /// The share of an exit's weight that goes to the last exit's probabilities.
  func distilledWeight(_ exit: Int) -> Double {
    exit == exitWeights.count - 1 ? 0 : exitWeights[exit] * distillation
  }
}

/// How the exits' losses are weighted; the weights sum to one, so that a network's depth does not change its loss's scale.
public enum ExitWeighting: String, CaseIterable, Sendable {
  case uniform
  /// Proportional to k + 1.
  case linear
  /// The last exit alone.
  case last

  func weights(exits: Int) -> [Double] {
    switch self {
    case .uniform: return [Double](repeating: 1 / Double(exits), count: exits)
    case .linear:
      let total = Double(exits * (exits + 1)) / 2
      return (1...exits).map { Double($0) / total }
    case .last: return (1...exits).map { $0 == exits ? 1 : 0 }
    }
  }
}
