/// What a rule reads of a sample at every exit below the last.
public struct RuleInputs: Equatable, Sendable {
  /// Columns of the features.
  public let features: Set<Int>
  /// Whether it reads the logits themselves.
  public let logits: Bool

  /// Nothing: a depth known beforehand.
  public static let none = RuleInputs()

  public init(features: Set<Int> = [], logits: Bool = false) {
    self.features = features
    self.logits = logits
  }
}
