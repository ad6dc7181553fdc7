public import DepthDynamics
import DepthFigures
import DepthNumerics
import DepthRuns

/// `envelope`: `||f||` along the trajectory, its exact local rates, and three decay laws by AIC.
public struct EnvelopeExperiment: LimitExperiment {
  public let name = "envelope"

  public init() {}

  public func run<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, _ settings: LimitSettings
  ) throws -> LimitOutcome {
    // dense output and the global error are some hundred tolerances off at most; below that, fits fit the error
    let envelope = try FieldNormEnvelope(
      problem, at: problem.depths(points: settings.points), integrator: settings.reference,
      resolution: max(1e-10, 1000 * settings.tolerances.relative), floor: 1000 * settings.tolerances.absolute)
    let table = envelope.table
    var outcome = LimitOutcome { try Figures.fieldNormEnvelope(table) }
    outcome.configuration = ["points": .integer(settings.points)]
    outcome.results = [
      "fits": .array(Self.json(envelope)), "best": .string(envelope.laws?.best.law.rawValue ?? "none"),
      "is_undecided": .bool(envelope.laws?.isUndecided ?? true), "omitted": .integer(envelope.omitted),
      "local_rate_least": JSONValue(envelope.rateRange?.lowerBound),
      "local_rate_largest": JSONValue(envelope.rateRange?.upperBound), "table": table.json,
    ]
    outcome.tables = [table]
    outcome.warnings = envelope.warnings
    outcome.text = Self.text(envelope)
    return outcome
  }

  private static func json(_ envelope: FieldNormEnvelope) -> [JSONValue] {
    guard let laws = envelope.laws else { return [] }
    return zip(laws.fits, laws.weights).map { fit, weight in
      [
        "law": .string(fit.law.rawValue), "scale": JSONValue(fit.scale), "decay": JSONValue(fit.decay),
        "exponent": JSONValue(fit.exponent), "depth_scale": JSONValue(fit.depthScale), "akaike": JSONValue(fit.akaike),
        "akaike_weight": JSONValue(weight), "worst_deviation": JSONValue(fit.worstDeviation),
        "local_rate_deviation": JSONValue(envelope.rateDeviation(of: fit)),
      ]
    }
  }

  private static func text(_ envelope: FieldNormEnvelope) -> [String] {
    guard let laws = envelope.laws, let range = envelope.rateRange else { return ["no decay law"] }
    let rows = zip(laws.fits, laws.weights).map { fit, weight in
      "\(fit.law.rawValue): \(formula(fit)), AIC weight \(weight), worst |ln ||f|| - ln fit| \(fit.worstDeviation), local rates off by \(envelope.rateDeviation(of: fit) ?? .nan)"
    }
    return ["local rates from \(range.lowerBound) to \(range.upperBound)"] + rows + ["best: \(laws.best.law.rawValue)"]
  }

  private static func formula(_ fit: DecayFit) -> String {
    switch fit.law {
    case .geometric: "\(fit.scale) exp(\(-fit.decay) t)"
    case .power: "\(fit.scale) (1 + t)^\(-fit.decay)"
    case .stretched:
      fit.depthScale.map { "\(fit.scale) exp(-(t/\($0))^\(fit.exponent))" }
        ?? "\(fit.scale) exp(\(-fit.decay) t^\(fit.exponent))"
    }
  }
}
