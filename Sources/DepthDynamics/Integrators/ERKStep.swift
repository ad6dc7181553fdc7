internal import CSundials

/// ARKODE's ERKStep with an embedded explicit Runge-Kutta pair: one-step, non-stiff.
///
/// SUNDIALS 6.4.1 takes every table whose last node is c_s = 1 for first-same-as-last (LLNL/sundials issue 311) and reuses a
/// wrong stage; Verner's and Fehlberg's tables are hit. They are given one more stage of weight zero, which costs an
/// evaluation a step and restores their orders for fields that depend on depth too (tested by refinement).
/// Between steps states come from `SubstepInterpolant`, of the pair's own order; ARKODE's own interpolant stops at degree 5.
/// The library is handed a tenth of the tolerances: over many steps errors add up (measured on `spiral`: to 130 times the
/// tolerance without). A step on which f is not finite is tried again shorter. Fehlberg's error estimate vanishes on components
/// whose slope depends on depth alone. Stiffness is noticed on segments of 200 steps and more.
public struct ERKStep: Integrator {
  /// The embedded pairs on offer.
  public enum Pair: String, CaseIterable, Sendable {
    /// Order 5(4). Cash and Karp, ACM TOMS 16 (1990).
    case cashKarp = "erk-cash-karp"
    /// Order 5(4), first same as last. Dormand and Prince, J. Comput. Appl. Math. 6 (1980).
    case dormandPrince = "erk-dormand-prince"
    /// Order 6(5). Verner, SIAM J. Numer. Anal. 15 (1978).
    case verner = "erk-verner"
    /// Order 8(7). Fehlberg, NASA TR R-287 (1968).
    case fehlberg = "erk-fehlberg"

    public var order: Int {
      switch self {
      case .cashKarp, .dormandPrince: 5
      case .verner: 6
      case .fehlberg: 8
      }
    }

    var table: ARKODE_ERKTableID {
      switch self {
      case .cashKarp: ARKODE_CASH_KARP_6_4_5
      case .dormandPrince: ARKODE_DORMAND_PRINCE_7_4_5
      case .verner: ARKODE_VERNER_8_5_6
      case .fehlberg: ARKODE_FEHLBERG_13_7_8
      }
    }

    var needsZeroStage: Bool { self == .verner || self == .fehlberg }
  }

  /// The share of the tolerances that the library is handed.
  static let localShare = LocalShare.tenth

  public let pair: Pair
  public let tolerances: Tolerances
  /// Steps allowed between two saved depths.
  public let maximumSteps: Int
  /// Steps of one length instead of error control; for order tests.
  var fixedStep: Double?

  public init(_ pair: Pair = .dormandPrince, tolerances: Tolerances, maximumSteps: Int = 1_000_000) {
    precondition(maximumSteps > 0, "\(maximumSteps) steps")
    self.pair = pair
    self.tolerances = tolerances
    self.maximumSteps = maximumSteps
  }

  public var name: String { pair.rawValue }

  public func integrate<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, saving depths: [Double], events: [Event]
  ) throws -> Trajectory {
    try validate(depths, problem)
    try tolerances.validate(dimension: problem.field.dimension)
    let session = CallbackSession(
      problem.field.functions, depth: problem.start, state: problem.initialState, substitutesNonFinite: true)
    return try SegmentedDriver(problem, saving: depths, session: session, tolerances, Self.localShare).integrate(
      events: events, withView: false
    ) { surroundings in
      try ERKStepSolver(self, surroundings, session, start: problem.start)
    }
  }
}
