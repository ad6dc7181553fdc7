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
        depth theory --problem power-returns --running-costs 0.001:1:40 --plot sweep.png
        depth theory --run runs/shared --beyond 200
        depth theory --gallery
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var source: PathsOptions
  @OptionGroup var stopping: StoppingOptions
  @Option(name: .long, parsing: .unconditional, help: "Its state (default 1 in every component).") var at: String?
  @Option(
    name: .long, parsing: .unconditional,
    help: "Sweep over the running cost: c1,c2,... or lower:upper:count (logarithmic).") var runningCosts: String?
  @Option(name: .long, help: "--run: N blocks of a network with shared weights, far beyond its trained depth.")
  var beyond: Int?
  @Flag(name: .long, help: "Counterexamples, one per dropped hypothesis, with the verdicts on each.") var gallery =
    false

  static let optionKeys =
    PathsOptions.keys + StoppingOptions.keys + ["at", "running_costs", "beyond", "gallery"]

  func parameters(_ file: OptionFile) throws -> SweepSchema.Parameters { try stopping.parameters(file) }

  func prepared(_ file: OptionFile) throws -> () throws -> CommandResult {
    if try gallery || file.flag("gallery") {
      guard try isAlone(file) else {
        throw InputError.usage("--gallery runs by itself, without --problem, --run or --paths")
      }
      return { try TheoryGallery.result() }
    }
    return try stopping.problem ?? file.string("problem") != nil ? problemCheck(file) : pathsCheck(file)
  }

  private func isAlone(_ file: OptionFile) throws -> Bool {
    try source.run.isEmpty && source.paths == nil && stopping.problem == nil && file.string("problem") == nil
      && beyond == nil && runningCosts == nil
  }

  private func costs(_ file: OptionFile) throws -> [Double]? {
    guard let text = runningCosts else { return try file.numbers("running_costs") }
    return try parseCosts(text, of: "--running-costs")
  }

  private func problemCheck(_ file: OptionFile) throws -> () throws -> CommandResult {
    guard source.run.isEmpty, source.paths == nil else {
      throw InputError.usage("give one of --problem, --run and --paths")
    }
    guard try beyond ?? file.integer("beyond") == nil else { throw InputError.usage("--beyond applies to --run only") }
    let resolved = try stopping.resolve(common, file)
    let (stopping, name) = (resolved.problem, resolved.problem.name)
    let start = name == "sequential-test" ? 0.5 : name == ProblemCatalogue.chainName ? 0 : 1
    let point =
      try at.map { try parseNumbers($0, of: "--at") } ?? file.points("at", dimension: stopping.stateDimension).first
      ?? [Double](repeating: start, count: stopping.stateDimension)
    let named = resolved.configuration.merging(
      ["problem": .string(name), "parameters": .object(stopping.parameters), "at": JSONValue(point)]
    ) { $1 }
    if let costs = try costs(file) {
      return {
        let (sweep, seconds) = try timed {
          try CostSweep(costs: costs, at: point) { try resolved.varied("running_cost", $0) }
        }
        return TheoryOutput.result(
          sweep, named.merging(["running_costs": JSONValue(costs)]) { $1 }, [], seconds, seed: 0)
      }
    }
    return {
      let (report, seconds) = try timed { try FiniteDepthReport.checking(stopping, at: point) }
      return TheoryOutput(report: report, tables: report.truncation.map { [$0.table] } ?? [])
        .result(named, seconds, seed: 0)
    }
  }

  private func pathsCheck(_ file: OptionFile) throws -> () throws -> CommandResult {
    guard try common.settings(file).isEmpty else { throw InputError.usage("--set applies to --problem only") }
    let costs = try costs(file)
    let blocks = try beyond ?? file.integer("beyond")
    // a sweep needs no cost of its own
    let cost = try stopping.costNumber(file) ?? costs?.first
    let resolved = try source.resolve(file, runningCost: cost)
    let (seed, threads) = (try common.resolvedSeed(file), try common.resolvedThreads(file))
    let extended = try blocks.map { blocks in
      guard let run = resolved.configuration["run"]?.stringValue else {
        throw InputError.usage("--beyond needs --run: paths of a file end where they end")
      }
      return try ExtendedPaths(run, blocks: blocks, threads: threads)
    }
    let paths = extended?.paths ?? resolved.paths
    var configuration = resolved.configuration.merging(["seed": .string(String(seed))]) { $1 }
    if let blocks { configuration["beyond"] = .integer(blocks) }
    configuration["blocks"] = .integer(paths.blockCount)
    configuration["samples"] = .integer(paths.sampleCount)
    if let costs { configuration["running_costs"] = JSONValue(costs) }
    let warnings = PathsOptions.warnings(paths) + (extended?.warnings ?? [])
    return { [configuration] in
      if let costs {
        let (sweep, seconds) = try timed {
          try CostSweep(costs: costs, paths, coordinate: resolved.coordinate, seed: seed, threads: threads)
        }
        return TheoryOutput.result(sweep, configuration, warnings, seconds, seed: seed)
      }
      let ((report, evidence), seconds) = try timed {
        try FiniteDepthReport.checking(
          paths, runningCost: resolved.runningCost, coordinate: resolved.coordinate, seed: seed, threads: threads)
      }
      var output = TheoryOutput(
        report: report, tables: evidence.tables + (report.truncation.map { [$0.table] } ?? []), warnings: warnings,
        figure: {
          try Figures.gainEnvelope(
            evidence.envelope.table, runningCost: resolved.runningCost, horizonBound: report.horizon.bound)
        })
      if let extended { output.add(extended, evidence, runningCost: resolved.runningCost) }
      return output.result(configuration, seconds, seed: seed)
    }
  }
}
