public import DepthNumerics
public import DepthRuns
import DepthStopping

/// The same comparison on several runs, seeds of one training: intervals over seeds and samples.
///
/// Every run fits its rules on its own fit part and is judged on its own test part. With the same test samples in every run
/// seeds and samples are crossed, else each seed has its own (`ReplicatedMean`).
public struct ReplicatedComparison: Sendable {
  /// A rule over all runs.
  public struct Rule: Sendable {
    public let name: String
    public let seesLabels: Bool
    public let objective: Interval
    /// nil without labels.
    public let accuracy: Interval?
    public let expectedStoppingDepth: Interval
    public let stoppingLoss: Interval
    /// nil where the paths do not tell.
    public let operations: Interval?
    /// `J(rule) - J(baseline)`, paired over samples and seeds.
    public let difference: Interval
  }

  public let names: [String]
  public let runs: [DepthComparison]
  public let design: ReplicatedMean.Design
  public let rules: [Rule]

  /// - Throws: `InputError.data` when the runs' comparisons are not of the same rules or depth.
  public init(_ runs: [(name: String, comparison: DepthComparison)]) throws {
    precondition(!runs.isEmpty, "no runs")
    let comparisons = runs.map(\.comparison)
    let evaluations = comparisons.map(\.allRules)
    let first = evaluations[0]
    for (run, own) in zip(runs, evaluations) {
      guard own.map(\.name) == first.map(\.name), own[0].law.count == first[0].law.count,
        own.map(\.correct.isEmpty) == first.map(\.correct.isEmpty),
        own.map(\.operationCounts.isEmpty) == first.map(\.operationCounts.isEmpty)
      else {
        throw InputError.data(
          "\(run.name): its blocks or recorded columns differ from those of \(runs[0].name); replicates are runs of one "
            + "configuration with other seeds")
      }
    }
    let labels = comparisons[0].testLabels
    let isCrossed = !labels.isEmpty && comparisons.allSatisfy { $0.testLabels == labels }
    let design = isCrossed ? ReplicatedMean.Design.crossed : .nested
    func interval(_ values: (RuleEvaluation) -> [Double], _ rule: Int) -> Interval {
      ReplicatedMean.interval(evaluations.map { values($0[rule]) }, design: design)
    }
    names = runs.map(\.name)
    self.runs = comparisons
    self.design = design
    let baseline = first.firstIndex { $0.name == comparisons[0].baseline } ?? 0
    rules = first.indices.map { index in
      Rule(
        name: first[index].name, seesLabels: first[index].seesLabels, objective: interval(\.costs, index),
        accuracy: first[index].accuracy == nil ? nil : interval(\.correct, index),
        expectedStoppingDepth: interval({ $0.depths.map(Double.init) }, index),
        stoppingLoss: interval(
          { evaluation in
            zip(evaluation.costs, evaluation.depths).map { $0 - comparisons[0].runningCost * Double($1) }
          }, index),
        operations: first[index].operations == nil ? nil : interval(\.operationCounts, index),
        difference: ReplicatedMean.interval(
          evaluations.map { own in zip(own[index].costs, own[baseline].costs).map { $0 - $1 } }, design: design))
    }
  }

  /// The columns of a single comparison's rules.
  public var ruleTable: Table {
    let missing = Interval(value: .nan, lower: .nan, upper: .nan)
    var table = Table(name: "rules")
    table.add("rule", rules.map(\.name))
    table.add("running_cost", rules.map { _ in runs[0].runningCost })
    table.add("objective", rules.map(\.objective))
    table.add("accuracy", rules.map { $0.accuracy ?? missing })
    table.add("expected_stopping_depth", rules.map(\.expectedStoppingDepth))
    table.add("stopping_loss", rules.map(\.stoppingLoss))
    table.add("operations", rules.map { $0.operations ?? missing })
    table.add("sees_labels", rules.map { $0.seesLabels ? "yes" : "no" })
    table.add("difference_from_baseline", rules.map(\.difference))
    return table
  }

  /// The tables of every run below one another, with a column `run`; `pick` may give nothing for a run.
  public func stacked(_ name: String, _ pick: (DepthComparison) -> Table?) throws -> Table? {
    let tables = zip(names, runs).compactMap { run, comparison -> Table? in
      guard var table = pick(comparison) else { return nil }
      table.add("run", [String](repeating: run, count: table.rowCount))
      return table
    }
    return tables.isEmpty ? nil : try Table.stacked(tables, name: name)
  }

