/// Independent opportunities, one a block: at stage i there is one with probability p_i, worth w_i if taken; after the last
/// stage `fallback` remains. Success or nothing: `secretary`, `parking`.
public struct OpportunitySequence: Equatable, Sendable {
  /// How stages are counted outside.
  public enum Label: Equatable, Sendable {
    /// 1, 2, ..., n.
    case counting
    /// n - 1, ..., 1, 0.
    case remaining
  }

  /// p_i.
  public let probabilities: [Double]
  /// w_i, a loss or a reward as the problem's sense says.
  public let worths: [Double]
  public let fallback: Double
  public let label: Label

  public init(probabilities: [Double], worths: [Double], fallback: Double, label: Label) {
    precondition(
      !worths.isEmpty && probabilities.count == worths.count, "\(probabilities.count) chances, \(worths.count) worths")
    precondition(probabilities.allSatisfy { $0 >= 0 && $0 <= 1 }, "a probability outside [0, 1]")
    self.probabilities = probabilities
    self.worths = worths
    self.fallback = fallback
    self.label = label
  }

  public var stageCount: Int { worths.count }

  /// The label of a stage.
  public func name(_ stage: Int) -> Double {
    switch label {
    case .counting: Double(stage + 1)
    case .remaining: Double(stageCount - 1 - stage)
    }
  }

  /// The stage of a label; nil where there is none.
  public func stage(named label: Double) -> Int? {
    guard let whole = Int(exactly: label) else { return nil }
    let stage = self.label == .counting ? whole - 1 : stageCount - 1 - whole
    return worths.indices.contains(stage) ? stage : nil
  }
}
