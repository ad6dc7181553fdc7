import ArgumentParser
import DepthDynamics
import DepthRuns

/// `depth integrate`: a vector field in depth.
struct IntegrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "integrate",
    abstract: "Integrate a vector field in depth, with dense output, events and an error bound.",
    discussion: """
      examples:
        depth integrate --problem flow-decay --integrator cvode-adams --horizon 1 --at-depth 0.5
        depth integrate --problem spiral --points 200 --plot -
        depth integrate --problem flow-decay --horizon 5 --event state-norm=0.3 --json
        depth integrate --problem custom --drift "y" --drift "-x - k*y" --set k=0.1 --initial 1,0 --horizon 10
        depth integrate --problem tanh-residual --weights PREFIX --initial STATES.npy --horizon 1 --output run
        depth integrate --problem lorenz --horizon 0.2 --imbedding
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var fieldOptions: FieldOptions
  @OptionGroup var integratorOptions: IntegratorOptions
  @OptionGroup var eventOptions: EventOptions
  @OptionGroup var imbeddingOptions: ImbeddingOptions
  @Option(name: .long, parsing: .unconditionalSingleValue, help: "A depth at which to give the state; repeatable.")
  var atDepth: [Double] = []
  @Option(name: .long, help: "So many equally spaced depths, both ends included.") var points: Int?
  @Flag(name: .long, inversion: .prefixedNo, help: "Estimate the global error by a second, finer integration.")
  var errorEstimate = true

  func run() throws {
    let file = try common.file(
      known: FieldOptions.keys + IntegratorOptions.keys + EventOptions.keys + ImbeddingOptions.keys
        + ["at_depth", "points", "imbedding"])
    let states = try InitialStates(fieldOptions, file)
    let resolved = try states.options.resolve(common, file)
    let choice = try integratorOptions.choice(resolved.tolerances, common, file)
    if try imbeddingOptions.isAsked(file) { return try imbed(resolved, choice, file) }
    let setting = IntegrateSetting(
      resolved: resolved, choice: choice, depths: try savedDepths(resolved.horizon, file),
      eventTexts: try eventOptions.texts(file), repetitions: try integratorOptions.repetitions(file),
      estimatesError: errorEstimate)
    if states.rows.count > 1 {
      try batch(resolved.field, states, setting, file).deliver(common)
    } else {
      try single(resolved.field, setting, file).deliver(common)
    }
  }

  private func single(
    _ field: some VectorField, _ setting: IntegrateSetting, _ file: OptionFile
  ) throws -> CommandResult {
    let problem = try InitialValueProblem(
      field: field, initialState: setting.resolved.initial, end: setting.resolved.horizon)
    let events = try eventOptions.events(file, of: field)
    let run = try Repetition(setting.repetitions) {
      try setting.choice.integrate(problem, saving: setting.depths, events: events)
    }
    return try IntegrateOutput(setting: setting, trajectory: run.result.0, verdict: run.result.1).result(
      problem, events, seconds: run.seconds, processorSeconds: run.processorSeconds)
  }

  private func batch(
    _ field: some VectorField, _ states: InitialStates, _ setting: IntegrateSetting, _ file: OptionFile
  ) throws -> CommandResult {
    try states.requireWidth(field.dimension)
    let problem = try InitialValueBatch(
      field: field, initialStates: states.rows.flatMap { $0 }, end: setting.resolved.horizon)
    let events = try eventOptions.events(file, of: field)
    guard events.isEmpty else {
      guard atDepth.isEmpty, points == nil else {
        throw InputError.usage("a batch with events ends where each sample halts; allowed: no --at-depth, no --points")
      }
      let run = try Repetition(setting.repetitions) { try HaltedBatch(problem, events, by: setting.choice) }
      return run.result.result(setting, seconds: run.seconds, processorSeconds: run.processorSeconds)
    }
    let run = try Repetition(setting.repetitions) { try setting.choice.integrate(problem, saving: setting.depths) }
    return try BatchOutput(setting: setting, batch: run.result.0, verdict: run.result.1).result(
      problem, seconds: run.seconds, processorSeconds: run.processorSeconds)
  }

  private func imbed(_ resolved: FieldOptions.Resolved, _ choice: IntegratorChoice, _ file: OptionFile) throws {
    guard points == nil, try eventOptions.texts(file).isEmpty else {
      throw InputError.usage("--imbedding has no --points and no --event; allowed: --at-depth for the depths p")
    }
    let depths = try atDepth.isEmpty ? file.numbers("at_depth") : atDepth
    let request = try imbeddingOptions.request(
      depths: depths?.sorted(), blocks: integratorOptions.blockCounts(file), resolved, file)
    try ImbeddingOutput(resolved: resolved, choice: choice, request: request).result().deliver(common)
  }

  private func savedDepths(_ horizon: Double, _ file: OptionFile) throws -> [Double] {
    let asked = try atDepth.isEmpty ? file.numbers("at_depth") ?? [] : atDepth
    guard let count = try points ?? file.integer("points") else { return asked.isEmpty ? [horizon] : asked.sorted() }
    guard asked.isEmpty else { throw InputError.usage("--points and --at-depth exclude each other") }
    guard count >= 2, count <= 10_000_000 else { throw InputError.value(count, of: "points", allowed: "2 to 10000000") }
    return (0..<count).map { $0 == count - 1 ? horizon : horizon * Double($0) / Double(count - 1) }
  }
}

/// What an integration was asked for, beside the field itself.
struct IntegrateSetting {
  let resolved: FieldOptions.Resolved
  let choice: IntegratorChoice
  let depths: [Double]
  let eventTexts: [String]
  let repetitions: Int
  let estimatesError: Bool

  /// What a record needs.
  func configuration() -> [String: JSONValue] {
    var configuration = resolved.configuration
    configuration["integrator"] = .string(choice.name)
    configuration["at_depth"] = JSONValue(depths)
    configuration["event"] = eventTexts.isEmpty ? .null : .array(eventTexts.map { .string($0) })
    configuration["step_control"] = .string(choice.control.rawValue)
    configuration["repeat"] = .integer(repetitions)
    if choice.isFixedStep { configuration["blocks"] = .integer(choice.blocks) }
    return configuration
  }

  func diagnostics(
    _ statistics: Trajectory.Statistics, _ verdict: MethodVerdict, seconds: Double, processorSeconds: Double
  ) -> Diagnostics {
    var diagnostics = Diagnostics(
      status: .converged, method: verdict.name, iterations: statistics.steps,
      evaluations: ["field": statistics.evaluations],
      residualNorm: choice.isFixedStep ? "none: fixed steps control no error" : "local error control",
      toleranceAsked: choice.isFixedStep ? 0 : resolved.tolerances.relative, seconds: seconds)
    diagnostics.processorSeconds = processorSeconds
    return diagnostics
  }

  /// The method that ran and why, as JSON and as a line.
  func verdict(_ verdict: MethodVerdict) -> [String: JSONValue] {
    ["integrator": .string(verdict.name), "integrator_reason": .string(verdict.reason)]
  }

  func line(_ verdict: MethodVerdict, _ statistics: Trajectory.Statistics) -> String {
    let reason = choice.name == "auto" ? " (\(verdict.reason))" : ""
    return "\(verdict.name)\(reason): \(statistics.steps) steps, \(statistics.evaluations) evaluations"
  }

  func warnings(_ statistics: Trajectory.Statistics, bound: Double?, size: Double) -> [String] {
    var warnings: [String] = []
    if statistics.isStiff {
      warnings.append("the field is stiff: stability held most steps short; try cvode-bdf or auto")
    }
    guard let bound else { return warnings }
    let asked = resolved.tolerances.relative * size + resolved.tolerances.absolute
    if !bound.isFinite {
      warnings.append("the error has no estimate: a finer integration ended elsewhere")
    } else if !choice.isFixedStep, bound > 100 * asked {
      warnings.append(
        "the estimated error \(bound) is \(Int(min(bound / asked, 1e15))) times what the tolerances ask: the flow magnifies errors"
      )
    }
    return warnings
  }
}
