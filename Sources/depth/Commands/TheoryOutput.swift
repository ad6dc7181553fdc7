import DepthFigures
import DepthRuns
import DepthTheory
import Foundation

/// What `depth theory` prints and leaves behind.
struct TheoryOutput {
  let report: FiniteDepthReport
  var tables: [Table] = []
  var warnings: [String] = []
  var results: [String: JSONValue] = [:]
  var text: [String] = []
  var figure: (() throws -> Figure)?

  init(
    report: FiniteDepthReport, tables: [Table], warnings: [String] = [], figure: (() throws -> Figure)? = nil
  ) {
    self.report = report
    self.tables = tables
    self.warnings = warnings
    self.figure = figure
  }

  func result(_ configuration: [String: JSONValue], _ seconds: Double, seed: UInt64) -> CommandResult {
    let depth = report.expectedStoppingDepth.map { ["E tau = \($0.value) [\($0.lower), \($0.upper)]"] } ?? []
    let hypotheses = report.hypotheses.map { "\($0.isMet ? "met    " : "not met") \($0.name): \($0.howChecked)" }
    let theorems = report.statements.map { name, theorem in
      "\(name) \(theorem.verdict.rawValue)\(theorem.bound.map { ", bound \($0)" } ?? "")\(Self.slack(theorem)): \(theorem.reason)"
    }
    return CommandResult(
      command: "theory", configuration: configuration, results: report.json.merging(results) { $1 },
      diagnostics: Diagnostics(status: .converged, method: "finite-depth theorem", seconds: seconds),
      warnings: warnings, tables: [report.table, report.hypothesisTable] + tables, seed: seed,
      text: ["relative to \(report.filtration)"] + hypotheses + depth + theorems + text, figure: figure)
  }

  private static func slack(_ theorem: FiniteDepthReport.Theorem) -> String {
    guard let slack = theorem.slack else { return "" }
    return ", slack \(slack)\(theorem.slackInterval.map { " [\($0.lower), \($0.upper)]" } ?? "")"
  }

  /// What lies beyond the trained depth: gains under one head, and the bound Lambda ||h_{k+1} - h_k|| that is valid there.
  mutating func add(_ extended: ExtendedPaths, _ evidence: FiniteDepthReport.Evidence, runningCost c: Double) {
    let trained = extended.trainedBlocks
    let gains = evidence.envelope.envelope[min(trained, evidence.envelope.envelope.count)...]
    let largest = gains.max()
    results["trained_blocks"] = .integer(trained)
    results["beyond_gain_envelope"] = JSONValue(largest)
    let bounds = evidence.lipschitz.map { envelope in
      (trained..<envelope.global.count).map { envelope.global[$0] * envelope.largestMove[$0] }
    }
    results["beyond_lipschitz_gain"] = JSONValue(bounds?.max())
    results["beyond_lipschitz_horizon"] = JSONValue(
      bounds.flatMap { horizonBound(gains: $0, cost: c) }.map { Double($0 + trained) })
    if let largest {
      text.append(
        "beyond the trained \(trained) blocks: gains of one more block at most \(largest), c = \(c)")
    }
    if let last = bounds?.last {
      text.append(
        "beyond them one head reads all exits: Lambda ||h_{k+1} - h_k|| ends at \(last) and bounds every recorded gain there"
      )
    }
  }

  static func result(
    _ sweep: CostSweep, _ configuration: [String: JSONValue], _ warnings: [String], _ seconds: Double, seed: UInt64
  ) -> CommandResult {
    let text = sweep.laws.map { law in
      let predicted = law.predicted.map { ", predicted \($0)" } ?? ""
      return
        "\(law.kind.rawValue): slope \(law.slope.value) [\(law.slope.lower), \(law.slope.upper)]\(predicted); off by \(law.deviation) blocks over \(law.points) costs"
    }
    let missing =
      sweep.laws.isEmpty
      ? ["fewer than three costs at which the depth is neither 0 nor held back: no law is fitted"] : []
    let isPower = sweep.laws.min { $0.deviation < $1.deviation }?.kind == .power
    return CommandResult(
      command: "theory", configuration: configuration,
      results: ["cost_sweep": sweep.table.json, "cost_laws": sweep.lawTable.json],
      diagnostics: Diagnostics(status: .converged, method: "finite-depth theorem", seconds: seconds),
      warnings: warnings + missing, tables: [sweep.table, sweep.lawTable], seed: seed, text: text,
      figure: { try Figures.costSweep(sweep.table, logarithmicDepth: isPower) })
  }
}

/// `depth theory --gallery`.
enum TheoryGallery {
  static func result() throws -> CommandResult {
    let (reports, seconds) = try timed {
      try CounterexampleGallery.entries.map { (entry: $0, report: try $0.report()) }
    }
    let table = CounterexampleGallery.table(reports)
    let text = reports.flatMap { entry, report in
      let verdicts = report.theorems.map { "\($0) \($1.verdict.rawValue)" }.joined(separator: ", ")
      return ["\(entry.name) (without: \(entry.droppedHypothesis)): \(verdicts)", "  \(entry.lesson)"]
    }
    return CommandResult(
      command: "theory", configuration: ["gallery": true], results: ["gallery": table.json],
      diagnostics: Diagnostics(status: .converged, method: "finite-depth theorem", seconds: seconds),
      tables: [table], text: text)
  }
}
