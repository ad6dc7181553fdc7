public import DepthNumerics
public import DepthRuns

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

    public init(name: String, statement: String, howChecked: String, isMet: Bool) {
      self.name = name
      self.statement = statement
      self.howChecked = howChecked
      self.isMet = isMet
    }
  }

  /// One theorem: its right-hand side (nil when infinite or not defined), the slack and the verdict with its reason.
  public struct Theorem: Equatable, Sendable {
    public let bound: Double?
    /// Bound minus left-hand side.
    public let slack: Double?
    public let verdict: Verdict
    public let reason: String

    public init(bound: Double?, slack: Double?, verdict: Verdict, reason: String) {
      self.bound = bound
      self.slack = slack
      self.verdict = verdict
      self.reason = reason
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
  /// Further findings as key-value pairs: monotone case, decay fits, truncation.
  public let findings: [String: JSONValue]

  public init(
    filtration: String, runningCost: Double, hypotheses: [Hypothesis], expectedStoppingDepth: Interval?,
    budget: Theorem,
    horizon: Theorem, gainSum: Theorem, findings: [String: JSONValue] = [:]
  ) {
    self.filtration = filtration
    self.runningCost = runningCost
    self.hypotheses = hypotheses
    self.expectedStoppingDepth = expectedStoppingDepth
    self.budget = budget
    self.horizon = horizon
    self.gainSum = gainSum
    self.findings = findings
  }

  public var theorems: [(name: String, theorem: Theorem)] { [("T1", budget), ("T2", horizon), ("T3", gainSum)] }

  public var json: [String: JSONValue] {
    var members: [String: JSONValue] = [
      "filtration": .string(filtration), "running_cost": JSONValue(runningCost),
      "hypotheses": .array(
        hypotheses.map {
          [
            "name": .string($0.name), "statement": .string($0.statement), "how_checked": .string($0.howChecked),
            "met": .bool($0.isMet),
          ]
        }),
      "budget_bound": JSONValue(budget.bound), "horizon_bound": JSONValue(horizon.bound),
      "gain_sum_bound": JSONValue(gainSum.bound), "findings": .object(findings),
      "slack": .object(Dictionary(uniqueKeysWithValues: theorems.map { ($0.name, JSONValue($0.theorem.slack)) })),
      "verdicts": .object(
        Dictionary(uniqueKeysWithValues: theorems.map { ($0.name, .string($0.theorem.verdict.rawValue)) })),
      "reasons": .object(Dictionary(uniqueKeysWithValues: theorems.map { ($0.name, .string($0.theorem.reason)) })),
    ]
    members["expected_stopping_depth"] = .array(
      expectedStoppingDepth.map {
        [["at": .null, "value": JSONValue($0.value), "lower": JSONValue($0.lower), "upper": JSONValue($0.upper)]]
      } ?? [])
    return members
  }

  /// Columns `theorem`, `bound`, `expected_stopping_depth`, `slack`, `verdict`, `reason`.
  public var table: Table {
    var table = Table(name: "finite-depth")
    table.add("theorem", theorems.map(\.name))
    table.add("bound", theorems.map { $0.theorem.bound ?? .nan })
    table.add("expected_stopping_depth", theorems.map { _ in expectedStoppingDepth?.value ?? .nan })
    table.add("slack", theorems.map { $0.theorem.slack ?? .nan })
    table.add("verdict", theorems.map { $0.theorem.verdict.rawValue })
    table.add("reason", theorems.map { $0.theorem.reason })
    return table
  }

  /// Columns `hypothesis`, `met`, `statement`, `how_checked`.
  public var hypothesisTable: Table {
    var table = Table(name: "hypotheses")
    table.add("hypothesis", hypotheses.map(\.name))
    table.add("met", hypotheses.map { $0.isMet ? "yes" : "no" })
    table.add("statement", hypotheses.map(\.statement))
    table.add("how_checked", hypotheses.map(\.howChecked))
    return table
  }
}
