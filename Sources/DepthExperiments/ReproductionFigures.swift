import DepthFigures
import DepthRuns

/// A figure with its file name and caption.
struct NamedFigure {
  let name: String
  let figure: Figure
  let caption: String
}

/// The pictures of a reproduction, from its tables alone.
struct ReproductionFigures {
  private let evidence: ReproductionEvidence

  init(_ evidence: ReproductionEvidence) { self.evidence = evidence }

  func all() throws -> [NamedFigure] {
    let cost = DigitsExperiment.shownCost
    return [
      NamedFigure(
        name: "sequential-test-regions",
        figure: try Figures.stoppingRegions(
          evidence.closedForms.table("sequential-test-value"),
          boundary: evidence.closedForms.table("sequential-test-boundary")),
        caption: "sequential-test (rho = w = 1, c = 0.05): value, stopping loss, halting boundary, and the two regions."
      ),
      NamedFigure(
        name: "depth-limit", figure: try Figures.depthLimit(evidence.limit.table("depth-limit")),
        caption:
          "flow-decay (a = T = 1): error of the residual network of L blocks, and the prediction ||e(T)||/L without a fitted constant."
      ),
      NamedFigure(
        name: "depth-limit-network", figure: try Figures.depthLimit(evidence.limit.table("depth-limit-network")),
        caption:
          "The trained network's core (seed \(evidence.first.seed)), each block cut into 1 to 64 Euler steps, against the ODE with the same weights."
      ),
      NamedFigure(
        name: "accuracy-per-block", figure: try Figures.accuracyPerBlock(evidence.digits.exits()),
        caption: "Test accuracy and cross-entropy of the head after each block, means over the seeds."),
      NamedFigure(
        name: "gain-envelope",
        figure: try Figures.gainEnvelope(
          evidence.first.evidence.envelope.table, runningCost: cost, horizonBound: evidence.first.report.horizon.bound),
        caption:
          "Gain of each block on held-out samples: mean, and the envelope delta_k (largest upper confidence bound over bins of the coordinate, Student with Bonferroni)."
      ),
      NamedFigure(
        name: "stopping-region",
        figure: try Figures.depthRegions(
          evidence.regions(), paths: evidence.pathSample(),
          coordinate: FigureLabel("log-odds of the confidence", symbol: "z")),
        caption:
          "The free boundary of the fitted diffusion at c = \(cost), moved by 0.5826 sigma for stopping at block ends, and eight test samples."
      ),
      NamedFigure(
        name: "halting-law", figure: try haltingLaws(),
        caption:
          "Where test samples halt under the theory's own boundary, with binomial intervals, and the law that the theory predicted; left the empirical kernel, right the diffusion; c = \(cost)."
      ),
      NamedFigure(
        name: "objective-against-cost", figure: try objectives(),
        caption:
          "Objective of every rule against the cost of a block; means over the seeds, their intervals in the table. The oracle sees labels: a bound, not a rule."
      ),
    ]
  }

  /// Each level beside its own rule: the two rules differ, so their laws do not share axes.
  private func haltingLaws() throws -> Figure {
    let kernel = try Figures.haltingLaw(evidence.shown.lawTable(.kernel))
    let diffusion = try Figures.haltingLaw(evidence.shown.lawTable(.diffusion))
    return Figure(kernel.panels + diffusion.panels, legend: .below, summary: kernel.summary)
  }

  /// Rules that tell the story; all of them stand in the table. Logarithmic, because full depth costs tens of times more.
  private func objectives() throws -> Figure {
    let shown = [
      "full-depth", "fixed-depth", "confidence", "patience", "one-step-look-ahead", "backward-induction", "gate",
      "theory-boundary-diffusion", "oracle",
    ]
    let table = try evidence.digits.rules()
    let names = try table.texts("rule")
    return try Figures.tidy(
      table.rows { shown.contains(names[$0]) }, x: "running_cost", y: "objective", by: "rule", logarithmicX: true,
      logarithmicY: true)
  }
}
