public import DepthDynamics
import DepthFigures
import DepthNumerics
import DepthRuns
import Foundation

/// `logarithmic-norm`: mu_1, mu_2, mu_inf along the trajectory, and their Gronwall bound against a second trajectory.
public struct LogarithmicNormExperiment: LimitExperiment {
  public let name = "logarithmic-norm"

  public init() {}

  public func run<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, _ settings: LimitSettings
  ) throws -> LimitOutcome {
    guard settings.separation > 0, settings.separation.isFinite else {
      throw InputError.value(settings.separation, of: "separation", allowed: "positive numbers")
    }
    var stream = RandomStream(seed: settings.seed, stream: 0x6c6e)
    let direction = stream.normals(problem.field.dimension)
    let length = BLAS.norm(direction.count, direction)
    let profile = try LogarithmicNormProfile(
      problem, displacement: direction.map { settings.separation * $0 / length }, points: settings.points,
      integrator: settings.method.integrator(Self.tolerances(settings)))
    let table = profile.table
    var outcome = LimitOutcome { try Figures.logarithmicNorm(table) }
    outcome.configuration = ["points": .integer(settings.points), "separation": JSONValue(settings.separation)]
    outcome.results = ["table": table.json]
    for column in profile.columns {
      outcome.results[column.norm.rawValue] = [
        "supremum": JSONValue(column.supremum), "integral": JSONValue(column.integrals.last),
        "gronwall_factor": JSONValue(column.integrals.last.map { exp($0) }),
        "separation_factor": JSONValue(column.separations.last.map { $0 / column.separations[0] }),
        "largest_separation_over_bound": JSONValue(column.worstRatio),
      ]
      outcome.text.append(
        "mu_\(column.norm.rawValue): largest \(column.supremum) on the trajectory; ||delta(T)||/||delta(0)|| = \((column.separations.last ?? .nan) / column.separations[0]) <= \(exp(column.integrals.last ?? .nan)); largest ratio to the bound \(column.worstRatio)"
      )
      if !(column.worstRatio <= 1 + 1e-5) {
        outcome.isConverged = false
        outcome.warnings.append(
          "mu_\(column.norm.rawValue): a separation exceeds its Gronwall bound by a factor \(column.worstRatio): the integration is too coarse for the separation"
        )
      }
    }
    outcome.tables = [table]
    return outcome
  }

  /// Eight digits of a bound are plenty, and tighter steps would hunt the kinks of mu.
  private static func tolerances(_ settings: LimitSettings) throws -> Tolerances {
    let asked = settings.tolerances
    return try Tolerances(
      relative: max(1e-8, asked.relative), absolute: max(min(1e-11, 1e-8 * settings.separation), asked.absolute))
  }
}
