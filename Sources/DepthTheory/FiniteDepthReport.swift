public import DepthNumerics
public import DepthRuns
import DepthStopping

/// The finite-depth theorem, hypothesis by hypothesis and bound by bound. Never claims more than the data allow.
public struct FiniteDepthReport: Equatable, Sendable {
  public enum Verdict: String, Sendable {
    case holds
    case violated
    /// The theorem is silent, not refuted.
    case hypothesesNotMet = "hypotheses-not-met"
  }

  /// One hypothesis: what it says, how it was checked, whether it is met.
  public struct Hypothesis: Equatable, Sendable {
    public let name: String
    public let statement: String
    public let howChecked: String
    public let isMet: Bool
    /// The number that it rests on with its uncertainty; nil where there is none.
    public let estimate: Interval?

    public init(name: String, statement: String, howChecked: String, isMet: Bool, estimate: Interval? = nil) {
      self.name = name
      self.statement = statement
      self.howChecked = howChecked
      self.isMet = isMet
      self.estimate = estimate
    }
  }

  /// One theorem: its right-hand side (nil when infinite or not defined), the slack and the verdict with its reason.
  public struct Theorem: Equatable, Sendable {
    public let bound: Double?
    /// Bound minus left-hand side.
    public let slack: Double?
    /// Of the slack; nil where the slack is exact or there is none.
    public let slackInterval: Interval?
    public let verdict: Verdict
    public let reason: String

    public init(
      bound: Double?, slack: Double?, slackInterval: Interval? = nil, verdict: Verdict, reason: String
    ) {
      self.bound = bound
      self.slack = slack
      self.slackInterval = slackInterval
      self.verdict = verdict
      self.reason = reason
    }

    /// A theorem whose hypotheses do not hold, or are not known to.
    public static func silent(_ reason: String) -> Theorem {
      Theorem(bound: nil, slack: nil, verdict: .hypothesesNotMet, reason: reason)
    }
  }

  /// Which filtration the statements are relative to.
  public let filtration: String
  public let runningCost: Double
  public let hypotheses: [Hypothesis]
  /// `E tau*` or that of the rule named in `filtration`; nil where unknown.
  public let expectedStoppingDepth: Interval?
  /// T1: `E tau* <= (E g_0 - inf g) / c`.
  public let budget: Theorem
  /// T2: `tau* <= K(c)` almost surely.
  public let horizon: Theorem
  /// T3: `E tau* <= (1/c) sum_{k < K(c)} max(delta_k, 0)`.
  public let gainSum: Theorem
  /// `V^N` against N; nil where it was not looked at.
  public let truncation: Truncation?
  /// One-step look-ahead against the optimum; nil where it was not looked at.
  public let monotone: MonotoneCase?
  /// Further findings as key-value pairs.
  public let findings: [String: JSONValue]

  public init(
    filtration: String, runningCost: Double, hypotheses: [Hypothesis], expectedStoppingDepth: Interval?,
    budget: Theorem, horizon: Theorem, gainSum: Theorem, truncation: Truncation? = nil, monotone: MonotoneCase? = nil,
    findings: [String: JSONValue] = [:]
  ) {
    self.filtration = filtration
    self.runningCost = runningCost
    self.hypotheses = hypotheses
    self.expectedStoppingDepth = expectedStoppingDepth
    self.budget = budget
    self.horizon = horizon
    self.gainSum = gainSum
    self.truncation = truncation
    self.monotone = monotone
    self.findings = findings
  }

  public var theorems: [(name: String, theorem: Theorem)] { [("T1", budget), ("T2", horizon), ("T3", gainSum)] }

  /// T1 to T3, and what was found of truncation and the monotone case.
  public var statements: [(name: String, theorem: Theorem)] {
    theorems + (truncation.map { [("truncation", $0.theorem)] } ?? [])
      + (monotone.map { [("monotone-case", $0.theorem)] } ?? [])
  }

  public var json: [String: JSONValue] {
    func members(_ value: (Theorem) -> JSONValue) -> JSONValue {
      .object(Dictionary(uniqueKeysWithValues: statements.map { ($0.name, value($0.theorem)) }))
    }
    var findings = findings
    if let monotone { findings["monotone_case"] = monotone.json }
    if let truncation { findings["truncation"] = truncation.table.json }
    return [
      "filtration": .string(filtration), "running_cost": JSONValue(runningCost),
      "hypotheses": .array(
        hypotheses.map {
          [
            "name": .string($0.name), "statement": .string($0.statement), "how_checked": .string($0.howChecked),
            "met": .bool($0.isMet), "estimate": $0.estimate?.json ?? .null,
          ]
        }),
      "budget_bound": JSONValue(budget.bound), "horizon_bound": JSONValue(horizon.bound),
      "gain_sum_bound": JSONValue(gainSum.bound), "findings": .object(findings),
      "slack": members { JSONValue($0.slack) }, "slack_interval": members { $0.slackInterval?.json ?? .null },
      "verdicts": .object(
        Dictionary(uniqueKeysWithValues: theorems.map { ($0.name, .string($0.theorem.verdict.rawValue)) })),
      "statement_verdicts": members { .string($0.verdict.rawValue) }, "reasons": members { .string($0.reason) },
      "expected_stopping_depth": .array(
        expectedStoppingDepth.map {
          [["at": .null, "value": JSONValue($0.value), "lower": JSONValue($0.lower), "upper": JSONValue($0.upper)]]
        } ?? []),
    ]
  }

  /// Columns `theorem`, `bound`, `expected_stopping_depth`, `slack`, `slack_lower`, `slack_upper`, `verdict`, `reason`.
  public var table: Table {
    let statements = statements.map(\.theorem)
    var table = Table(name: "finite-depth")
    table.add("theorem", self.statements.map(\.name))
    table.add("bound", statements.map { $0.bound ?? .nan })
    table.add("expected_stopping_depth", statements.map { _ in expectedStoppingDepth?.value ?? .nan })
    table.add("slack", statements.map { $0.slack ?? .nan })
    table.add("slack_lower", statements.map { $0.slackInterval?.lower ?? $0.slack ?? .nan })
    table.add("slack_upper", statements.map { $0.slackInterval?.upper ?? $0.slack ?? .nan })
    table.add("verdict", statements.map(\.verdict.rawValue))
    table.add("reason", statements.map(\.reason))
    return table
  }

  /// Columns `hypothesis`, `met`, `estimate`, `estimate_lower`, `estimate_upper`, `statement`, `how_checked`.
  public var hypothesisTable: Table {
    let missing = Interval(value: .nan, lower: .nan, upper: .nan)
    var table = Table(name: "hypotheses")
    table.add("hypothesis", hypotheses.map(\.name))
    table.add("met", hypotheses.map { $0.isMet ? "yes" : "no" })
    table.add("estimate", hypotheses.map { $0.estimate ?? missing })
    table.add("statement", hypotheses.map(\.statement))
    table.add("how_checked", hypotheses.map(\.howChecked))
    return table
  }
}