  /// Keys as of a single comparison, over all runs; each run's own under `runs`.
  public var json: [String: JSONValue] {
    let first = runs[0]
    let predictions = first.predictions.indices.map { level in Self.over(runs.map { $0.predictions[level] }) }
    let coordinates = first.coordinates.indices.map { place in Self.over(runs.map { $0.coordinates[place] }) }
    let chosen = runs.compactMap(\.chosen)
    let main = chosen.count == runs.count ? Self.over(chosen) : predictions.last
    let oracle = rules.first(where: \.seesLabels)
    let reference = rules.first { $0.name == "backward-induction" }
    let loose: JSONValue = [
      "exact": .bool(false), "lower": JSONValue(oracle?.objective.value),
      "upper": JSONValue(reference?.objective.value), "lower_confidence": JSONValue(oracle?.objective.lower),
      "upper_confidence": JSONValue(reference?.objective.upper),
      "lower_kind": "oracle that sees the labels: valid and loose",
      "upper_kind": "the rule backward-induction on the test parts: fitted elsewhere, so unbiased",
    ]
    return [
      "rules": .array(
        rules.map { rule in
          .object(
            RuleTable.members(
              rule.name, rule.seesLabels, rule.objective, rule.accuracy, rule.expectedStoppingDepth, rule.stoppingLoss,
              rule.operations
            ).merging([
              "calibrated": .bool(first.options.calibrated), "difference_from_baseline": rule.difference.json,
            ]) { $1 })
        }),
      "baseline": .string(first.baseline), "replicates": .integer(runs.count), "design": .string(design.rawValue),
      "interval_kind": .string(
        design == .crossed
          ? "seeds and test samples crossed, two-way random effects, Student with Hillis' degrees of freedom, 95 %"
          : "Student over the seeds' means, each on test samples of its own, 95 %"),
      "bracket": bracket ?? loose,
      "prediction": main ?? .null, "predictions": .array(predictions), "coordinates": .array(coordinates),
      "distance": main?["distance"] ?? .null, "running_cost": JSONValue(first.runningCost),
      "coordinate": first.coordinate.map { .string($0) } ?? .null,
      "runs": .array(
        zip(names, runs).map { name, run in .object(run.json.merging(["run": .string(name)]) { $1 }) }),
    ]
  }

  /// The same prediction over the runs: means with Student's intervals over seeds.
  private static func over(_ judged: [DepthComparison.Judged]) -> JSONValue {
    func interval(_ value: (DepthComparison.Judged) -> Double) -> JSONValue {
      Interval(replicates: judged.map(value)).json
    }
    let depth = Interval(replicates: judged.map(\.prediction.expectedStoppingDepth))
    let laws = judged.map(\.prediction.law)
    let names = judged.map(\.prediction.coordinate)
    return [
      "level": .string(judged[0].prediction.level.rawValue),
      "coordinate": .string(Set(names).count == 1 ? names[0] : names.joined(separator: ", ")),
      "expected_stopping_depth": [
        [
          "at": .null, "value": JSONValue(depth.value), "lower": JSONValue(depth.lower),
          "upper": JSONValue(depth.upper),
        ]
      ],
      "objective": interval(\.prediction.objective),
      "law": JSONValue(laws[0].indices.map { k in Statistics.mean(laws.map { $0[k] }) }),
      "optimism_gap": interval(\.optimismGap.value), "net_optimism_gap": interval(\.netOptimismGap.value),
      "regret": interval(\.regret.value),
      "relative_regret": interval {
        $0.realised.objective.value > 0 ? $0.regret.value / $0.realised.objective.value : 0
      },
      "distance": [
        "kolmogorov_smirnov": interval(\.kolmogorovSmirnov.value), "wasserstein": interval(\.wasserstein.value),
      ],
    ]
  }

  /// Means over the runs with Student's intervals; nil unless every run has one.
  private var bracket: JSONValue? {
    let own = runs.compactMap(\.bracket)
    guard own.count == runs.count else { return nil }
    let (lower, upper) = (Interval(replicates: own.map(\.lower.value)), Interval(replicates: own.map(\.upper.value)))
    let ratio = Interval(replicates: own.map(\.ratio.value))
    return [
      "lower": JSONValue(lower.value), "upper": JSONValue(upper.value), "ratio": JSONValue(ratio.value),
      "ratio_interval": ratio.json, "interval": ["lower": JSONValue(lower.lower), "upper": JSONValue(upper.upper)],
      "exact": .bool(own.allSatisfy(\.isExact)), "lower_kind": .string(own[0].lowerKind),
      "upper_kind": .string(own[0].upperKind), "filtration": .string(own[0].filtration),
      "checks": .array(
        zip(names, own).map { name, bracket in
          ["run": .string(name), "checks": .array(bracket.checks.map(\.json))]
        }),
    ]
  }
}
