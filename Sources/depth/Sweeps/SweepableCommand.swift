import ArgumentParser
import DepthExperiments
import DepthRuns
import Foundation

/// A command that can be the task of a sweep: what it is asked is checked first, and its result is a value.
protocol SweepableCommand: ParsableCommand {
  var common: CommonOptions { get set }
  /// Its options as files name them.
  static var optionKeys: [String] { get }
  /// Whether each task of a sweep leaves a run folder, unless the plan says otherwise.
  static var keepsRuns: Bool { get }
  /// The problem parameters that go with its options.
  ///
  /// - Throws: `InputError` for an unknown problem.
  func parameters(_ file: OptionFile) throws -> SweepSchema.Parameters
  /// Checks everything that can be checked without the work, which is left to do.
  ///
  /// - Throws: `InputError`.
  func prepared(_ file: OptionFile) throws -> () throws -> CommandResult
}

extension SweepableCommand {
  static var keepsRuns: Bool { false }

  func run() throws {
    let file = try common.file(known: Self.optionKeys)
    try prepared(file)().deliver(common)
  }
}

/// The commands that can be swept.
enum SweepableCommands {
  static var all: [any SweepableCommand.Type] {
    [
      BoundaryCommand.self, IntegrateCommand.self, GradientCommand.self, SimulateCommand.self, LimitCommand.self,
      TrainCommand.self, InferCommand.self, InferTokensCommand.self, TheoryCommand.self, CompareCommand.self,
    ]
  }

  /// - Throws: `InputError.data` for a name that is none of them.
  static func named(_ name: String) throws -> any SweepableCommand.Type {
    let names = all.compactMap { $0.configuration.commandName }
    guard let place = names.firstIndex(of: name) else {
      throw InputError.data(InputError.unknown(name, kindOfName: "command of a sweep", known: names).description)
    }
    return all[place]
  }
}

/// A command, ready to be asked many times from many threads.
struct SweepTaskRunner: Sendable {
  let schema: SweepSchema
  /// - Throws: `InputError` for a task that the command refuses.
  let validate: @Sendable (SweepTask) throws -> Void
  /// The answer; with a folder for a task that leaves a run.
  let solve: @Sendable (SweepTask, SweepFolder?) throws -> SweepAnswer

  /// - Parameter threads: of each task.
  init(_ plan: SweepPlan, threads: Int) throws {
    self = try Self.make(SweepableCommands.named(plan.command), plan, threads)
  }

  private init(
    schema: SweepSchema, validate: @escaping @Sendable (SweepTask) throws -> Void,
    solve: @escaping @Sendable (SweepTask, SweepFolder?) throws -> SweepAnswer
  ) {
    (self.schema, self.validate, self.solve) = (schema, validate, solve)
  }

  private static func make<Command: SweepableCommand>(
    _: Command.Type, _ plan: SweepPlan, _ threads: Int
  ) throws -> SweepTaskRunner {
    var parsed = try Command.parse([])
    parsed.common.quiet = true
    // parsed options are plain values that nobody changes from here on
    nonisolated(unsafe) let command = parsed
    let keepsRuns = plan.keepsRuns ?? Command.keepsRuns
    @Sendable func file(_ configuration: [String: JSONValue]) -> OptionFile {
      var values = configuration
      if values["threads"] == nil { values["threads"] = .integer(threads) }
      return OptionFile(values: values, path: "plan")
    }
    @Sendable func asking(_ output: String?) -> Command {
      var command = command
      if let output { command.common.output = output }
      return command
    }
    return SweepTaskRunner(
      schema: SweepSchema(options: Command.optionKeys + ["seed", "threads"]) { options in
        try command.parameters(OptionFile(values: options, path: "plan"))
      },
      validate: { task in
        _ = try asking(keepsRuns ? "tasks/\(task.identity)" : nil).prepared(file(task.configuration))
      },
      solve: { task, folder in
        let output = keepsRuns ? folder?.runFolder(task.identity) : nil
        let result = try asking(output?.path).prepared(file(task.configuration))()
        if let output { try result.write(into: output) }
        var results = result.results
        // the folder may be moved
        if output != nil, results["run"] != nil { results["run"] = .string("tasks/\(task.identity)") }
        return SweepAnswer(
          status: result.diagnostics.status == .converged ? .converged : .unconverged, columns: SweepColumns(results),
          warnings: result.warnings)
      })
  }
}
