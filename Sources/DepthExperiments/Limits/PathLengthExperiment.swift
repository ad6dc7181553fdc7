public import DepthDynamics
import DepthFigures
import DepthRuns

/// `path-length`: how far the state travels against how far it gets.
public struct PathLengthExperiment: LimitExperiment {
  public let name = "path-length"

  public init() {}

  public func run<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, _ settings: LimitSettings
  ) throws -> LimitOutcome {
    let path = try PathLength(problem, at: problem.depths(points: settings.points), integrator: settings.reference)
    let table = path.table
    var outcome = LimitOutcome { try Figures.pathLength(table) }
    let last = path.depths.count - 1
    let ratio = path.ratios[last]
    outcome.configuration = ["points": .integer(settings.points)]
    outcome.results = [
      "path_length": JSONValue(path.lengths[last]), "displacement": JSONValue(path.displacements[last]),
      "path_ratio": JSONValue(ratio), "table": table.json,
    ]
    outcome.tables = [table]
    outcome.text = [
      "path length \(path.lengths[last]), displacement \(path.displacements[last]), ratio \(ratio.isNaN ? "none" : "\(ratio)")"
    ]
    if ratio.isNaN { outcome.warnings = ["the state has not moved, or is back: the ratio means nothing"] }
    return outcome
  }
}
