import ArgumentParser
import DepthFigures
import DepthRuns
import DepthStopping
import DepthTheory
import Foundation

/// `depth theory`: the finite-depth theorem, theorem by theorem.
struct TheoryCommand: SweepableCommand {
  static let configuration = CommandConfiguration(
    commandName: "theory", abstract: "The finite-depth theorem: hypotheses, bounds T1-T3, slack, verdicts.",
    discussion: """
      examples:
        depth theory --run runs/digits --running-cost 0.01
        depth theory --paths mine.npz --running-cost 0.01 --json
        depth theory --problem geometric-returns --set A=8 --set rho=0.5 --set c=1
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var source: PathsOptions
  @OptionGroup var stopping: StoppingOptions
  @Option(name: .long, parsing: .unconditional, help: "Its state (default 1 in every component).") var at: String?

  static let optionKeys = PathsOptions.keys + StoppingOptions.keys + ["at"]

  func parameters(_ file: OptionFile) throws -> SweepSchema.Parameters { try stopping.parameters(file) }

  func prepared(_ file: OptionFile) throws -> () throws -> CommandResult {
    try stopping.problem ?? file.string("problem") != nil ? problemCheck(file) : pathsCheck(file)
  }

  private func problemCheck(_ file: OptionFile) throws -> () throws -> CommandResult {
    guard source.run.isEmpty, source.paths == nil else {
      throw InputError.usage("give one of --problem, --run and --paths")
    }
    let resolved = try stopping.resolve(common, file)
    let (stopping, name) = (resolved.problem, resolved.problem.name)
    let start = name == "sequential-test" ? 0.5 : name == ProblemCatalogue.chainName ? 0 : 1
    let point =
      try at.map { try parseNumbers($0, of: "--at") } ?? file.points("at", dimension: stopping.stateDimension).first
      ?? [Double](repeating: start, count: stopping.stateDimension)
    return {
      let (report, seconds) = try timed { try FiniteDepthReport.checking(stopping, at: point) }
      return Self.result(
        report,
        resolved.configuration.merging(
          ["problem": .string(name), "parameters": .object(stopping.parameters), "at": JSONValue(point)]
        ) { $1 }, [], [], seconds, seed: 0)
    }
  }

  private func pathsCheck(_ file: OptionFile) throws -> () throws -> CommandResult {
    guard try common.settings(file).isEmpty else { throw InputError.usage("--set applies to --problem only") }
    let resolved = try source.resolve(file, runningCost: stopping.costNumber(file))
    let (seed, threads) = (try common.resolvedSeed(file), try common.resolvedThreads(file))
    return {
      let ((report, evidence), seconds) = try timed {
        try FiniteDepthReport.checking(
          resolved.paths, runningCost: resolved.runningCost, coordinate: resolved.coordinate, seed: seed,
          threads: threads
        )
      }
      var truncation = Table(name: "truncation")
      truncation.add("blocks", Array(evidence.truncated.indices))
      truncation.add("objective", evidence.truncated)
      return Self.result(
        report, resolved.configuration.merging(["seed": .string(String(seed))]) { $1 },
        [evidence.envelope.table, truncation] + (evidence.residuals.map { [$0.table] } ?? []),
        PathsOptions.warnings(resolved.paths), seconds, seed: seed,
        figure: {
          try Figures.gainEnvelope(
            evidence.envelope.table, runningCost: resolved.runningCost, horizonBound: report.horizon.bound)
        })
    }
  }

  private static func result(
    _ report: FiniteDepthReport, _ configuration: [String: JSONValue], _ tables: [Table], _ warnings: [String],
    _ seconds: Double, seed: UInt64, figure: (() throws -> Figure)? = nil
  ) -> CommandResult {
    let depth = report.expectedStoppingDepth.map { ["E tau = \($0.value) [\($0.lower), \($0.upper)]"] } ?? []
    let hypotheses = report.hypotheses.map { "\($0.isMet ? "met    " : "not met") \($0.name): \($0.howChecked)" }
    let theorems = report.theorems.map { name, theorem in
      "\(name) \(theorem.verdict.rawValue)\(theorem.bound.map { ", bound \($0)" } ?? "")\(theorem.slack.map { ", slack \($0)" } ?? ""): \(theorem.reason)"
    }
    return CommandResult(
      command: "theory", configuration: configuration, results: report.json,
      diagnostics: Diagnostics(status: .converged, method: "finite-depth theorem", seconds: seconds),
      warnings: warnings,
      tables: [report.table, report.hypothesisTable] + tables, seed: seed,
      text: ["relative to \(report.filtration)"] + hypotheses + depth + theorems, figure: figure)
  }
}
