import ArgumentParser
import DepthDynamics
import DepthFigures
import DepthRuns
import Foundation

/// `depth simulate`: ensembles in stochastic depth.
struct SimulateCommand: SweepableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate", abstract: "Simulate a diffusion in depth: many paths, their moments, the step's error.",
    discussion: """
      examples:
        depth simulate --problem ou-contraction --paths 10000 --horizon 1
        depth simulate --problem american-put --set volatility=0.4 --method milstein --blocks 64 --json
        depth simulate --problem spiral --set noise=0.1 --horizon 5 --blocks 4096 --points 201 --plot spiral.png
        depth simulate --problem sequential-test --paths 2000 --horizon 4 --points 41 --output run
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var diffusion: DiffusionOptions
  @Option(
    name: .long, parsing: .unconditional, help: "Number N of paths (default 10000).", transform: WholeNumber.parse)
  var paths: Int?
  @Option(
    name: .long, parsing: .unconditional, help: "Number L of equal steps over the horizon (default 256; 1 for exact).")
  var blocks: Int?
  @Option(name: .long, help: "euler-maruyama (default), milstein, exact.", completion: Completions.stochasticMethods)
  var method: String?
  @OptionGroup var savedDepths: SavedDepths
  @Option(
    name: .long, parsing: .unconditional, help: "With --output: keep the first K paths in paths.npy (default all).")
  var keepPaths: Int?

  static let optionKeys = DiffusionOptions.keys + SavedDepths.keys + ["paths", "blocks", "method", "keep_paths"]
  /// Paths in the picture.
  private static let drawnPaths = 6

  func parameters(_ file: OptionFile) throws -> SweepSchema.Parameters { try diffusion.parameters(file) }

  func prepared(_ file: OptionFile) throws -> () throws -> CommandResult {
    let resolved = try diffusion.resolve(common, file)
    let depths = try savedDepths.depths(resolved.horizon, width: resolved.diffusion.dimension, file)
    if common.plot != nil, depths.count < 2 {
      throw InputError.usage("--plot needs --points N or several --at-depth")
    }
    let simulation = try makeSimulation(file)
    try validate(resolved.diffusion, resolved, simulation, depths)
    let kept = try common.output.map { _ in try self.kept(simulation.paths, file) }
    var configuration = resolved.configuration
    configuration["paths"] = .integer(simulation.paths)
    configuration["blocks"] = .integer(simulation.blocks)
    configuration["method"] = .string(simulation.method.name)
    configuration["keep_paths"] = kept.map { .integer($0) } ?? .null
    configuration.merge(try savedDepths.record(depths, file)) { $1 }
    configuration.merge(try common.record(file)) { $1 }
    return { [self, configuration] in try result(resolved, simulation, depths, kept ?? 0, configuration) }
  }

  private func result(
    _ resolved: DiffusionOptions.Resolved, _ simulation: EnsembleSimulation, _ depths: [Double], _ kept: Int,
    _ configuration: [String: JSONValue]
  ) throws -> CommandResult {
    let folder = try common.output.map { try RunFolder(creating: URL(fileURLWithPath: $0)) }
    let (ensemble, seconds) = try timed { try simulate(resolved.diffusion, resolved, simulation, depths) }
    let saved = try folder.flatMap { try write(ensemble, into: $0, keeping: kept) }
    let report = EnsembleReport(ensemble: ensemble, blocks: simulation.blocks, method: simulation.method.name)
    var results = report.results
    results["paths"] = saved.map { .string($0) } ?? .null
    var result = CommandResult(
      command: "simulate", configuration: configuration, results: results,
      diagnostics: Diagnostics(
        status: .converged, method: simulation.method.name, iterations: simulation.blocks,
        evaluations: ["steps": simulation.paths * simulation.blocks], residual: ensemble.stepError?.bound ?? 0,
        residualNorm: ensemble.isExact ? "none: exact law" : "bias of the means, from half the steps", seconds: seconds),
      warnings: report.warnings, tables: [report.table()], seed: simulation.seed, text: report.text,
      figure: { try report.picture(paths: Self.drawnPaths) })
    result.folder = folder
    return result
  }

  private func makeSimulation(_ file: OptionFile) throws -> EnsembleSimulation {
    let scheme = try StochasticMethods.named(method ?? file.string("method") ?? "euler-maruyama")
    let count = try paths ?? file.integer("paths") ?? 10_000
    let isExact = scheme.weakOrder == .infinity
    guard keepPaths == nil || common.output != nil else {
      throw InputError.usage("--keep-paths is given without --output; allowed: with a run folder to keep them in")
    }
    let keeps = common.output != nil ? try kept(count, file) : 0
    let drawn = common.plot != nil ? min(max(0, count), Self.drawnPaths) : 0
    return try EnsembleSimulation(
      paths: count, blocks: blocks ?? file.integer("blocks") ?? (isExact ? 1 : 256), method: scheme,
      seed: common.resolvedSeed(file), threads: common.resolvedThreads(file), keptPaths: max(keeps, drawn))
  }

  /// Paths for the run folder.
  private func kept(_ count: Int, _ file: OptionFile) throws -> Int {
    let asked = try keepPaths ?? file.integer("keep_paths")
    guard let asked else { return max(0, count) }
    guard asked >= 0, asked <= count else {
      throw InputError.value(asked, of: "keep_paths", allowed: "0 to the number of paths, \(count)")
    }
    return asked
  }

  /// Whatever can be refused is refused before a folder is made.
  private func validate(
    _ diffusion: some Diffusion, _ resolved: DiffusionOptions.Resolved, _ simulation: EnsembleSimulation,
    _ depths: [Double]
  ) throws {
    try simulation.validate(
      DiffusionProblem(diffusion: diffusion, initialState: resolved.initial, end: resolved.horizon), saving: depths)
  }

  private func simulate(
    _ diffusion: some Diffusion, _ resolved: DiffusionOptions.Resolved, _ simulation: EnsembleSimulation,
    _ depths: [Double]
  ) throws -> Ensemble {
    let problem = try DiffusionProblem(diffusion: diffusion, initialState: resolved.initial, end: resolved.horizon)
    Interruption.install()
    let bar = ProgressLine(quiet: common.quiet)
    let start = ContinuousClock.now
    defer { bar.finish() }
    do {
      return try simulation.run(
        problem, saving: depths,
        progress: { done, total in
          // a short run needs no progress
          if .now - start > .seconds(1) { bar.show(done: done, of: total, "path \(done)/\(total)") }
        },
        shouldStop: { Interruption.isRequested })
    } catch is SimulationInterrupted {
      bar.finish()
      throw Interrupted(description: "interrupted: the simulation's work is not kept")
    }
  }

  /// `paths.npy`, [N, depths, d]; its path, nil where none are kept.
  private func write(_ ensemble: Ensemble, into folder: RunFolder, keeping count: Int) throws -> String? {
    guard count > 0 else { return nil }
    let shape = [count, ensemble.depths.count, ensemble.dimension]
    let states =
      count == ensemble.keptPathCount ? ensemble.paths : Array(ensemble.paths.prefix(shape.reduce(1, *)))
    let url = folder.file("paths.npy")
    try AtomicFile.write(NumericArray(shape: shape, values: states).npy, to: url)
    return url.path
  }
}
