public import DepthDynamics
import DepthFigures
import DepthRuns
import Foundation

/// `contraction`: what is known of `mu_2(J)`: sampled on the trajectory, and certified from the weights where they allow it.
public struct ContractionExperiment: LimitExperiment {
  public let name = "contraction"

  public init() {}

  public func run<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, _ settings: LimitSettings
  ) throws -> LimitOutcome {
    let sample = try ContractionSample(problem, points: settings.points, integrator: settings.reference)
    let depths = problem.start...problem.end
    let radius = settings.radius ?? Self.roundedUp(sample.largestNorm)
    var regions = [StateRegion.everywhere(depths: depths)]
    if radius > 0 || settings.radius != nil { regions.append(try .ball(radius: radius, depths: depths)) }
    let certified = try regions.compactMap { try ContractionCertificate.certified(problem.field, over: $0) }
    let (table, profile) = (Self.table([sample.certificate] + certified), sample.table)
    var outcome = LimitOutcome { try Figures.contraction(profile, bounds: table) }
    outcome.configuration = ["points": .integer(settings.points), "radius": JSONValue(radius)]
    outcome.results = [
      "table": table.json, "profile": profile.json, "largest_norm": JSONValue(sample.largestNorm),
      "kind": .string(certified.isEmpty ? "sampled" : "certified"),
      "certified_bound": JSONValue(certified.map(\.logarithmicNorm).min()),
      "sampled_supremum": JSONValue(sample.certificate.logarithmicNorm),
      "is_contracting": .bool(certified.contains { $0.isContracting }),
    ]
    outcome.tables = [table, profile]
    outcome.text = ([sample.certificate] + certified).map {
      "\($0.kind.rawValue), \($0.region): mu_2 <= \($0.logarithmicNorm)\($0.isContracting ? ", contracting" : ""); \($0.argument)"
    }
    if certified.isEmpty {
      outcome.warnings = [
        "no bound from weights is known for this field: a sampled mu_2 says nothing about states off the trajectory"
      ]
    } else if radius < sample.largestNorm {
      outcome.warnings = ["the trajectory leaves the ball of radius \(radius): it reaches \(sample.largestNorm)"]
    }
    return outcome
  }

  /// Three significant digits, not below the value.
  static func roundedUp(_ value: Double) -> Double {
    guard value > 0, value.isFinite else { return value }
    let digits = 2 - Int(log10(value).rounded(.down))
    let unit = pow(10, Double(abs(digits)))
    return digits >= 0 ? (value * unit).rounded(.up) / unit : (value / unit).rounded(.up) * unit
  }

  /// Columns `kind`, `region`, `logarithmic_norm_bound`, `argument`.
  private static func table(_ certificates: [ContractionCertificate]) -> Table {
    var table = Table(name: "contraction")
    table.add("kind", certificates.map(\.kind.rawValue))
    table.add("region", certificates.map(\.region))
    table.add("logarithmic_norm_bound", certificates.map(\.logarithmicNorm))
    table.add("argument", certificates.map(\.argument))
    return table
  }
}
