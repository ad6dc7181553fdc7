import DepthStopping

/// Sequence-level halting on recorded paths: all answers of a sequence stop at the first exit where the mean of a feature over them
/// reaches a threshold. Nobody sees a copied state, so the recorded full-depth path is what it does.
public struct SequenceHalting: Equatable, Sendable {
  public let threshold: Double
  /// tau of each sequence, in the order of ascending groups.
  public let depths: [Int]

  /// Candidates, spread evenly over the mean depths that there are.
  private static let thresholds = 401

  /// The threshold whose mean depth on these paths is nearest to `meanDepth`; labels and losses play no part in the choice.
  ///
  /// - Throws: `InputError.usage` when the paths lack the feature.
  public init(_ paths: StoppingPaths, feature: String, meanDepth: Double) throws {
    let sequences = paths.averagedByGroup()
    let rules = try ThresholdRule.spread(
      feature, feature: feature, stopsAbove: true, over: sequences, count: Self.thresholds)
    var best: (rule: ThresholdRule, depths: [Int], distance: Double)?
    for rule in rules {
      let depths = rule.stoppingDepths(sequences)
      let distance = abs(Double(depths.reduce(0, +)) / Double(depths.count) - meanDepth)
      if distance < best?.distance ?? .infinity { best = (rule, depths, distance) }
    }
    threshold = best?.rule.threshold ?? .infinity
    depths = best?.depths ?? [Int](repeating: paths.blockCount, count: sequences.sampleCount)
  }
}
