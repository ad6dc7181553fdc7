import ArgumentParser
import DepthDynamics
import DepthExperiments
import DepthRuns
import DepthStopping
import Foundation

/// `depth limit`: residual networks against the flow, and what happens along its trajectory.
struct LimitCommand: SweepableCommand {
  static let configuration = CommandConfiguration(
    commandName: "limit",
    abstract: "ResNet to ODE with the predicted constant; envelopes, logarithmic norms, Lyapunov exponents.",
    discussion: """
      examples:
        depth limit --problem flow-decay --horizon 1 --accuracy 1e-3 --json
        depth limit --problem spiral --initial 0.5,0 --horizon 1 --blocks 64,128,256 --plot -
        depth limit --problem lorenz --horizon 500 --experiment lyapunov --relative-tolerance 1e-9
        depth limit --experiment scaling --plot scaling.png
        depth limit --problem run:RUN --experiment path-length --experiment envelope --output limits
        depth limit --experiment blocks --plot blocks.png
        depth limit --experiment blocks --problem sequential-test --set rho=2
        depth limit --experiment solvable --problem ou-contraction --plot solvable.png
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var fieldOptions: FieldOptions
  @OptionGroup var limitOptions: LimitOptions

  static let optionKeys = FieldOptions.keys + LimitOptions.keys

  func parameters(_ file: OptionFile) throws -> SweepSchema.Parameters {
    if try StoppingLimit(limitOptions, fieldOptions, file) != nil, let name = try file.string("problem") {
      return SweepSchema.Parameters(try ProblemCatalogue.entry(name).parameters)
    }
    return try fieldOptions.parameters(file)
  }

  func prepared(_ file: OptionFile) throws -> () throws -> CommandResult {
    // experiments about stopping problems read no field
    if let stopping = try StoppingLimit(limitOptions, fieldOptions, file) { return try stopping.prepared(common, file) }
    let experiments = try limitOptions.experiments(file)
    guard common.plot == nil || experiments.count == 1 else {
      throw InputError.usage(
        "--plot draws one experiment, not \(experiments.count); run them into --output DIR, then depth figures DIR")
    }
    var options = fieldOptions
    // an experiment about random networks reads no field: any will do
    if options.problem == nil, try file.string("problem") == nil, experiments.allSatisfy({ !$0.needsField }) {
      options.problem = "flow-decay"
    }
    let batch = try InitialStates(options, file)
    let resolved = try batch.options.resolve(common, file, relative: 1e-12, absolute: 1e-14)
    var settings = try limitOptions.settings(file, common, resolved)
    settings.batch = batch.rows
    return { [settings] in try Self.result(experiments, resolved, settings) }
  }

  private static func result(
    _ experiments: [any LimitExperiment], _ resolved: FieldOptions.Resolved, _ settings: LimitSettings
  ) throws -> CommandResult {
    let (attempts, seconds) = timed {
      experiments.map { experiment in
        (experiment.name, Result { try run(experiment, resolved.field, resolved, settings) })
      }
    }
    let outcomes = attempts.compactMap { name, attempt in (try? attempt.get()).map { (name, $0) } }
    let failures = attempts.compactMap { name, attempt -> (String, any Error)? in
      if case .failure(let error) = attempt { (name, error) } else { nil }
    }
    if outcomes.isEmpty, let first = failures.first {
      guard failures.count > 1 else { throw first.1 }
      throw NoExperimentSucceeded(reasons: failures.map { "\($0.0): \($0.1)" })
    }
    return result(outcomes, failures, resolved, settings, seconds)
  }

  private static func run(
    _ experiment: any LimitExperiment, _ field: some VectorField, _ resolved: FieldOptions.Resolved,
    _ settings: LimitSettings
  ) throws -> LimitOutcome {
    let problem = try InitialValueProblem(field: field, initialState: resolved.initial, end: resolved.horizon)
    return try experiment.run(problem, settings)
  }

  /// Each experiment's results stand under its name; those of `resnet` also at the top, where its fixed keys are.
  private static func result(
    _ outcomes: [(name: String, outcome: LimitOutcome)], _ failures: [(name: String, error: any Error)],
    _ resolved: FieldOptions.Resolved, _ settings: LimitSettings, _ seconds: Double
  ) -> CommandResult {
    var configuration = resolved.configuration
    var results: [String: JSONValue] = [:]
    configuration["experiment"] = .array((outcomes.map(\.name) + failures.map(\.name)).map { .string($0) })
    configuration["integrator"] = .string(settings.method.rawValue)
    configuration["seed"] = .integer(Int(clamping: settings.seed))
    for (name, outcome) in outcomes {
      configuration.merge(outcome.configuration) { $1 }
      if name == "resnet" { results.merge(outcome.results) { $1 } }
      results[String(name.map { $0 == "-" ? "_" : $0 })] = .object(outcome.results)
    }
    results["failed_experiments"] = .array(failures.map { .string($0.name) })
    let isConverged = failures.isEmpty && outcomes.allSatisfy(\.outcome.isConverged)
    let isAlone = outcomes.count + failures.count == 1
    var warnings = outcomes.flatMap { name, outcome in outcome.warnings.map { isAlone ? $0 : "\(name): \($0)" } }
    warnings += failures.map { "\($0.name) failed: \($0.error)" }
    if settings.batch.count > 1, outcomes.contains(where: { $0.name != "resnet" }) {
      warnings.append("only resnet reads all \(settings.batch.count) initial states; the others start from the first")
    }
    return CommandResult(
      command: "limit", configuration: configuration, results: results,
      diagnostics: Diagnostics(
        status: isConverged ? .converged : .unconverged, method: settings.method.rawValue,
        residualNorm: "local error control", toleranceAsked: resolved.tolerances.relative, seconds: seconds),
      warnings: warnings, tables: outcomes.flatMap(\.outcome.tables), seed: settings.seed,
      text: outcomes.flatMap { name, outcome in (isAlone ? [] : ["\(name):"]) + outcome.text },
      figure: isAlone ? { try outcomes[0].outcome.figure() } : nil)
  }
}

/// None of several experiments has an answer.
private struct NoExperimentSucceeded: Error, CustomStringConvertible {
  let reasons: [String]
  var description: String { "no experiment has an answer: " + reasons.joined(separator: "; ") }
}
