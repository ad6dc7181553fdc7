public import DepthNumerics
public import DepthRuns

/// The monotone case of Chow and Robbins: where `B_k = {g_k <= c + E[g_{k+1} | F_k]}` is absorbing, one-step look-ahead is optimal.
public struct MonotoneCase: Equatable, Sendable {
  /// `P(the rule stops at k although g_k > V_k)`.
  public let violationRate: Interval
  /// J of one-step look-ahead minus V.
  public let regret: Interval
  /// Whether B is absorbing; nil where only the rule itself was compared.
  public let isAbsorbing: Bool?
  /// Share of the samples that enter B and leave it again; nil where it is not estimated.
  public let leavingRate: Double?
  public let howChecked: String

  public init(
    violationRate: Interval, regret: Interval, isAbsorbing: Bool?, leavingRate: Double? = nil, howChecked: String
  ) {
    self.violationRate = violationRate
    self.regret = regret
    self.isAbsorbing = isAbsorbing
    self.leavingRate = leavingRate
    self.howChecked = howChecked
  }

  /// "B absorbing implies regret 0": silent where B is not absorbing or that is not known.
  public var theorem: FiniteDepthReport.Theorem {
    let found =
      "regret \(regret.value) [\(regret.lower), \(regret.upper)], stops too early at a rate of \(violationRate.value)"
    guard isAbsorbing == true else {
      return .silent("B is \(isAbsorbing == false ? "not" : "not known to be") absorbing: \(found); \(howChecked)")
    }
    return FiniteDepthReport.Theorem(
      bound: 0, slack: 0 - regret.value, verdict: regret.lower > 1e-9 ? .violated : .holds,
      reason: "B is absorbing: \(found)")
  }

  public var json: JSONValue {
    [
      "violation_rate": JSONValue(violationRate.value), "violation_rate_lower": JSONValue(violationRate.lower),
      "violation_rate_upper": JSONValue(violationRate.upper), "regret": JSONValue(regret.value),
      "regret_lower": JSONValue(regret.lower), "regret_upper": JSONValue(regret.upper),
      "absorbing": isAbsorbing.map { .bool($0) } ?? .null, "leaving_rate": JSONValue(leavingRate),
      "how_checked": .string(howChecked),
    ]
  }
}
