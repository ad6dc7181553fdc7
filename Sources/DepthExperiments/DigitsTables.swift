import DepthNumerics
import DepthRuns
import DepthStopping
import DepthTheory

/// Tables over the seeds of a digits experiment: replicates become means with Student intervals here, not in a figure.
struct DigitsTables {
  let results: [DigitsExperiment.SeedResult]

  /// Per exit: `block`, `accuracy`, `stopping_loss`, each with bounds over the seeds.
  func exits() throws -> Table {
    let tables = results.map { $0.run.exitTable }
    var table = Table(name: "accuracy-per-block")
    table.add("block", try tables[0].numbers("block"))
    for column in ["accuracy", "stopping_loss"] {
      let runs = try tables.map { try $0.numbers(column) }
      add(column, runs[0].indices.map { k in runs.map { $0[k] } }, to: &table)
    }
    return table
  }

  /// Tidy: `rule`, `running_cost`, `objective`, `accuracy`, `expected_stopping_depth`, each with bounds over the seeds.
  func rules() throws -> Table {
    var names: [String] = []
    var costs: [Double] = []
    var objective: [[Double]] = []
    var accuracy: [[Double]] = []
    var depth: [[Double]] = []
    let tables = results.map { $0.comparisons.map(\.ruleTable) }
    for (position, comparison) in results[0].comparisons.enumerated() {
      for (row, name) in try comparison.ruleTable.texts("rule").enumerated() {
        names.append(name)
        costs.append(comparison.runningCost)
        func values(_ column: String) throws -> [Double] { try tables.map { try $0[position].numbers(column)[row] } }
        objective.append(try values("objective"))
        accuracy.append(try values("accuracy"))
        depth.append(try values("expected_stopping_depth"))
      }
    }
    var table = Table(name: "objective-against-cost")
    table.add("rule", names)
    table.add("running_cost", costs)
    add("objective", objective, to: &table)
    add("accuracy", accuracy, to: &table)
    add("expected_stopping_depth", depth, to: &table)
    return table
  }

  /// Per level and cost: predicted and realised depth and objective, distances, gap, regret, each with bounds over the seeds.
  func predictions() throws -> Table {
    let columns = [
      "predicted_depth", "realised_depth", "predicted_objective", "realised_objective", "kolmogorov_smirnov",
      "wasserstein", "optimism_gap", "regret",
    ]
    let tables = results.map { $0.comparisons.map(\.predictionTable) }
    var table = Table(name: "prediction-against-cost")
    let levels = try tables[0][0].texts("level")
    let positions = results[0].comparisons.indices.flatMap { cost in levels.indices.map { (cost, $0) } }
    table.add("level", positions.map { levels[$0.1] })
    table.add("running_cost", positions.map { results[0].comparisons[$0.0].runningCost })
    for column in columns {
      add(column, try positions.map { cost, row in try tables.map { try $0[cost].numbers(column)[row] } }, to: &table)
    }
    return table
  }

  /// One row a seed: test accuracy of the first and last exit, mean depth of the gate and of backward induction, verdicts.
  func seeds() throws -> Table {
    let exits = try results.map { try $0.run.exitTable.numbers("accuracy") }
    let shown = results.map { $0.comparison(DigitsExperiment.shownCost) }
    func depth(_ rule: String) -> [Double] {
      shown.map { $0.rules.first { $0.name == rule }?.expectedStoppingDepth.value ?? .nan }
    }
    var table = Table(name: "seeds")
    table.add("seed", results.map { Double($0.seed) })
    table.add("accuracy_first_exit", exits.map { $0[0] })
    table.add("accuracy_last_exit", exits.map { $0[$0.count - 1] })
    table.add("gate_depth", depth("gate"))
    table.add("backward_induction_depth", depth("backward-induction"))
    for (index, name) in ["T1", "T2", "T3"].enumerated() {
      table.add(name, results.map { $0.report.theorems[index].theorem.verdict.rawValue })
    }
    return table
  }

  private func add(_ name: String, _ replicates: [[Double]], to table: inout Table) {
    let intervals = replicates.map { Interval(replicates: $0) }
    table.add(name, intervals.map(\.value))
    table.add("\(name)_lower", intervals.map(\.lower))
    table.add("\(name)_upper", intervals.map(\.upper))
  }
}
