public import DepthDynamics

/// The adaptive methods that references and trajectories come from.
public enum ReferenceMethod: String, CaseIterable, Sendable {
  case dormandPrince = "erk-dormand-prince"
  case cashKarp = "erk-cash-karp"
  case verner = "erk-verner"
  case fehlberg = "erk-fehlberg"
  case adams = "cvode-adams"
  /// For stiff fields.
  case bdf = "cvode-bdf"
  /// Our own kernel of order 8: for tight tolerances.
  case dop853 = "dop853"

  /// The method for a flow that nothing is known of: `dop853`, where stiffness holds its steps short `cvode-bdf`.
  ///
  /// - Throws: `IntegrationError` where neither has an answer.
  public static func suited<Field: VectorField>(
    to problem: InitialValueProblem<Field>, _ tolerances: Tolerances
  ) throws -> ReferenceMethod {
    let (_, verdict) = try IntegratorChoice("auto", tolerances: tolerances).integrate(problem, saving: [problem.end])
    return verdict.name == ReferenceMethod.bdf.rawValue ? .bdf : .dop853
  }

  public func integrator(_ tolerances: Tolerances) -> any Integrator {
    switch self {
    case .dormandPrince: ERKStep(.dormandPrince, tolerances: tolerances)
    case .cashKarp: ERKStep(.cashKarp, tolerances: tolerances)
    case .verner: ERKStep(.verner, tolerances: tolerances)
    case .fehlberg: ERKStep(.fehlberg, tolerances: tolerances)
    case .adams: CVODE(.adams, tolerances: tolerances)
    case .bdf: CVODE(.bdf, tolerances: tolerances)
    case .dop853: RungeKutta(.dop853, tolerances: tolerances)
    }
  }

  /// An integrator to measure an error by: tighter tolerances where rounding allows them, else looser ones.
  ///
  /// - Throws: as `Tolerances`.
  func finer(_ tolerances: Tolerances) throws -> any Integrator {
    try IntegratorChoice(rawValue, tolerances: tolerances).measuring().explicitMethod()
  }
}
