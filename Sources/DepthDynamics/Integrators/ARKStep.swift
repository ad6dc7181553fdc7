/// ARKODE's ARKStep with an implicit Runge-Kutta pair: one-step, for stiff fields.
///
/// `ark-implicit`: the additive family's implicit half ARK5(4)8L[2]SAb, a singly diagonally implicit pair with explicit first
/// stage, order 5(4), L-stable, stiffly accurate; Newton's iteration with the field's own Jacobian. Restarts without history
/// after a discontinuity, where BDF climbs from order 1 again. Depths asked for are hit, not interpolated, so each costs a
/// step; events are located by integrating anew inside the step where they are seen. The library is handed a tenth of the
/// tolerances. A stage's slope is deduced from the stage's equation, not evaluated: f there would magnify what Newton's iteration
/// left by `h ||J||`, and the error estimate with it (on `van-der-pol`, mu = 1000, steps shrank to nothing). The Jacobian is new
/// whenever the matrix is: at every step up to dimension 16, else when the step's length has changed or 20 steps are over.
/// Source: Kennedy and Carpenter, Appl. Numer. Math. 136 (2019).
public struct ARKStep: Integrator {
  public let tolerances: Tolerances
  public let solver: NewtonSolver
  /// Steps allowed between two saved depths.
  public let maximumSteps: Int
  /// Steps of one length instead of error control; for order tests.
  var fixedStep: Double?

  /// The share of the tolerances that the library is handed.
  static let localShare = LocalShare.tenth

  public init(tolerances: Tolerances, solver: NewtonSolver = .dense, maximumSteps: Int = 1_000_000) {
    precondition(maximumSteps > 0, "\(maximumSteps) steps")
    self.tolerances = tolerances
    self.solver = solver
    self.maximumSteps = maximumSteps
  }

  public var name: String { "ark-implicit\(solver.suffix)" }

  public func integrate<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, saving depths: [Double], events: [Event]
  ) throws -> Trajectory {
    try validate(depths, problem)
    try tolerances.validate(dimension: problem.field.dimension)
    try solver.validate(dimension: problem.field.dimension)
    let session = CallbackSession(
      problem.field.functions, depth: problem.start, state: problem.initialState, band: solver.band)
    return try SegmentedDriver(problem, saving: depths, session: session, tolerances, Self.localShare).integrate(
      events: events
    ) { surroundings in
      try ARKStepSolver(self, surroundings, session, start: problem.start)
    }
  }
}
