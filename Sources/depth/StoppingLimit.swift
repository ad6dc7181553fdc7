import DepthExperiments
import DepthRuns
import DepthStopping
import Foundation

/// `depth limit --experiment blocks` and `solvable`: limits of stopping problems, which need no field.
struct StoppingLimit {
  static let names = ["blocks", "solvable"]

  private let name: String
  private let options: LimitOptions
  private let problem: String?
  private let initial: [Double]?

  /// nil where other experiments are asked for.
  ///
  /// - Throws: `InputError.usage` where both kinds are.
  init?(_ options: LimitOptions, _ field: FieldOptions, _ file: OptionFile) throws {
    let asked = try options.experiment.isEmpty ? file.strings("experiment") ?? [] : options.experiment
    guard let name = asked.first(where: { Self.names.contains($0) }) else { return nil }
    guard asked.count == 1 else {
      throw InputError.usage("--experiment \(name) is about stopping problems and runs by itself")
    }
    self.name = name
    self.options = options
    problem = try field.problem ?? file.string("problem")
    initial = try field.initial.map { try parseNumbers($0, of: "--initial") } ?? file.numbers("initial")
  }

  /// Checks what is asked, and leaves the work to do.
  func prepared(_ common: CommonOptions, _ file: OptionFile) throws -> () throws -> CommandResult {
    let (seed, threads) = (try common.resolvedSeed(file), try common.resolvedThreads(file))
    let settings = try common.settings(file)
    let work = try name == "blocks" ? blocks(settings, file, threads) : solvable(settings, file, seed, threads)
    return {
      let (outcome, seconds) = try timed(work)
      var configuration = outcome.configuration
      configuration["experiment"] = [.string(name)]
      configuration["seed"] = .integer(Int(clamping: seed))
      var results = outcome.results
      results[name] = .object(outcome.results)
      return CommandResult(
        command: "limit", configuration: configuration, results: results,
        diagnostics: Diagnostics(
          status: outcome.isConverged ? .converged : .unconverged, method: "bellman", seconds: seconds),
        warnings: outcome.warnings, tables: outcome.tables, seed: seed, text: outcome.text, figure: outcome.figure)
    }
  }

  private func blocks(
    _ settings: [(String, Double)], _ file: OptionFile, _ threads: Int
  ) throws -> () throws -> LimitOutcome {
    let sizes = try options.blockSizes.map { try parseNumbers($0, of: "--block-sizes") } ?? file.numbers("block_sizes")
    guard problem != nil || (settings.isEmpty && initial == nil) else {
      throw InputError.usage(
        "--set and --initial need --problem; allowed: \(BlockLimitExperiment.allowedNames.joined(separator: ", "))")
    }
    let cases =
      try problem.map { [try BlockLimitExperiment.named($0, settings: settings, at: initial)] }
      ?? BlockLimitExperiment.problemNames.map { try BlockLimitExperiment.named($0) }
    return {
      try BlockLimitExperiment(cases, blockSizes: sizes ?? BlockLimitExperiment.blockSizes, threads: threads).run()
    }
  }

  private func solvable(
    _ settings: [(String, Double)], _ file: OptionFile, _ seed: UInt64, _ threads: Int
  ) throws -> () throws -> LimitOutcome {
    guard let problem else {
      throw InputError.usage("--problem is missing; allowed: \(SolvableCatalogue.names.joined(separator: ", "))")
    }
    let network = try SolvableCatalogue.network(problem, settings: settings)
    let seeds = try options.seeds ?? file.integer("seeds") ?? 6
    guard (2...1000).contains(seeds) else { throw InputError.value(seeds, of: "seeds", allowed: "2 to 1000") }
    let sizes = try
      (options.sampleSizes.map { try parseNumbers($0, of: "--sample-sizes") } ?? file.numbers("sample_sizes"))?
      .map { number -> Int in
        guard let size = Int(exactly: number), (100...1_000_000).contains(size) else {
          throw InputError.value(number, of: "sample_sizes", allowed: "whole numbers from 100 to 1000000")
        }
        return size
      }
    if let sizes, Set(sizes).count < 2 {
      throw InputError.usage("--sample-sizes needs two or more different numbers")
    }
    return {
      try SolvableExperiment(
        network, sizes: sizes ?? SolvableExperiment.defaultSizes, seeds: seeds, seed: seed, threads: threads
      ).run()
    }
  }
}
