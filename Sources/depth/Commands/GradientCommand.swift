import ArgumentParser
import DepthDynamics
import DepthRuns
import Foundation

/// `depth gradient`: a loss of the final state, differentiated.
struct GradientCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradient",
    abstract: "The gradient of mean ||h(T) - y||^2/2 with respect to parameters and initial states.",
    discussion: """
      examples:
        depth gradient --problem flow-decay --horizon 1 --target 0.2 --json
        depth gradient --problem tanh-residual --weights PREFIX --initial STATES.npy --target TARGETS.npy --output run
        depth gradient --problem van-der-pol --set mu=50 --horizon 2 --adjoint cvodes
        depth gradient --problem run:RUN --adjoint discrete --integrator euler --blocks 20
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var fieldOptions: FieldOptions
  @OptionGroup var integratorOptions: IntegratorOptions
  @Option(
    name: .long,
    help:
      "discrete (default: the exact reverse of the computed steps), cvodes (continuous, stiff), forward (few parameters)."
  ) var adjoint: String?
  @Option(name: .long, parsing: .unconditional, help: "y: numbers, or FILE.npy with a row a sample (default 0).")
  var target: String?
  @Option(name: .long, help: "discrete: MiB of states a thread may remember before it recomputes (default 256).")
  var memory: Double?
  @Flag(name: .long, inversion: .prefixedNo, help: "Estimate the gradient's error by a second, finer one.")
  var errorEstimate = true

  func run() throws {
    let file = try common.file(known: FieldOptions.keys + IntegratorOptions.keys + ["adjoint", "target", "memory"])
    let states = try InitialStates(fieldOptions, file)
    let resolved = try states.options.resolve(common, file)
    guard let field = resolved.field as? any DifferentiableField else {
      throw InputError.usage("this field has no vector-Jacobian products; allowed: the fields of depth integrate")
    }
    try gradient(field, states, resolved, file).deliver(common)
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
    let loss = try TerminalLoss.halfSquaredDistance(
      to: targets(field.dimension, file), dimension: field.dimension, count: rows.count)
    let choice = try choice(resolved, file)
    let run = try Repetition(integratorOptions.repetitions(file)) { try choice.gradient(of: loss, batch) }
    let (gradient, verdict) = run.result
    var (reference, warnings): (LossGradient?, [String]) = (nil, [])
    if errorEstimate {
      do {
        reference = try choice.refined().gradient(of: loss, batch).0
      } catch {
        warnings.append("the error has no estimate: \(error)")
      }
    }
    var diagnostics = Diagnostics(
      status: .converged, method: verdict.name, iterations: gradient.statistics.steps,
      evaluations: ["field": gradient.statistics.evaluations], residualNorm: "local error control",
      toleranceAsked: resolved.tolerances.relative, seconds: run.seconds)
    diagnostics.processorSeconds = run.processorSeconds
    return CommandResult(
      command: "gradient", configuration: try configuration(resolved, choice, file),
      results: results(gradient, reference, verdict, field.dimension), diagnostics: diagnostics,
      warnings: warnings, tables: tables(gradient, field.dimension), text: text(gradient, reference, verdict))
  }

  private func choice(_ resolved: FieldOptions.Resolved, _ file: OptionFile) throws -> GradientChoice {
    let mebibytes = try memory ?? file.number("memory") ?? 256
    guard mebibytes > 0, mebibytes <= 1_048_576 else {
      throw InputError.value(mebibytes, of: "memory", allowed: "positive numbers up to 1048576, in MiB")
    }
    return try GradientChoice(
      adjoint ?? file.string("adjoint") ?? "discrete",
      integrator: integratorOptions.choice(resolved.tolerances, common, file), memory: Int(mebibytes * 1_048_576))
  }

  private func targets(_ dimension: Int, _ file: OptionFile) throws -> [Double] {
    guard let text = target ?? file.values["target"]?.stringValue else {
      return try file.numberList("target") ?? [Double](repeating: 0, count: dimension)
    }
    guard text.hasSuffix(".npy") else { return try parseNumbers(text, of: "--target") }
    let array = try NumericArray(npy: URL(fileURLWithPath: text))
    try array.requireFinite(name: text)
    return array.values
  }

  private func configuration(
    _ resolved: FieldOptions.Resolved, _ choice: GradientChoice, _ file: OptionFile
  ) throws -> [String: JSONValue] {
    var configuration = resolved.configuration
    configuration["adjoint"] = .string(choice.name)
    configuration["integrator"] = .string(choice.integrator.name)
    configuration["target"] = target.map { .string($0) } ?? file.values["target"] ?? .null
    configuration["memory"] = .integer(choice.memory)
    if choice.integrator.isFixedStep { configuration["blocks"] = .integer(choice.integrator.blocks) }
    return configuration
  }

  private func results(
    _ gradient: LossGradient, _ reference: LossGradient?, _ verdict: MethodVerdict, _ dimension: Int
  ) -> [String: JSONValue] {
    let rows = stride(from: 0, to: gradient.initialStates.count, by: dimension).map {
      JSONValue(Array(gradient.initialStates[$0..<($0 + dimension)]))
    }
    return [
      "loss": JSONValue(gradient.loss), "gradient_parameters": JSONValue(gradient.parameters),
      "gradient_initial": rows.count == 1 ? rows[0] : .array(rows),
      "error_estimate": JSONValue(reference.map { gradient.relativeDistance(to: $0) }),
      "error_estimate_norm": "2-norm over parameters and initial states, relative",
      "loss_error_estimate": JSONValue(reference.map { abs(gradient.loss - $0.loss) }),
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

  private func text(_ gradient: LossGradient, _ reference: LossGradient?, _ verdict: MethodVerdict) -> [String] {
    [
      "loss \(gradient.loss)", "d loss / d parameters: \(StateText.short(gradient.parameters))",
      "d loss / d initial state: \(StateText.short(gradient.initialStates))",
    ] + (reference.map { ["relative error: \(gradient.relativeDistance(to: $0)) (estimate, 2-norm)"] } ?? []) + [
      "\(verdict.name) (\(verdict.reason)): \(gradient.statistics.steps) steps, \(gradient.statistics.evaluations) evaluations"
    ]
  }
}
