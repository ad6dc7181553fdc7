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
    func profile(_ separation: Double) throws -> LogarithmicNormProfile {
      try LogarithmicNormProfile(
        problem, displacement: direction.map { separation * $0 / length }, points: settings.points,
        integrator: settings.method.integrator(Self.tolerances(settings, separation, problem.field.dimension)))
    }
    var (separation, failure): (Double, IntegrationError?) = (settings.separation, nil)
    let found: LogarithmicNormProfile
    do {
      found = try profile(separation)
    } catch let error as IntegrationError {
      // a neighbour may lie where the flow blows up: once more from much nearer by
      (separation, failure) = (1e-4 * separation, error)
      found = try profile(separation)
    }
    return try outcome(found, separation, failure, settings)
  }

  private func outcome(
    _ profile: LogarithmicNormProfile, _ separation: Double, _ failure: IntegrationError?, _ settings: LimitSettings
  ) throws -> LimitOutcome {
    let table = profile.table
    var outcome = LimitOutcome { try Figures.logarithmicNorm(table) }
    outcome.configuration = ["points": .integer(settings.points), "separation": JSONValue(separation)]
    outcome.results = ["table": table.json]
    if let failure {
      outcome.warnings = [
        "trajectories \(settings.separation) apart have no answer (\(failure)): \(separation) instead"
      ]
    }
    for column in profile.columns {
      outcome.results[column.norm.rawValue] = [
        "supremum": JSONValue(column.supremum), "integral": JSONValue(column.integrals.last),
        "gronwall_factor": JSONValue(column.integrals.last.map { exp($0) }),
        "separation_factor": JSONValue(column.separations.last.map { $0 / column.separations[0] }),
        "largest_separation_over_bound": JSONValue(column.worstRatio),
      ]
      outcome.text.append(
        "mu_\(column.norm.rawValue): largest \(column.supremum) on the trajectory; ||delta(T)||/||delta(0)|| = \((column.separations.last ?? .nan) / column.separations[0]) <= \(Self.text(column.integrals.last)); largest ratio to the bound \(column.worstRatio)"
      )
      if let integral = column.integrals.last, !exp(integral).isFinite {
        outcome.warnings.append(
          "mu_\(column.norm.rawValue): the Gronwall factor e^\(integral) leaves the finite numbers: it has no value, and bounds nothing in practice"
        )
      }
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

  private static func text(_ integral: Double?) -> String {
    guard let integral else { return "-" }
    return exp(integral).isFinite ? "\(exp(integral))" : "e^\(integral)"
  }

  /// Eight digits of a bound are plenty, and tighter steps would hunt the kinks of mu.
  private static func tolerances(
    _ settings: LimitSettings, _ separation: Double, _ dimension: Int
  ) throws -> Tolerances {
    let asked = settings.tolerances
    let absolute = max(min(1e-11, 1e-8 * separation), asked.absolute)
    // the integrals of mu are exponents
    return try Tolerances(
      relative: max(1e-8, asked.relative),
      absoluteByComponent: [Double](repeating: absolute, count: 2 * dimension)
        + LogarithmicNorm.allCases.map { _ in max(1e-9, asked.absolute) })
  }
}
