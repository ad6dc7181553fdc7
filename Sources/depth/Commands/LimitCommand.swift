import ArgumentParser
import DepthDynamics
import DepthExperiments
import DepthRuns
import Foundation

/// `depth limit`: residual networks against the flow, and what happens along its trajectory.
struct LimitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "limit",
    abstract: "ResNet to ODE with the predicted constant; envelopes, logarithmic norms, Lyapunov exponents.",
    discussion: """
      examples:
        depth limit --problem flow-decay --horizon 1 --accuracy 1e-3 --json
        depth limit --problem spiral --initial 0.5,0 --horizon 1 --blocks 64,128,256 --plot -
        depth limit --problem lorenz --horizon 500 --experiment lyapunov --relative-tolerance 1e-9
        depth limit --experiment scaling --plot scaling.png
        depth limit --problem run:RUN --experiment all --output limits
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var fieldOptions: FieldOptions
  @OptionGroup var limitOptions: LimitOptions

  func run() throws {
    let file = try common.file(known: FieldOptions.keys + LimitOptions.keys)
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
    let (outcomes, seconds) = try timed {
      try experiments.map { ($0.name, try Self.run($0, resolved.field, resolved, settings)) }
    }
    try deliver(outcomes, resolved, settings, seconds)
  }

  private static func run(
    _ experiment: any LimitExperiment, _ field: some VectorField, _ resolved: FieldOptions.Resolved,
    _ settings: LimitSettings
  ) throws -> LimitOutcome {
    let problem = try InitialValueProblem(field: field, initialState: resolved.initial, end: resolved.horizon)
    return try experiment.run(problem, settings)
  }

  /// Each experiment's results stand under its name; those of `resnet` also at the top, where its fixed keys are.
  private func deliver(
    _ outcomes: [(name: String, outcome: LimitOutcome)], _ resolved: FieldOptions.Resolved, _ settings: LimitSettings,
    _ seconds: Double
  ) throws {
    var configuration = resolved.configuration
    var results: [String: JSONValue] = [:]
    configuration["experiment"] = .array(outcomes.map { .string($0.name) })
    configuration["integrator"] = .string(settings.method.rawValue)
    configuration["seed"] = .integer(Int(clamping: settings.seed))
    for (name, outcome) in outcomes {
      configuration.merge(outcome.configuration) { $1 }
      if name == "resnet" { results.merge(outcome.results) { $1 } }
      results[String(name.map { $0 == "-" ? "_" : $0 })] = .object(outcome.results)
    }
    let isConverged = outcomes.allSatisfy(\.outcome.isConverged)
    let isAlone = outcomes.count == 1
    var warnings = outcomes.flatMap { name, outcome in outcome.warnings.map { isAlone ? $0 : "\(name): \($0)" } }
    if settings.batch.count > 1, outcomes.contains(where: { $0.name != "resnet" }) {
      warnings.append("only resnet reads all \(settings.batch.count) initial states; the others start from the first")
    }
    try CommandResult(
      command: "limit", configuration: configuration, results: results,
      diagnostics: Diagnostics(
        status: isConverged ? .converged : .unconverged, method: settings.method.rawValue,
        residualNorm: "local error control", toleranceAsked: resolved.tolerances.relative, seconds: seconds),
      warnings: warnings, tables: outcomes.flatMap(\.outcome.tables), seed: settings.seed,
      text: outcomes.flatMap { name, outcome in (isAlone ? [] : ["\(name):"]) + outcome.text },
      figure: isAlone ? { try outcomes[0].outcome.figure() } : nil
    ).deliver(common)
  }
}
