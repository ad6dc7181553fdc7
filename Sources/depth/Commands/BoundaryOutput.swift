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
  /// Whether bounds were to be estimated where a proof is dear.
  let estimates: Bool
  var showsReference = true
  var sensitivities: [ProblemSensitivity] = []
  var costCurve: CostCurve?
  /// From each point of the query; empty where they were not asked for and the method itself gave E tau*.
  var laws: [StoppingLaw] = []
  var showsLaws = false
  var lawWarnings: [String] = []

  private var problem: StoppingProblem { resolved.problem }
  private var solution: StoppingSolution { run.result }

  /// The laws of tau* where they are asked for; with a horizon they also give the E tau* that the method left out.
  ///
  /// - Throws: `StoppingError` where one is asked for and there is none.
  mutating func addLaws(asked: Bool) throws {
    let isMissing = problem.horizon != nil && solution.expectedDepths.isEmpty && blockSize == nil
    guard !asked || !query.points.isEmpty else {
      throw InputError.usage("--stopping-law is the law from a state: give one by --at")
    }
    guard asked || isMissing, !query.points.isEmpty, asked || solution.boundary.branches.count > 0 else { return }
    showsLaws = asked
    do {
      laws = try query.points.map { point in
        let state = problem.stateDimension == 1 ? point[0] : point.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return try StoppingLaw(of: problem, solution, from: solution.boundary.radius == nil ? state : abs(state))
      }
    } catch let error as StoppingError where !asked {
      lawWarnings.append("E tau* is not given: \(error)")
    }
  }

  /// The method's own, or by the laws.
  private var expectedDepths: [StoppingSolution.ExpectedDepth] {
    guard solution.expectedDepths.isEmpty else { return solution.expectedDepths }
    return zip(query.points, laws).map { point, law in
      .init(
        at: point, value: law.mean, lower: max(0, law.mean - law.errorBound), upper: law.mean + law.errorBound)
    }
  }

  func result(seed: UInt64) -> CommandResult {
    var diagnostics = solution.diagnostics
    let worst = worstError
    diagnostics.toleranceAsked = tolerance
    (diagnostics.seconds, diagnostics.processorSeconds) = (run.seconds, run.processorSeconds)
    if !(worst <= tolerance) { diagnostics.status = .unconverged }
    let missed = worst <= tolerance ? [] : ["error bound \(worst) exceeds the tolerance \(tolerance)"]
    return CommandResult(
      command: "boundary", configuration: configuration, results: results, diagnostics: diagnostics,
      warnings: solution.warnings + lawWarnings + missed, tables: tables, arrays: arrays, seed: seed, text: text,
      figure: { try BoundaryPicture(problem: problem, solution: solution, choice: choice).figure() })
  }

  /// The largest error bound, relative to a size above 1.
  ///
  /// With a horizon the boundary's one bound is that of its worst depth, next to the horizon, where boundaries move like the square
  /// root of the depth to go: there the values decide, where some were asked for, else the boundary at the first depth shown.
  private var worstError: Double {
    let values = solution.values.map { $0.errorBound / max(1, abs($0.value)) }
    if problem.horizon != nil, let worst = values.max() { return worst }
    let size = solution.boundary.radius ?? solution.boundary.points.flatMap(\.at).map(abs).max() ?? 0
    let first = solution.boundary.points.min { ($0.depth ?? 0) < ($1.depth ?? 0) }
    let bound =
      problem.horizon == nil ? solution.boundary.errorBound : first?.errorBound ?? solution.boundary.errorBound
    return max(values.max() ?? 0, bound / max(1, size))
  }

  private var reason: String {
    solution.diagnostics.method == choice.method.name ? choice.reason : "took over from \(choice.method.name)"
  }

  /// With the method that answered, which need not be the first that was tried.
  private var configuration: [String: JSONValue] {
    resolved.configuration.merging(
      [
        "problem": .string(problem.name), "parameters": .object(problem.parameters),
        "method": .string(solution.diagnostics.method), "tolerance": JSONValue(tolerance), "estimate": .bool(estimates),
        "reference": .bool(showsReference),
        "at": .array(query.points.map { JSONValue($0) }), "at_depth": JSONValue(query.depths),
        "block_size": JSONValue(blockSize),
      ].merging(record) { $1 }
    ) { kept, _ in kept }
  }

  private var results: [String: JSONValue] {
    var results = solution.json
    results["expected_stopping_depth"] = .array(expectedDepths.map(\.json))
    if showsLaws { results["stopping_law"] = .array(zip(query.points, laws).map(Self.json)) }
    results["method"] = ["name": .string(solution.diagnostics.method), "reason": .string(reason)]
    if showsReference, blockSize == nil, let reference = resolved.reference() {
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

  private static func json(_ point: [Double], _ law: StoppingLaw) -> JSONValue {
    [
      "at": StoppingSolution.json(state: point), "depths": JSONValue(law.depths),
      "cumulative": JSONValue(law.cumulative), "mean": JSONValue(law.mean), "error_bound": JSONValue(law.errorBound),
      "cumulative_error_bound": JSONValue(law.cumulativeErrorBound), "error_bound_kind": "estimate",
    ]
  }

  // MARK: tables

  private var tables: [Table] {
    var tables = [solution.boundary.table(), solution.valueTable()]
    if !sensitivities.isEmpty { tables.append(sensitivityTable) }
    if let costCurve { tables.append(costCurve.table()) }
    if showsLaws { tables += laws.enumerated().map { $1.table(name: "stopping_law_\($0)") } }
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

  /// Whether one stops at the state of a value: V = g. Where both are 0 below all numbers, the boundary tells.
  private func stops(_ value: StoppingSolution.Value) -> Bool {
    guard value.value == value.stoppingLoss else { return false }
    let regions = StoppingRegions(solution.boundary).intervals(at: value.depth)
    guard value.value == 0, value.depth < problem.horizon ?? .infinity, !regions.isEmpty else { return true }
    let state = value.at.count == 1 ? value.at[0] : value.at.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return regions.contains { $0.contains(solution.boundary.radius == nil ? state : abs(state)) }
  }

  private var text: [String] {
    let boundary = solution.boundary
    var lines = ["\(problem.name) by \(solution.diagnostics.method) (\(reason))"]
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
      // E tau* is from depth 0
      let depth = value.depth == 0 && index < expectedDepths.count ? ", E tau* = \(expectedDepths[index].value)" : ""
      let verdict = stops(value) ? "stop" : "continue"
      let when = problem.horizon == nil && query.depths.isEmpty ? "" : "\(value.depth), "
      let state = value.at.map { "\($0)" }.joined(separator: ",")
      lines.append("V(\(when)\(state)) = \(value.value) +- \(value.errorBound)\(depth): \(verdict)")
    }
    if showsLaws { lines.append("the law of tau* is in --json and, with --output, in a table") }
    for s in sensitivities {
      let values = s.values.map { "\($0.value) +- \($0.errorBound)" }.joined(separator: "; ")
      let states = s.boundary.map { "\($0.value) +- \($0.errorBound)" }.joined(separator: "; ")
      lines.append("d/d\(s.parameter): V \(values.isEmpty ? "-" : values), b \(states.isEmpty ? "-" : states)")
    }
    if let costCurve { lines.append("cost curve: \(costCurve.points.count) costs (--json or --output)") }
    return lines
  }
}
