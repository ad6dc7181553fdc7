import ArgumentParser
import DepthFigures
import DepthRuns
import DepthStopping
import Foundation

/// `depth boundary`: solves a stopping problem.
struct BoundaryCommand: SweepableCommand {
  static let configuration = CommandConfiguration(
    commandName: "boundary", abstract: "The free boundary between continuing and stopping, and the value.",
    discussion: """
      examples:
        depth boundary --problem ou-contraction --set a=1 --set s=0.5 --set c=0.1 --at 1
        depth boundary --problem american-put --set strike=100 --at 90 --at-depth 0 --at-depth 0.5 --json
        depth boundary --problem chain --transition P.npy --stopping-loss g.npy --running-cost 0.1
        depth boundary --problem custom --drift=-x --diffusion 0.5 --stopping-loss x^2 --running-cost 0.1 --at 1
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var stopping: StoppingOptions
  @Option(
    name: .long, help: ArgumentHelp("\(MethodCatalogue.names.joined(separator: ", "))."),
    completion: Completions.methods) var method: String?
  @Option(
    name: .long, parsing: .unconditional,
    help: "Largest error bound, relative to sizes above 1, that counts as converged (default 1e-8).")
  var tolerance: Double?
  @Option(name: .long, parsing: .unconditionalSingleValue, help: "A state x[,y..] at which to give V; repeatable.")
  var at: [String] = []
  @Option(
    name: .long, parsing: .unconditionalSingleValue,
    help: "A depth, 0 to the horizon, at which to give values and boundary; repeatable.") var atDepth: [Double] = []
  @Option(name: .long, parsing: .unconditional, help: "Stop only every D, exact transition, cost c D a block.")
  var blockSize: Double?
  @Flag(
    name: .long, help: "Estimate error bounds where a proof costs more than the solution (american-put: 1 ms, not 25).")
  var estimate = false
  @Flag(
    name: .long, inversion: .prefixedNo, help: "Solve the closed form beside it, where one is known (default: yes).")
  var reference: Bool?
  @Flag(name: .long, help: "Add dV/dp and db/dp for every parameter p.") var sensitivities = false
  @Flag(name: .long, help: "Add the law of tau* from each state --at, at depth 0 (scalar diffusions).")
  var stoppingLaw = false
  @Option(
    name: .long, parsing: .unconditional,
    help: "A whole curve over the running cost: c1,c2,... or lower:upper:count (logarithmic).") var costCurve: String?

  @Option(name: .long, help: "Solve so many times after a first one and give the median seconds (default 1).")
  var `repeat`: Int?

  static let optionKeys =
    StoppingOptions.keys + [
      "method", "tolerance", "at", "at_depth", "block_size", "sensitivities", "stopping_law", "cost_curve", "repeat",
      "estimate", "reference",
    ]

  func parameters(_ file: OptionFile) throws -> SweepSchema.Parameters { try stopping.parameters(file) }

  func prepared(_ file: OptionFile) throws -> () throws -> CommandResult {
    let tolerance = try self.tolerance ?? file.number("tolerance") ?? 1e-8
    guard tolerance > 0, tolerance.isFinite else {
      throw InputError.value(tolerance, of: "tolerance", allowed: "positive numbers")
    }
    let blockSize = try self.blockSize ?? file.number("block_size")
    let resolved = try stopping.resolve(common, file)
    let problem = resolved.problem
    let name = try method ?? file.string("method") ?? "auto"
    let estimates = try estimate || file.flag("estimate")
    let choice = try MethodCatalogue.choose(name, for: problem, blockSize: blockSize, certifies: !estimates)
    guard !estimates || choice.method.name == "integral-equation" else {
      throw InputError.usage(
        "--estimate applies to integral-equation, whose proofs are dear, not to \(choice.method.name)")
    }
    let points =
      try at.isEmpty
      ? file.points("at", dimension: problem.stateDimension) : at.map { try parseNumbers($0, of: "--at") }
    let depths = try atDepth.isEmpty ? file.numberList("at_depth") ?? [] : atDepth
    let query = StoppingQuery(points: points, depths: depths)
    let repetitions = try `repeat` ?? file.integer("repeat") ?? 1
    let costs = try (costCurve ?? file.string("cost_curve")).map { try parseCosts($0, of: "--cost-curve") }
    let asksReference = try reference ?? file.flag("reference") ?? true
    let asksLaw = try stoppingLaw || file.flag("stopping_law")
    let asksSensitivities = try sensitivities || file.flag("sensitivities")
    // differences of estimates: a proof of each would add nothing
    let quick =
      try asksSensitivities
      ? MethodCatalogue.choose(name, for: problem, blockSize: blockSize, certifies: false).method : choice.method
    let (record, seed) = (try common.record(file), try common.resolvedSeed(file))
    return { [self] in
      let run = try Repetition(repetitions) { try choice.method.solve(problem, query) }
      var output = BoundaryOutput(
        resolved: resolved, record: record, run: run, choice: choice, query: query, blockSize: blockSize,
        tolerance: tolerance, estimates: estimates)
      output.showsReference = asksReference
      if asksSensitivities { output.sensitivities = try measureSensitivities(resolved, quick, query) }
      try output.addLaws(asked: asksLaw)
      if let costs {
        output.costCurve = try CostCurve(costs: costs, query: query, method: choice.method) {
          try resolved.varied("running_cost", $0)
        }
      }
      return output.result(seed: seed)
    }
  }

  private func measureSensitivities(
    _ resolved: StoppingOptions.Resolved, _ method: any BoundaryMethod, _ query: StoppingQuery
  ) throws -> [ProblemSensitivity] {
    guard !resolved.parameters.isEmpty else {
      throw InputError.usage("\(resolved.problem.name) has no parameter to vary; allowed: --set names in custom")
    }
    return try resolved.parameters.map { name, value in
      try ProblemSensitivity.measure(name, at: value, query: query, method: method) { try resolved.varied(name, $0) }
    }
  }
}
