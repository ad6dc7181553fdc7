import DepthRuns
import DepthStopping
import DepthTheory
import Foundation

/// Everything that figures, report and paper draw from: tables and scalar facts, no pictures.
struct ReproductionEvidence {
  let closedForms: ExperimentOutcome
  let limit: ExperimentOutcome
  let digits: DigitsTables
  /// The first seed, whose single-run pictures are shown.
  let first: DigitsExperiment.SeedResult

  var shown: DepthComparison { first.comparison(DigitsExperiment.shownCost) }

  func tables() throws -> [Table] {
    closedForms.tables + limit.tables
      + [
        try digits.exits(), try digits.rules(), try digits.predictions(), try digits.seeds(),
        first.evidence.envelope.table,
        first.report.table, first.report.hypothesisTable, shown.lawTable(.kernel), shown.lawTable(.diffusion),
        regions(), pathSample(), truncation(),
      ] + (first.evidence.residuals.map { [$0.table] } ?? [])
  }

  /// The diffusion's stopping region after the blockwise correction.
  func regions() -> Table {
    shown.predictions.last?.prediction.regionTable(name: "stopping-region") ?? Table(name: "stopping-region")
  }

  /// The coordinate of eight test samples along depth.
  func pathSample() -> Table {
    let paths = first.run.paths
    let chosen = Array(paths.samples(of: .test).prefix(400)).enumerated().filter { $0.offset % 50 == 0 }.map(\.element)
    let feature = paths.featureNames.firstIndex(of: DigitsExperiment.coordinate) ?? 0
    let rows = chosen.enumerated().flatMap { path, sample in (0..<paths.exitCount).map { (path, sample, $0) } }
    var table = Table(name: "sample-paths")
    table.add("path", rows.map(\.0))
    table.add("block", rows.map(\.2))
    table.add(
      "coordinate", rows.map { paths.feature($0.1, $0.2, feature) })
    return table
  }

  func truncation() -> Table {
    var table = Table(name: "truncation")
    table.add("blocks", Array(first.evidence.truncated.indices))
    table.add("objective", first.evidence.truncated)
    return table
  }

  /// Scalars by name, each from a table above; the paper's macros and the report's key figures.
  func facts() throws -> [String: Double] {
    var facts = limit.findings
    let closed = try closedForms.table("closed-forms")
    facts["closed_form_boundary_error"] = try closed.numbers("boundary_error").max()
    facts["closed_form_value_error"] = try closed.numbers("value_error").max()
    facts["closed_form_draws"] = try closed.numbers("draws").first
    facts["within_bound"] = try closed.numbers("within_bound").min()
    let exits = try digits.exits()
    for column in ["accuracy", "accuracy_lower", "accuracy_upper"] {
      let values = try exits.numbers(column)
      facts["first_\(column)"] = values.first
      facts["last_\(column)"] = values.last
    }
    let losses = try exits.numbers("stopping_loss")
    facts["first_loss"] = losses.first
    facts["last_loss"] = losses.last
    facts["least_loss"] = losses.min()
    facts["least_loss_block"] = losses.indices.min { losses[$0] < losses[$1] }.map(Double.init)
    facts["blocks"] = Double(losses.count - 1)
    facts["seeds"] = Double(digits.results.count)
    let rules = try digits.rules()
    let (names, costs) = (try rules.texts("rule"), try rules.numbers("running_cost"))
    let (objectives, depths) = (try rules.numbers("objective"), try rules.numbers("expected_stopping_depth"))
    for row in names.indices where costs[row] == DigitsExperiment.shownCost {
      let key = names[row].filter { $0.isLetter || $0 == "-" }.split(separator: "-").joined(separator: "_")
      facts["objective_\(key)"] = objectives[row]
      facts["depth_\(key)"] = depths[row]
    }
    let predictions = try digits.predictions()
    let (levels, predictedCosts) = (try predictions.texts("level"), try predictions.numbers("running_cost"))
    for row in levels.indices where predictedCosts[row] == DigitsExperiment.shownCost {
      for column in predictions.columnNames where column != "level" && column != "running_cost" {
        facts["\(levels[row])_\(column)"] = try predictions.numbers(column)[row]
      }
    }
    facts["budget_bound"] = first.report.budget.bound
    facts["horizon_holds"] = Double(digits.results.count { $0.report.horizon.verdict == .holds })
    return facts.filter { $0.value.isFinite }
  }
}
