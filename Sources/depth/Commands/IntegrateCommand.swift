import ArgumentParser
import DepthDynamics
import DepthRuns

/// `depth integrate`: a vector field in depth.
struct IntegrateCommand: SweepableCommand {
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

      An estimated error above \(Int(MissedTolerance.allowance)) times what the tolerances ask, rtol ||h|| + ||atol||, is a missed
      tolerance: status unconverged, exit 3.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var fieldOptions: FieldOptions
  @OptionGroup var integratorOptions: IntegratorOptions
  @OptionGroup var eventOptions: EventOptions
  @OptionGroup var imbeddingOptions: ImbeddingOptions
  @OptionGroup var savedDepths: SavedDepths
  @Flag(name: .long, inversion: .prefixedNo, help: "Estimate the global error by a second, finer integration.")
  var errorEstimate: Bool?

  static let optionKeys =
    FieldOptions.keys + IntegratorOptions.keys + EventOptions.keys + ImbeddingOptions.keys + SavedDepths.keys
    + InitialStates.keys + ["error_estimate"]

  func parameters(_ file: OptionFile) throws -> SweepSchema.Parameters { try fieldOptions.parameters(file) }

  func prepared(_ file: OptionFile) throws -> () throws -> CommandResult {
    let states = try InitialStates(fieldOptions, file)
    let resolved = try states.options.resolve(common, file)
    if try imbeddingOptions.isAsked(file) { return try imbedding(resolved, states, file) }
    let setting = try setting(resolved, states, file)
    return { [self] in
      let isBatch = states.rows.count > 1
      return try isBatch ? batch(resolved.field, states, setting, file) : single(resolved.field, setting, file)
    }
  }

  private func setting(
    _ resolved: FieldOptions.Resolved, _ states: InitialStates, _ file: OptionFile
  ) throws -> IntegrateSetting {
    let choice = try integratorOptions.choice(resolved.tolerances, common, file)
    try states.requireWidth(resolved.field.dimension)
    let depths = try savedDepths.depths(
      resolved.horizon, width: resolved.field.dimension * max(1, states.rows.count), file)
    guard common.plot == nil || depths.count > 1 else {
      throw InputError.usage("--plot needs --points N or several --at-depth")
    }
    let (events, estimates) = (try eventOptions.texts(file), try errorEstimate ?? file.flag("error_estimate") ?? true)
    var record = resolved.configuration
    for part in [
      try integratorOptions.record(choice, file), try savedDepths.record(depths, file), try common.record(file),
      states.record,
    ] {
      record.merge(part) { $1 }
    }
    record["event"] = events.isEmpty ? .null : .array(events.map { .string($0) })
    record["error_estimate"] = .bool(estimates)
    if states.rows.count > 1 { record["step_control"] = .string(choice.control.rawValue) }
    let asksTolerance = fieldOptions.relativeTolerance != nil || fieldOptions.absoluteTolerance != nil
    return IntegrateSetting(
      resolved: resolved, choice: choice, depths: depths, repetitions: try integratorOptions.repetitions(file),
      estimatesError: estimates, ignoresTolerances: choice.isFixedStep && asksTolerance, configuration: record)
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
    let problem = try InitialValueBatch(
      field: field, initialStates: states.rows.flatMap { $0 }, end: setting.resolved.horizon)
    let events = try eventOptions.events(file, of: field)
    guard events.isEmpty else {
      let run = try Repetition(setting.repetitions) { try HaltedBatch(problem, events, setting) }
      return try run.result.result(problem, events, seconds: run.seconds, processorSeconds: run.processorSeconds)
    }
    let run = try Repetition(setting.repetitions) { try setting.choice.integrate(problem, saving: setting.depths) }
    return try BatchOutput(setting: setting, batch: run.result.0, verdict: run.result.1).result(
      problem, seconds: run.seconds, processorSeconds: run.processorSeconds)
  }

  private func imbedding(
    _ resolved: FieldOptions.Resolved, _ states: InitialStates, _ file: OptionFile
  ) throws -> () throws -> CommandResult {
    guard !savedDepths.asksPoints(file), try eventOptions.texts(file).isEmpty else {
      throw InputError.usage("--imbedding has no --points and no --event; allowed: --at-depth for the depths p")
    }
    guard states.rows.count <= 1 else {
      throw InputError.usage(
        "--imbedding takes one initial state, the file of initial states has \(states.rows.count) rows")
    }
    guard try integratorOptions.repetitions(file) == 1, errorEstimate == nil else {
      throw InputError.usage("--imbedding has no --repeat and no --error-estimate")
    }
    let choice = try integratorOptions.imbeddingChoice(resolved.tolerances, common, file)
    let request = try imbeddingOptions.request(
      depths: savedDepths.listed(file), blocks: integratorOptions.blockCounts(file), resolved, file)
    let record = try common.record(file).merging(states.record) { $1 }
    return {
      var result = try ImbeddingOutput(resolved: resolved, choice: choice, request: request).result()
      result.configuration.merge(record) { $1 }
      return result
    }
  }
}
