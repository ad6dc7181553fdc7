import ArgumentParser
import DepthDynamics
import DepthFigures
import DepthRuns
import Foundation

/// `depth limit`: residual networks of L blocks against the flow.
struct LimitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "limit", abstract: "ResNet to ODE: error against the number of blocks, with the predicted constant.",
    discussion:
      "examples:\n  depth limit --problem flow-decay --horizon 1 --json\n  depth limit --problem spiral --initial 0.5,0 --horizon 1 --blocks 64,128,256 --plot -"
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var fieldOptions: FieldOptions
  @Option(name: .long, help: "Numbers L of blocks (default 8,16,...,1024).") var blocks: String?

  func run() throws {
    let file = try common.file(known: FieldOptions.keys + ["blocks"])
    let resolved = try fieldOptions.resolve(common, file, relative: 1e-12, absolute: 1e-14)
    let numbers = try blocks.map { try parseNumbers($0, of: "--blocks") } ?? file.numbers("blocks")
    let counts =
      try numbers?.map { number -> Int in
        guard let count = Int(exactly: number), count > 0 else {
          throw InputError.value(number, of: "blocks", allowed: "positive integers")
        }
        return count
      } ?? (3...10).map { 1 << $0 }
    let (limit, seconds) = try timed { try run(resolved.field, resolved, counts) }
    var configuration = resolved.configuration
    configuration["blocks"] = .array(counts.map { .integer($0) })
    let rows = counts.indices.map { i -> JSONValue in
      [
        "blocks": .integer(limit.blocks[i]), "error": JSONValue(limit.errors[i]),
        "predicted_error": JSONValue(limit.predictedErrors[i]),
      ]
    }
    try CommandResult(
      command: "limit", configuration: configuration,
      results: [
        "table": .array(rows), "slope": JSONValue(limit.slope), "constant": JSONValue(limit.constant),
        "predicted_constant": JSONValue(limit.predictedConstant),
      ],
      diagnostics: Diagnostics(
        status: .converged, method: "euler against erk-dormand-prince", residualNorm: "local error control",
        toleranceAsked: resolved.tolerances.relative, seconds: seconds), warnings: warnings(limit, resolved),
      tables: [limit.table],
      text: counts.indices.map {
        "L = \(counts[$0]): error \(limit.errors[$0]), predicted \(limit.predictedErrors[$0])"
      }
        + ["slope \(limit.slope); constant \(limit.constant), predicted \(limit.predictedConstant)"],
      figure: { try Figures.depthLimit(limit.table) }
    ).deliver(common)
  }

  /// Where the slope means nothing, or the reference is too coarse to measure against.
  private func warnings(_ limit: DepthLimit, _ resolved: FieldOptions.Resolved) -> [String] {
    guard let least = limit.errors.min(), least > 0 else {
      return ["an error is exactly zero: the slope means nothing"]
    }
    let tolerance = resolved.tolerances.relative
    return least < 100 * tolerance
      ? [
        "the least error \(least) is within 100 times the reference's tolerance \(tolerance): tighten --relative-tolerance"
      ] : []
  }

  private func run(_ field: some VectorField, _ resolved: FieldOptions.Resolved, _ counts: [Int]) throws -> DepthLimit {
    let problem = try InitialValueProblem(field: field, initialState: resolved.initial, end: resolved.horizon)
    return try DepthLimit(problem, blocks: counts, reference: ERKStep(tolerances: resolved.tolerances))
  }
}
