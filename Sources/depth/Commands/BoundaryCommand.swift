import ArgumentParser
import DepthFigures
import DepthRuns
import DepthStopping
import Foundation

/// `depth boundary`: solves a stopping problem.
struct BoundaryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "boundary", abstract: "The free boundary between continuing and stopping, and the value.",
    discussion: """
      examples:
        depth boundary --problem ou-contraction --set a=1 --set s=0.5 --set c=0.1 --at 1
        depth boundary --problem sequential-test --at 0.5 --json
        depth boundary --problem chain --transition P.npy --stopping-loss g.npy --running-cost 0.1
      """)

  @OptionGroup var common: CommonOptions
  @Option(name: .long, help: "A problem of the catalogue (depth problems), or chain.") var problem: String?
  @Option(name: .long, help: "auto, smooth-fit, finite-differences, characteristics, bellman.") var method: String?
  @Option(name: .long, parsing: .unconditional, help: "Largest error bound that counts as converged (default 1e-8).")
  var tolerance: Double?
  @Option(name: .long, parsing: .unconditionalSingleValue, help: "A state x[,y..] at which to give V; repeatable.")
  var at: [String] = []
  @Option(name: .long, parsing: .unconditional, help: "Stop only every D, exact transition, cost c D a block.")
  var blockSize: Double?
  @Option(name: .long, help: "Last depth at which to stop (chain).") var horizon: Double?
  @Option(name: .long, parsing: .unconditional, help: "The running cost c; the same as --set c=.") var runningCost:
    Double?
  @Option(name: .long, help: "Solve so many times after a first one and give the median seconds (default 1).")
  var `repeat`: Int?
  @OptionGroup var chain: ChainOptions

  func run() throws {
    let file = try common.file(
      known: [
        "problem", "method", "tolerance", "at", "block_size", "horizon", "running_cost", "repeat",
      ] + ChainOptions.keys)
    guard let name = try problem ?? file.string("problem") else {
      throw InputError.usage(
        "--problem is missing; allowed: \(ProblemCatalogue.entries.map(\.name).joined(separator: ", ")), chain")
    }
    let tolerance = try self.tolerance ?? file.number("tolerance") ?? 1e-8
    guard tolerance > 0, tolerance.isFinite else {
      throw InputError.value(tolerance, of: "tolerance", allowed: "positive numbers")
    }
    let blockSize = try self.blockSize ?? file.number("block_size")
    let settings = try common.settings(file, runningCost: runningCost)
    let (stopping, reference) = try makeProblem(name, settings, file)
    let choice = try MethodCatalogue.choose(
      method ?? file.string("method") ?? "auto", for: stopping, blockSize: blockSize)
    let points =
      try at.isEmpty
      ? file.points("at", dimension: stopping.stateDimension) : at.map { try parseNumbers($0, of: "--at") }
    let count = try `repeat` ?? file.integer("repeat") ?? 1
    let run = try Repetition(count) { try choice.method.solve(stopping, at: points) }
    try result(stopping, run, choice, points, blockSize, tolerance, reference).deliver(common)
  }

  private func makeProblem(
    _ name: String, _ settings: [(String, Double)], _ file: OptionFile
  ) throws -> (StoppingProblem, ReferenceSolution?) {
    let horizon = try self.horizon ?? file.number("horizon")
    guard name == ProblemCatalogue.chainName else {
      guard horizon == nil else {
        throw InputError.usage("--horizon applies to chain; \(name) has an infinite horizon")
      }
      let entry = try ProblemCatalogue.entry(name)
      let values = try entry.resolve(settings)
      return (try entry.problem(values), try? entry.reference(values))
    }
    return (try chain.problem(settings, file, horizon: horizon), nil)
  }

  private func result(
    _ problem: StoppingProblem, _ run: Repetition<StoppingSolution>, _ choice: MethodCatalogue.Choice,
    _ points: [[Double]], _ blockSize: Double?, _ tolerance: Double, _ reference: ReferenceSolution?
  ) -> CommandResult {
    let solution = run.result
    var results = solution.json
    results["method"] = ["name": .string(choice.method.name), "reason": .string(choice.reason)]
    if let reference, blockSize == nil {
      results["reference"] = [
        "boundary": JSONValue(reference.boundary), "value": .array(points.map { JSONValue(reference.value($0)) }),
        "citation": .string(reference.citation),
      ]
    }
    let configuration: [String: JSONValue] = [
      "problem": .string(problem.name), "parameters": .object(problem.parameters),
      "method": .string(choice.method.name),
      "tolerance": JSONValue(tolerance), "at": .array(points.map { JSONValue($0) }), "block_size": JSONValue(blockSize),
      "horizon": JSONValue(problem.horizon),
    ]
    var diagnostics = solution.diagnostics
    let worst =
      solution.values.map(\.errorBound).max().map { max($0, solution.boundary.errorBound) }
      ?? solution.boundary.errorBound
    diagnostics.toleranceAsked = tolerance
    (diagnostics.seconds, diagnostics.processorSeconds) = (run.seconds, run.processorSeconds)
    if worst > tolerance { diagnostics.status = .unconverged }
    return CommandResult(
      command: "boundary", configuration: configuration, results: results, diagnostics: diagnostics,
      warnings: solution.warnings
        + (worst > tolerance ? ["error bound \(worst) exceeds the tolerance \(tolerance)"] : []),
      tables: [solution.boundary.table(), solution.valueTable()], text: text(problem, solution, choice),
      figure: { try picture(problem, solution, choice) })
  }

  /// Value against loss with both regions, around the boundary; for one-dimensional problems.
  private func picture(
    _ problem: StoppingProblem, _ solution: StoppingSolution, _ choice: MethodCatalogue.Choice
  ) throws -> Figure {
    let ends = solution.boundary.points.filter { $0.depth == nil }.map { $0.at[0] }
    guard problem.stateDimension == 1, let low = ends.min(), let high = ends.max(), low < high else {
      throw InputError.usage("--plot draws problems with a one-dimensional state and a boundary of two points")
    }
    let reach = 0.7 * (high - low)
    let isProbability = problem.name == "sequential-test"
    let (left, right) = isProbability ? (0.0, 1.0) : (low - reach, high + reach)
    let states = (1...239).map { [left + (right - left) * Double($0) / 240] }
    return try Figures.stoppingRegions(
      choice.method.solve(problem, at: states).valueTable(), boundary: solution.boundary.table())
  }

  private func text(_ problem: StoppingProblem, _ solution: StoppingSolution, _ choice: MethodCatalogue.Choice)
    -> [String]
  {
    let boundary = solution.boundary
    var lines = ["\(problem.name) by \(choice.method.name) (\(choice.reason))"]
    let bound = "error at most about \(boundary.errorBound), \(boundary.boundKind.rawValue)"
    if let radius = boundary.radius { lines.append("stop at |x| <= \(radius)  (\(bound))") }
    if boundary.radius == nil {
      let shown = boundary.points.prefix(8).map { $0.at.map { "\($0)" }.joined(separator: ",") }
      let more = boundary.points.count > 8 ? ", ... (\(boundary.points.count) points)" : ""
      lines.append("boundary: \(shown.joined(separator: "; "))\(more)  (\(bound))")
    }
    for (index, value) in solution.values.enumerated() {
      let depth = index < solution.expectedDepths.count ? ", E tau* = \(solution.expectedDepths[index].value)" : ""
      let verdict = value.value == value.stoppingLoss ? "stop" : "continue"
      let state = value.at.map { "\($0)" }.joined(separator: ",")
      lines.append("V(\(state)) = \(value.value) +- \(value.errorBound)\(depth): \(verdict)")
    }
    return lines
  }
}
