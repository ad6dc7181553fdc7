import DepthNumerics
import DepthRuns
import DepthStopping

/// How judged rules are written down, the same in every table and object.
enum RuleTable {
  /// Tidy: `rule`, `running_cost`, then `objective`, `accuracy`, `expected_stopping_depth`, `stopping_loss` and `operations` with bounds,
  /// `sees_labels`.
  static func table(_ rules: [RuleEvaluation], runningCost: Double, name: String) -> Table {
    let missing = Interval(value: .nan, lower: .nan, upper: .nan)
    var table = Table(name: name)
    table.add("rule", rules.map(\.name))
    table.add("running_cost", rules.map { _ in runningCost })
    table.add("objective", rules.map(\.objective))
    table.add("accuracy", rules.map { $0.accuracy ?? missing })
    table.add("expected_stopping_depth", rules.map(\.expectedStoppingDepth))
    table.add("stopping_loss", rules.map(\.stoppingLoss))
    table.add("operations", rules.map { $0.operations ?? missing })
    table.add("sees_labels", rules.map { $0.seesLabels ? "yes" : "no" })
    return table
  }

  static func json(_ rule: RuleEvaluation) -> [String: JSONValue] {
    members(
      rule.name, rule.seesLabels, rule.objective, rule.accuracy, rule.expectedStoppingDepth, rule.stoppingLoss,
      rule.operations
    ).merging(["parameters": .object(rule.parameters)]) { $1 }
  }

  static func members(
    _ name: String, _ seesLabels: Bool, _ objective: Interval, _ accuracy: Interval?, _ depth: Interval,
    _ loss: Interval,
    _ operations: Interval?
  ) -> [String: JSONValue] {
    [
      "name": .string(name), "objective": JSONValue(objective.value), "accuracy": JSONValue(accuracy?.value),
      "expected_stopping_depth": [
        [
          "at": .null, "value": JSONValue(depth.value), "lower": JSONValue(depth.lower),
          "upper": JSONValue(depth.upper),
        ]
      ],
      "operations": JSONValue(operations?.value), "sees_labels": .bool(seesLabels), "achievable": .bool(!seesLabels),
      "intervals": [
        "objective": objective.json, "accuracy": accuracy?.json ?? .null, "expected_stopping_depth": depth.json,
        "stopping_loss": loss.json, "operations": operations?.json ?? .null,
      ],
    ]
  }
}

extension RuleCurve.Point {
  var json: JSONValue {
    [
      "name": .string(rule), "parameter": JSONValue(parameter), "expected_stopping_depth": expectedStoppingDepth.json,
      "accuracy": accuracy?.json ?? .null, "stopping_loss": stoppingLoss.json, "operations": JSONValue(operations),
    ]
  }
}
