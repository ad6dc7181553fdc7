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
    let bounds = Self.errorBounds(problem, path, settings)
    outcome.configuration = ["points": .integer(settings.points)]
    outcome.results = [
      "path_length": JSONValue(path.lengths[last]), "displacement": JSONValue(path.displacements[last]),
      "path_ratio": JSONValue(ratio), "table": table.json, "path_length_error_bound": JSONValue(bounds?.length),
      "displacement_error_bound": JSONValue(bounds?.displacement), "error_bound_kind": "estimate",
    ]
    outcome.tables = [table]
    outcome.text = [
      "path length \(path.lengths[last])\(Self.text(bounds?.length)), displacement \(path.displacements[last])\(Self.text(bounds?.displacement)), ratio \(ratio.isNaN ? "none" : "\(ratio)")"
    ]
    if ratio.isNaN { outcome.warnings.append("the state has not moved, or is back: the ratio means nothing") }
    if let bounds {
      if bounds.displacement > 0.01 * path.displacements[last], path.displacements[last] > 0 {
        outcome.warnings.append(
          "the displacement is known to \(bounds.displacement) only: the flow magnifies errors; tighten --relative-tolerance"
        )
      }
    } else {
      outcome.warnings.append("the length has no error estimate: a finer integration found no answer")
    }
    return outcome
  }

  private static func text(_ bound: Double?) -> String { bound.map { " +- \($0)" } ?? "" }

  /// From a finer integration to the end; nil where it has no answer.
  private static func errorBounds<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, _ path: PathLength, _ settings: LimitSettings
  ) -> (length: Double, displacement: Double)? {
    guard let finer = try? settings.method.finer(settings.tolerances),
      let other = try? PathLength(problem, at: [problem.end], integrator: finer),
      let length = path.lengths.last, let displacement = path.displacements.last
    else { return nil }
    return (
      1.25 * abs(other.lengths[0] - length) + 4 * length.ulp,
      1.25 * abs(other.displacements[0] - displacement) + 4 * displacement.ulp
    )
  }
}
