public import DepthNumerics
public import DepthRuns

/// How far from optimal a rule is, at most: its objective above, a dual martingale bound below.
///
/// `V_0 >= E min_k (g_k + c k - M_k)` for every martingale M with M_0 = 0 (Rogers, Math. Finance 12 (2002); Haugh and Kogan,
/// Oper. Res. 52 (2004)). V is relative to the filtration that `filtration` names.
public struct DualBracket: Equatable, Sendable {
  /// Something that the lower bound rests on, tested.
  public struct Check: Equatable, Sendable {
    public let name: String
    /// What is tested, and how.
    public let statement: String
    public let statistic: Double
    /// nil where it is no test but a measured size.
    public let probability: Double?
    /// What it leaves open, in units of the objective; nil where it is not priced by itself.
    public let size: Interval?

    public var json: JSONValue {
      [
        "name": .string(name), "statement": .string(statement), "statistic": JSONValue(statistic),
        "p_value": JSONValue(probability), "size": size?.json ?? .null,
      ]
    }
  }

  /// Widening included.
  public let lower: Interval
  public let upper: Interval
  /// Upper over lower, paired.
  public let ratio: Interval
  /// What was subtracted from the dual value; 0 where the martingale is exact.
  public let widening: Double
  /// Whether the martingale is one, so that only sampling error is left.
  public let isExact: Bool
  public let checks: [Check]
  public let lowerKind: String
  public let upperKind: String
  public let filtration: String

  public init(
    lower: Interval, upper: Interval, ratio: Interval, widening: Double, isExact: Bool, checks: [Check],
    lowerKind: String, upperKind: String, filtration: String
  ) {
    (self.lower, self.upper, self.ratio, self.widening) = (lower, upper, ratio, widening)
    (self.isExact, self.checks) = (isExact, checks)
    (self.lowerKind, self.upperKind, self.filtration) = (lowerKind, upperKind, filtration)
  }

  /// `lower`, `upper`, `ratio`, `interval` (from the lower confidence limit of one to the upper of the other), `exact`, `checks`.
  public var json: JSONValue {
    [
      "lower": JSONValue(lower.value), "upper": JSONValue(upper.value), "ratio": JSONValue(ratio.value),
      "ratio_interval": ratio.json, "interval": ["lower": JSONValue(lower.lower), "upper": JSONValue(upper.upper)],
      "lower_confidence": JSONValue(lower.lower), "upper_confidence": JSONValue(upper.upper), "exact": .bool(isExact),
      "widening": JSONValue(widening), "checks": .array(checks.map(\.json)), "lower_kind": .string(lowerKind),
      "upper_kind": .string(upperKind), "filtration": .string(filtration),
    ]
  }

  /// Columns `lower`, `upper`, `ratio` with bounds, `widening`.
  public var table: Table {
    var table = Table(name: "bracket")
    table.add("lower", [lower])
    table.add("upper", [upper])
    table.add("ratio", [ratio])
    table.add("widening", [widening])
    return table
  }
}
