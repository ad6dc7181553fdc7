import ArgumentParser
import DepthDynamics
import DepthRuns
import Foundation

/// `depth gradient`: a loss of the final state, differentiated.
struct GradientCommand: SweepableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradient",
    abstract: "The gradient of mean ||h(T) - y||^2/2 with respect to parameters and initial states.",
    discussion: """
      examples:
        depth gradient --problem flow-decay --horizon 1 --target 0.2 --json
        depth gradient --problem tanh-residual --weights PREFIX --initial STATES.npy --target TARGETS.npy --output run
        depth gradient --problem van-der-pol --set mu=50 --horizon 2 --adjoint cvodes
        depth gradient --problem run:RUN --adjoint discrete --integrator euler --blocks 20

      An estimated error above \(Int(MissedTolerance.allowance)) times what the tolerances ask, rtol ||g|| + atol, is a missed
      tolerance: status unconverged, exit 3.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var fieldOptions: FieldOptions
  @OptionGroup var integratorOptions: IntegratorOptions
  @Option(
    name: .long,
    help:
      "discrete (default: the exact reverse of the computed steps), cvodes (continuous, stiff), forward (few parameters).",
    completion: Completions.adjoints) var adjoint: String?
  @Option(
    name: .long, parsing: .unconditional, help: "y: numbers, or FILE.npy, one state or a row a sample (default 0).",
    completion: Completions.arrays)
  var target: String?
  @Option(name: .long, help: "discrete: MiB of states a thread may remember before it recomputes (default 256).")
  var memory: Double?
  @Flag(name: .long, inversion: .prefixedNo, help: "Estimate the gradient's error by a second, finer one.")
  var errorEstimate: Bool?

  static let optionKeys =
    FieldOptions.keys + IntegratorOptions.keys + InitialStates.keys + ["adjoint", "target", "memory", "error_estimate"]

  func parameters(_ file: OptionFile) throws -> SweepSchema.Parameters { try fieldOptions.parameters(file) }

  func prepared(_ file: OptionFile) throws -> () throws -> CommandResult {
    guard common.plot == nil else { throw InputError.usage("gradient has no picture for --plot") }
    let states = try InitialStates(fieldOptions, file)
    let resolved = try states.options.resolve(common, file)
    guard let field = resolved.field as? any DifferentiableField else {
      throw InputError.usage("this field has no vector-Jacobian products; allowed: the fields of depth integrate")
    }
    // refused before the work begins
    _ = try choice(resolved, file)
    return { [self] in try gradient(field, states, resolved, file) }
  }

  private func gradient(
    _ field: some DifferentiableField, _ states: InitialStates, _ resolved: FieldOptions.Resolved, _ file: OptionFile
  ) throws -> CommandResult {
    let rows = states.rows.isEmpty ? [resolved.initial] : states.rows
    try states.requireWidth(field.dimension)
    guard rows[0].count == field.dimension else {
      throw InputError.usage(
        "the initial state has \(rows[0].count) entries; allowed: \(field.dimension), the field's dimension")
    }
    let batch = try InitialValueBatch(field: field, initialStates: rows.flatMap { $0 }, end: resolved.horizon)
    let targets = try targets(field.dimension, count: rows.count, file)
    let loss = try TerminalLoss.halfSquaredDistance(to: targets.values, dimension: field.dimension, count: rows.count)
    let choice = try choice(resolved, file)
    let estimates = try errorEstimate ?? file.flag("error_estimate") ?? true
    let run = try Repetition(integratorOptions.repetitions(file)) { try choice.gradient(of: loss, batch) }
    let (gradient, verdict) = run.result
    try NonFiniteGradient.require(gradient)
    let error =
      estimates
      ? GradientErrorEstimate(gradient, by: choice) { try choice.refined().gradient(of: loss, batch).0 } : nil
    let isFixed = choice.integrator.isFixedStep
    let missed = MissedTolerance(gradientExcess: isFixed ? nil : error?.excess(resolved.tolerances))
    var diagnostics = Diagnostics(
      status: missed.status, method: verdict.name, iterations: gradient.statistics.steps,
      evaluations: ["field": gradient.statistics.evaluations],
      residualNorm: isFixed ? "none: fixed steps control no error" : "local error control",
      toleranceAsked: isFixed ? 0 : resolved.tolerances.relative, seconds: run.seconds)
    diagnostics.processorSeconds = run.processorSeconds
    var configuration = try configuration(resolved, choice, file)
    configuration.merge(states.record) { $1 }
    (configuration["target"], configuration["error_estimate"]) = (targets.record, .bool(estimates))
    return CommandResult(
      command: "gradient", configuration: configuration,
      results: results(gradient, error, verdict, field.dimension), diagnostics: diagnostics,
      warnings: missed.warnings + warnings(choice, verdict, gradient) + [error?.objection].compactMap { $0 },
      tables: tables(gradient, field.dimension), text: text(gradient, error, verdict))
  }

  private func warnings(_ choice: GradientChoice, _ verdict: MethodVerdict, _ gradient: LossGradient) -> [String] {
    var warnings: [String] = []
    if choice.name == "discrete", verdict.name.hasPrefix("cvodes") {
      warnings.append(
        "the field is stiff: \(verdict.name) took the place of the discrete adjoint; --integrator dop853 insists on it")
    } else if gradient.statistics.isStiff {
      warnings.append("the field is stiff: stability held most steps short; try --adjoint cvodes")
    }
    if choice.integrator.isFixedStep, fieldOptions.relativeTolerance != nil || fieldOptions.absoluteTolerance != nil {
      warnings.append("\(choice.integrator.name) controls no error: the tolerances have no effect; choose --blocks")
    }
    return warnings
  }

  private func choice(_ resolved: FieldOptions.Resolved, _ file: OptionFile) throws -> GradientChoice {
    let mebibytes = try memory ?? file.number("memory") ?? 256
    guard mebibytes > 0, mebibytes <= 1_048_576 else {
      throw InputError.value(mebibytes, of: "memory", allowed: "positive numbers up to 1048576, in MiB")
    }
    let name = try adjoint ?? file.string("adjoint") ?? "discrete"
    guard memory == nil || name == "discrete" else {
      throw InputError.usage("--memory is given, but \(name) remembers no states; allowed: with --adjoint discrete")
    }
    return try GradientChoice(
      name,
      integrator: integratorOptions.gradientChoice(resolved.tolerances, common, file),
      memory: Int(mebibytes * 1_048_576))
  }

  /// y, and how a record names it.
  private func targets(
    _ dimension: Int, count: Int, _ file: OptionFile
  ) throws -> (values: [Double], record: JSONValue) {
    guard let text = target ?? file.values["target"]?.stringValue else {
      let values = try file.numberList("target") ?? [Double](repeating: 0, count: dimension)
      return (values, JSONValue(values))
    }
    guard text.hasSuffix(".npy") else {
      let values = try parseNumbers(text, of: "--target")
      return (values, JSONValue(values))
    }
    let array = try NumericArray(npy: URL(fileURLWithPath: text))
    try array.requireFinite(name: text)
    // of dimension one, a list of samples needs no second axis
    let allowed = [[dimension], [1, dimension], [count, dimension]] + (dimension == 1 ? [[count]] : [])
    guard allowed.contains(array.shape) else {
      throw InputError.data(
        "\(text) has the shape \(array.shape); allowed: [\(dimension)], one target for all, or [\(count), \(dimension)], a row a sample"
      )
    }
    return (array.values, .string(text))
  }

  private func configuration(
    _ resolved: FieldOptions.Resolved, _ choice: GradientChoice, _ file: OptionFile
  ) throws -> [String: JSONValue] {
    var configuration = resolved.configuration
    configuration["adjoint"] = .string(choice.name)
    configuration["memory"] = .number(Double(choice.memory) / 1_048_576)
    configuration.merge(try integratorOptions.record(choice.integrator, file)) { $1 }
    configuration["linear_solver"] = nil
    configuration.merge(try common.record(file)) { $1 }
    return configuration
  }

  private func results(
    _ gradient: LossGradient, _ error: GradientErrorEstimate?, _ verdict: MethodVerdict, _ dimension: Int
  ) -> [String: JSONValue] {
    let rows = stride(from: 0, to: gradient.initialStates.count, by: dimension).map {
      JSONValue(Array(gradient.initialStates[$0..<($0 + dimension)]))
    }
    return [
      "loss": JSONValue(gradient.loss), "gradient_parameters": JSONValue(gradient.parameters),
      "gradient_initial": rows.count == 1 ? rows[0] : .array(rows),
      "error_estimate": JSONValue(error?.relative),
      "error_estimate_norm": "2-norm over parameters and initial states, relative",
      "loss_error_estimate": JSONValue(error?.loss),
      "adjoint": .string(verdict.name), "adjoint_reason": .string(verdict.reason),
      "statistics": gradient.statistics.json,
    ]
  }

  private func tables(_ gradient: LossGradient, _ dimension: Int) -> [Table] {
    var parameters = Table(name: "gradient-parameters")
    parameters.add("parameter", Array(gradient.parameters.indices))
    parameters.add("gradient", gradient.parameters)
    var initial = Table(name: "gradient-initial")
    initial.add("sample", gradient.initialStates.indices.map { $0 / dimension })
    initial.add("component", gradient.initialStates.indices.map { $0 % dimension })
    initial.add("gradient", gradient.initialStates)
    return [parameters, initial]
  }

  private func text(_ gradient: LossGradient, _ error: GradientErrorEstimate?, _ verdict: MethodVerdict) -> [String] {
    [
      "loss \(gradient.loss)", "d loss / d parameters: \(StateText.short(gradient.parameters))",
      "d loss / d initial state: \(StateText.short(gradient.initialStates))",
    ] + (error?.relative.map { ["relative error: \($0) (estimate, 2-norm)"] } ?? []) + [
      "\(verdict.name) (\(verdict.reason)): \(gradient.statistics.steps) steps, \(gradient.statistics.evaluations) evaluations"
    ]
  }
}
