/// CVODE: variable-order, variable-step multistep methods (SUNDIALS 6).
///
/// `adams`: Adams-Moulton, orders 1-12: smooth, non-stiff, expensive fields. `bdf`: orders 1-5: stiff fields. By default
/// Adams solves its implicit equations by fixed-point iteration and BDF by Newton's with a dense solver and the field's own
/// Jacobian. Dense output of the method's own order. The library controls the local error and the global one comes out
/// several times larger (measured on `flow-decay`: up to 3 and 40 times), so it is handed a tenth (Adams) or a fiftieth (BDF)
/// of the tolerances asked, less at tight ones: see `LocalShare`. Relative tolerances below 6e-14 (Adams) and 2.4e-13 (BDF) change
/// nothing, which the statistics say. Fixed-point iterations end at 0.003 of the local tolerance: CVODE's own tenth, and a hundredth,
/// let errors pass, on steps that stability holds, which no tolerance reduced (4 tolerances on `van-der-pol`, mu = 100, from 1e-7 to
/// 1e-8; 0.3 now); smooth fields take fewer steps with it and hardly more evaluations. Stiffness under fixed-point iteration is
/// noticed on segments of 200 steps and more.
/// Source: Hindmarsh et al., ACM TOMS 31 (2005).
public struct CVODE: Integrator {
  public enum Formula: Sendable { case adams, bdf }

  /// How a step's implicit equation is solved.
  public enum Iteration: Equatable, Sendable {
    /// No Jacobian; converges only while h times the Jacobian is small.
    case fixedPoint
    case newton(NewtonSolver)
  }

  public let formula: Formula
  public let iteration: Iteration
  public let tolerances: Tolerances
  /// Steps allowed between two saved depths.
  public let maximumSteps: Int

  /// - Parameter iteration: nil: the formula's own, see above.
  public init(
    _ formula: Formula, tolerances: Tolerances, iteration: Iteration? = nil, maximumSteps: Int = 1_000_000
  ) {
    precondition(maximumSteps > 0, "\(maximumSteps) steps")
    self.formula = formula
    self.iteration = iteration ?? (formula == .adams ? .fixedPoint : .newton(.dense))
    self.tolerances = tolerances
    self.maximumSteps = maximumSteps
  }

  public var name: String {
    switch (formula, iteration) {
    case (.adams, .fixedPoint): "cvode-adams"
    case (.adams, .newton(let solver)): "cvode-adams-newton\(solver.suffix)"
    case (.bdf, .fixedPoint): "cvode-bdf-fixed-point"
    case (.bdf, .newton(let solver)): "cvode-bdf\(solver.suffix)"
    }
  }

  /// The share of the tolerances that the library is handed.
  var localShare: LocalShare { formula == .adams ? .adams : .bdf }

  /// The share of the local tolerance at which fixed-point iterations end.
  static let fixedPointShare = 0.003

  public func integrate<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, saving depths: [Double], events: [Event]
  ) throws -> Trajectory {
    let dimension = problem.field.dimension
    try validate(depths, problem)
    try tolerances.validate(dimension: dimension)
    var band: (lower: Int, upper: Int)?
    if case .newton(let solver) = iteration {
      try solver.validate(dimension: dimension)
      band = solver.band
    }
    let session = CallbackSession(
      problem.field.functions, depth: problem.start, state: problem.initialState, band: band)
    return try SegmentedDriver(problem, saving: depths, session: session, tolerances, localShare).integrate(
      events: events, errorFactor: EventLocator.multistepError
    ) { surroundings in
      try CVODESolver(self, surroundings, session, start: problem.start)
    }
  }
}
