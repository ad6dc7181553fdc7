import DepthFigures
import DepthRuns
import DepthStopping
import Foundation

/// What `depth boundary` prints, writes and draws.
struct BoundaryOutput {
  let resolved: StoppingOptions.Resolved
  /// Seed and threads.
  let record: [String: JSONValue]
  let run: Repetition<StoppingSolution>
  let choice: MethodCatalogue.Choice
  let query: StoppingQuery
  let blockSize: Double?
  let tolerance: Double
  var sensitivities: [ProblemSensitivity] = []
  var costCurve: CostCurve?

  private var problem: StoppingProblem { resolved.problem }
  private var solution: StoppingSolution { run.result }

  func result(seed: UInt64) -> CommandResult {
    var diagnostics = solution.diagnostics
    let worst = (solution.values.map(\.errorBound) + [solution.boundary.errorBound]).max() ?? 0
    diagnostics.toleranceAsked = tolerance
    (diagnostics.seconds, diagnostics.processorSeconds) = (run.seconds, run.processorSeconds)
    if !(worst <= tolerance) { diagnostics.status = .unconverged }
    let missed = worst <= tolerance ? [] : ["error bound \(worst) exceeds the tolerance \(tolerance)"]
    return CommandResult(
      command: "boundary", configuration: configuration, results: results, diagnostics: diagnostics,
      warnings: solution.warnings + missed, tables: tables, arrays: arrays, seed: seed, text: text,
      figure: { try BoundaryPicture(problem: problem, solution: solution, choice: choice).figure() })
  }

  private var configuration: [String: JSONValue] {
    resolved.configuration.merging(
      [
        "problem": .string(problem.name), "parameters": .object(problem.parameters),
        "method": .string(choice.method.name), "tolerance": JSONValue(tolerance),
        "at": .array(query.points.map { JSONValue($0) }), "at_depth": JSONValue(query.depths),
        "block_size": JSONValue(blockSize),
      ].merging(record) { $1 }
    ) { kept, _ in kept }
  }

  private var results: [String: JSONValue] {
    var results = solution.json
    results["method"] = ["name": .string(choice.method.name), "reason": .string(choice.reason)]
    if let reference = resolved.reference, blockSize == nil {
      results["reference"] = [
        "boundary": JSONValue(reference.boundary),
        "value": .array(query.points.map { JSONValue(reference.value($0)) }), "citation": .string(reference.citation),
      ]
    }
    if !sensitivities.isEmpty { results["sensitivity"] = .array(sensitivities.map(Self.json)) }
    if let costCurve { results["cost_curve"] = costCurve.table().json }
    return results
  }

  private static func json(_ sensitivity: ProblemSensitivity) -> JSONValue {
    func list(_ derivatives: [ProblemSensitivity.Derivative]) -> JSONValue {
      .array(derivatives.map { ["derivative": JSONValue($0.value), "error_bound": JSONValue($0.errorBound)] })
    }
    return [
      "parameter": .string(sensitivity.parameter), "at": JSONValue(sensitivity.parameterValue),
      "value": list(sensitivity.values), "boundary": list(sensitivity.boundary),
    ]
  }

  // MARK: tables

  private var tables: [Table] {
    var tables = [solution.boundary.table(), solution.valueTable()]
    if !sensitivities.isEmpty { tables.append(sensitivityTable) }
    if let costCurve { tables.append(costCurve.table()) }
    return tables
  }

  /// One row a parameter and quantity.
  private var sensitivityTable: Table {
    let rows = sensitivities.flatMap { s in
      s.values.enumerated().map { (s.parameter, "value_\($0)", $1) }
        + s.boundary.enumerated().map { (s.parameter, "boundary_\($0)", $1) }
    }
    var table = Table(name: "sensitivity")
    table.add("parameter", rows.map(\.0))
    table.add("quantity", rows.map(\.1))
    table.add("derivative", rows.map(\.2.value))
    table.add("error_bound", rows.map(\.2.errorBound))
    return table
  }

  /// `boundary.npz`: depths and states of the boundary, states and values of V.
  private var arrays: [String: [String: NumericArray]] {
    func matrix(_ rows: [[Double]]) -> NumericArray {
      NumericArray(shape: [rows.count, rows.first?.count ?? 0], values: rows.flatMap { $0 })
    }
    func vector(_ values: [Double]) -> NumericArray { NumericArray(shape: [values.count], values: values) }
    let points = solution.boundary.points
    return [
      "boundary.npz": [
        "boundary_depth": vector(points.map { $0.depth ?? .nan }), "boundary_state": matrix(points.map(\.at)),
        "value_depth": vector(solution.values.map(\.depth)), "value_state": matrix(solution.values.map(\.at)),
        "value": vector(solution.values.map(\.value)), "value_error_bound": vector(solution.values.map(\.errorBound)),
        "stopping_loss": vector(solution.values.map(\.stoppingLoss)),
      ]
    ]
  }

  // MARK: text

  private var text: [String] {
    let boundary = solution.boundary
    var lines = ["\(problem.name) by \(choice.method.name) (\(choice.reason))"]
    let bound = "error at most about \(boundary.errorBound), \(boundary.boundKind.rawValue)"
    if let radius = boundary.radius {
      lines.append("stop at |x| \(boundary.stopsOutside ? ">=" : "<=") \(radius)  (\(bound))")
    } else {
      let shown = boundary.points.prefix(8).map { point in
        (point.depth.map { "b(\($0)) = " } ?? "") + point.at.map { "\($0)" }.joined(separator: ",")
      }
      let more = boundary.points.count > 8 ? ", ... (\(boundary.points.count) points)" : ""
      lines.append("boundary: \(shown.joined(separator: "; "))\(more)  (\(bound))")
    }
    for (index, value) in solution.values.enumerated() {
      let depth = index < solution.expectedDepths.count ? ", E tau* = \(solution.expectedDepths[index].value)" : ""
      let verdict = value.value == value.stoppingLoss ? "stop" : "continue"
      let when = problem.horizon == nil && query.depths.isEmpty ? "" : "\(value.depth), "
      let state = value.at.map { "\($0)" }.joined(separator: ",")
      lines.append("V(\(when)\(state)) = \(value.value) +- \(value.errorBound)\(depth): \(verdict)")
    }
    for s in sensitivities {
      let values = s.values.map { "\($0.value) +- \($0.errorBound)" }.joined(separator: "; ")
      let states = s.boundary.map { "\($0.value) +- \($0.errorBound)" }.joined(separator: "; ")
      lines.append("d/d\(s.parameter): V \(values.isEmpty ? "-" : values), b \(states.isEmpty ? "-" : states)")
    }
    if let costCurve { lines.append("cost curve: \(costCurve.points.count) costs (--json or --output)") }
    return lines
  }
}
