import DepthFigures
import DepthRuns
import Foundation

/// The words around the figures, chosen by the numbers.
struct ReproductionReport {
  let evidence: ReproductionEvidence
  let figures: [NamedFigure]
  let facts: [String: Double]

  func report(command: String, configuration: JSONValue, manifest: Manifest) throws -> Report {
    Report(
      title: "How deep should the network be, for this input?",
      abstract:
        "A residual network with an exit on every block is trained on 1,797 real handwritten digits and compared with the theory of optimal stopping in depth. Every number below stands in a table beside this page.",
      facts: keyFigures, sections: try sections(), command: command, configuration: configuration,
      manifest: manifest.json(commit: .ofExecutable()))
  }

  private func fact(_ name: String) -> Double { facts[name] ?? .nan }

  private var keyFigures: [Report.Fact] {
    let seeds = Int(fact("seeds"))
    return [
      .init(
        "test accuracy, last exit", value: percent("last_accuracy"),
        note:
          "mean of \(seeds) seeds, 95 % interval \(percent("last_accuracy_lower")) to \(percent("last_accuracy_upper"))"
      ),
      .init("test accuracy, no block at all", value: percent("first_accuracy"), note: "a linear head on the embedding"),
      .init(
        "best fixed depth's objective", value: fact("objective_fixed_depth"),
        note:
          "c = \(DigitsExperiment.shownCost); backward induction \(number("objective_backward_induction")), oracle \(number("objective_oracle"))"
      ),
      .init(
        "mean halting depth, predicted", value: fact("diffusion_predicted_depth"),
        note:
          "free boundary of the diffusion; its rule realises \(number("diffusion_realised_depth")) of \(Int(fact("blocks"))) blocks"
      ),
      .init(
        "Kolmogorov-Smirnov distance", value: fact("kernel_kolmogorov_smirnov"),
        note: "predicted against realised law, kernel; diffusion \(number("diffusion_kolmogorov_smirnov"))"),
      .init(
        "worst error against closed forms",
        value: max(fact("closed_form_boundary_error"), fact("closed_form_value_error")),
        digits: 2, note: "relative, boundary and value, \(Int(fact("closed_form_draws"))) random parameters a problem"),
    ]
  }

  private func sections() throws -> [Report.Section] {
    [
      .init(
        "Closed forms",
        [
          .paragraph(
            "Before any network: the solvers against the catalogue's closed forms, on parameters drawn log-uniformly from 0.1 to 10. The last column is the share of errors within the bound that the solver itself states."
          ),
          try table("closed-forms", "Largest relative errors"),
          try table("tightness", "T2 on geometric-returns: how often tau* equals K(c)"),
          try figure("sequential-test-regions"),
        ]),
      .init(
        "From residual network to ODE",
        [
          .paragraph(
            "The network of L blocks is Euler's scheme; its distance from the flow is e(T)/L to first order. Measured slope \(number("slope")), constant \(number("constant")) against \(number("predicted_constant")) predicted. The trained network's own core obeys the same law: slope \(number("network_slope")), constant \(number("network_constant")) against \(number("network_predicted_constant"))."
          ),
          try figure("depth-limit"), try figure("depth-limit-network"),
        ]),
      .init(
        "The network on digits",
        [
          .paragraph(depthVerdict), try figure("accuracy-per-block"),
          try table("seeds", "One row a seed; verdicts at c = \(DigitsExperiment.shownCost)"),
        ]),
      .init(
        "The finite-depth theorem",
        [
          .paragraph(theoremText), try figure("gain-envelope"),
          try table("hypotheses", "Hypotheses, seed \(evidence.first.seed)"),
          try table("finite-depth", "Theorems, seed \(evidence.first.seed)"),
          try table("truncation", "Objective of backward induction when the network is cut after N blocks"),
        ]),
      .init(
        "Halting: rules and prediction",
        [
          .paragraph(ruleText), try figure("objective-against-cost"), .paragraph(predictionText),
          try figure("stopping-region"),
          try figure("halting-law"),
          try shownTable(
            "prediction-against-cost",
            "Predicted against realised, means over the seeds with 95 % Student intervals (resplits share data: a little too narrow)"
          ),
          try shownTable("objective-against-cost", "Every rule at c = \(DigitsExperiment.shownCost)"),
        ]),
    ]
  }

