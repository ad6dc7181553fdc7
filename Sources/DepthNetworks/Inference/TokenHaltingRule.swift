import DepthRuns

/// When a token halts: a rule of what the token's own row shows, exit by exit, so that it is causal in depth, and with a causal
/// network in the tokens too. At the last exit every token halts.
public enum TokenHaltingRule: Equatable, Sendable {
  /// At the first exit where the largest probability reaches the threshold. Reads the head of every exit on the way.
  case confidence(Double)
  /// At the first exit where the gate's halting probability reaches the threshold. Reads every gate on the way and one head.
  case gate(Double)
  /// At given exits, one for each answer in the order of the data. Reads one head.
  case depths([Int])

  /// `confidence` and `gate`, the names that a threshold goes with.
  public static let names = ["confidence", "gate"]

  /// - Throws: `InputError.usage` for an unknown name or a threshold that is no number from 0 to 1.
  public static func named(_ name: String, threshold: Double) throws -> TokenHaltingRule {
    guard (0...1).contains(threshold) else {
      throw InputError.value(threshold, of: "threshold", allowed: "numbers from 0 to 1")
    }
    switch name {
    case "confidence": return .confidence(threshold)
    case "gate": return .gate(threshold)
    default: throw InputError.unknown(name, kindOfName: "rule of tokens", known: names)
    }
  }
}
