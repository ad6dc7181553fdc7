public import DepthRuns

/// A depth rule: a stopping time tau of the filtration that the paths' features generate.
///
/// Rules are causal: tau_i may depend on what sample i shows at exits 0...tau_i and on what was fitted beforehand,
/// never on later exits or on losses of the sample itself. `Oracle` alone sees labels, and says so.
public protocol StoppingRule: Sendable {
  /// Kebab-case name: "one-step-look-ahead".
  var name: String { get }

  /// Whether the rule uses the label or the loss of the sample it stops: then it is a lower bound, not a rule.
  var seesLabels: Bool { get }

  /// Which heads and gates it computes on the way.
  var reading: ExitReading { get }

  /// What fitting chose, and on how many samples: for reports.
  var parameters: [String: JSONValue] { get }

  /// tau of every sample, in 0...L.
  func stoppingDepths(_ paths: StoppingPaths) -> [Int]
}

extension StoppingRule {
  public var seesLabels: Bool { false }
  public var reading: ExitReading { .heads }
  public var parameters: [String: JSONValue] { [:] }
}