  /// Whether depth matters on this data set, in words.
  private var depthVerdict: String {
    let gain = fact("last_accuracy") - fact("first_accuracy")
    let body =
      "A linear head before any block reaches \(percent("first_accuracy")), the last of \(Int(fact("blocks"))) exits \(percent("last_accuracy")); mean cross-entropy falls from \(number("first_loss")) to \(number("least_loss")) at block \(Int(fact("least_loss_block"))) and ends at \(number("last_loss"))."
    return gain < 0.05
      ? body
        + " Depth hardly matters on digits: \(percentage(gain)) of accuracy over all blocks. The data set shows the path from network to theory; it is no proof that depth pays."
      : body + " Depth matters here: \(percentage(gain)) of accuracy over all blocks."
  }

  private var theoremText: String {
    let verdicts = evidence.first.report.theorems.map { "\($0.name): \($0.theorem.verdict.rawValue)" }.joined(
      separator: ", ")
    return
      "At c = \(DigitsExperiment.shownCost), seed \(evidence.first.seed): \(verdicts). \(evidence.first.report.horizon.reason). Statements are relative to \(evidence.first.report.filtration). Where a hypothesis is not met the theorem is silent, not refuted."
  }

  private var ruleText: String {
    let names = [
      ("full depth", "full_depth"), ("best fixed depth", "fixed_depth"), ("confidence", "confidence"),
      ("patience", "patience"),
      ("one-step look-ahead", "one_step_look_ahead"), ("backward induction", "backward_induction"), ("gate", "gate"),
    ]
    let list = names.map { "\($0.0) \(number("objective_\($0.1)"))" }.joined(separator: ", ")
    return
      "Objectives J = E[loss + c depth] at c = \(DigitsExperiment.shownCost), rules fitted on the fit part and judged on the test part: \(list); the oracle that sees the label, \(number("objective_oracle")), bounds them all from below."
  }

  private var predictionText: String {
    "The theory's own halting: drift and noise of the log-odds over depth (Kramers-Moyal), the free boundary of that diffusion, moved by 0.5826 sigma because one may stop at block ends only; no threshold is fitted. Predicted mean depth \(number("diffusion_predicted_depth")), realised \(number("diffusion_realised_depth")) (kernel: \(number("kernel_predicted_depth")) and \(number("kernel_realised_depth"))). Predicted objective \(number("diffusion_predicted_objective")), realised \(number("diffusion_realised_objective")) (kernel: \(number("kernel_predicted_objective")) and \(number("kernel_realised_objective"))). \(gapText) Regret of the theory's boundary against backward induction, the reference declared beforehand: \(number("diffusion_regret"))."
  }

  /// What the sign of the optimism gap says, and whether its interval over the seeds says anything.
  private var gapText: String {
    let (gap, lower, upper) = (
      fact("diffusion_optimism_gap"), fact("diffusion_optimism_gap_lower"), fact("diffusion_optimism_gap_upper")
    )
    let interval =
      "optimism gap \(percentage(gap)), 95 % interval over the seeds \(percentage(lower)) to \(percentage(upper))"
    if lower <= 0 && upper >= 0 {
      return
        "The \(interval), holds zero: with 360 samples to fit on, a few hard ones in the fit part decide the predicted value."
    }
    return gap > 0
      ? "The prediction is too good (\(interval)): a reduced coordinate treated as Markov redraws a sample's difficulty at every block."
      : "The prediction is too pessimistic (\(interval))."
  }

  private func number(_ name: String) -> String { number(fact(name)) }
  private func number(_ value: Double) -> String { value.isFinite ? String(format: "%.4g", value) : "–" }
  private func percent(_ name: String) -> String { percentage(fact(name)) }
  private func percentage(_ value: Double) -> String { value.isFinite ? String(format: "%.1f %%", 100 * value) : "–" }

  private func figure(_ name: String) throws -> Report.Block {
    guard let named = figures.first(where: { $0.name == name }) else { throw InputError.data("no figure '\(name)'") }
    return try Report.figure(named.figure, caption: named.caption)
  }

  private func table(_ name: String, _ caption: String) throws -> Report.Block {
    guard let table = try evidence.tables().first(where: { $0.name == name }) else {
      throw InputError.data("no table '\(name)'")
    }
    return .table(table, caption: caption, file: "\(name).csv")
  }

  /// The rows at the shown cost; the file has all.
  private func shownTable(_ name: String, _ caption: String) throws -> Report.Block {
    guard case .table(let table, _, let file) = try self.table(name, caption) else {
      throw InputError.data("no table '\(name)'")
    }
    let costs = try table.numbers("running_cost")
    return .table(table.rows { costs[$0] == DigitsExperiment.shownCost }, caption: caption, file: file)
  }
}
