internal import CSundials

/// CVODE: variable-order, variable-step multistep methods (SUNDIALS 6).
///
/// `adams`: Adams-Moulton, orders 1-12, fixed-point iteration: smooth, non-stiff, expensive fields. `bdf`: orders 1-5, Newton
/// with a dense solver and the field's own Jacobian: stiff fields, O(d^2) memory and O(d^3) per factorisation. Dense
/// output of the method's own order. The library controls the local error and the global one comes out several times
/// larger (measured on `flow-decay`: up to 3 and 40 times), so it is handed a tenth (Adams) or a fiftieth (BDF) of the
/// tolerances asked. Source: Hindmarsh et al., ACM TOMS 31 (2005).
public struct CVODE: Integrator {
  public enum Formula: Sendable { case adams, bdf }

  public let formula: Formula
  public let tolerances: Tolerances
  /// Steps allowed between two saved depths.
  public let maximumSteps: Int

  public init(_ formula: Formula, tolerances: Tolerances, maximumSteps: Int = 1_000_000) {
    self.formula = formula
    self.tolerances = tolerances
    self.maximumSteps = maximumSteps
  }

  /// What the library is handed of a tolerance, never below 100 ulp of one.
  var localTolerances: (relative: Double, absolute: Double) {
    let share = formula == .adams ? 0.1 : 0.02
    return (max(100 * Double.ulpOfOne, share * tolerances.relative), share * tolerances.absolute)
  }

  public var name: String { formula == .adams ? "cvode-adams" : "cvode-bdf" }

  public func integrate<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, saving depths: [Double], events: [Event]
  ) throws -> Trajectory {
    try validate(depths, problem)
    return try SegmentedDriver.integrate(problem, saving: depths, events: events, tolerances: tolerances) {
      surroundings, session in
      try CVODESolver(self, surroundings, session, start: problem.start)
    }
  }
}

/// One CVODE memory block with its linear or fixed-point solver.
private final class CVODESolver: SegmentedSolver {
  private let memory: UnsafeMutableRawPointer
  private let vector: N_Vector
  private let view: N_Vector
  private let session: CallbackSession
  private let matrix: SUNMatrix?
  private let linearSolver: SUNLinearSolver?
  private let fixedPoint: SUNNonlinearSolver?

  init(
    _ choice: CVODE, _ surroundings: borrowing SundialsContext, _ session: CallbackSession, start: Double
  ) throws {
    let context = surroundings.context
    vector = surroundings.vector
    view = surroundings.view
    self.session = session
    memory = try Sundials.unwrap(
      CVodeCreate(choice.formula == .adams ? CV_ADAMS : CV_BDF, context), "CVodeCreate", session)
    if choice.formula == .bdf {
      let size = Int64(session.dimension)
      matrix = SUNDenseMatrix(size, size, context)
      linearSolver = matrix.flatMap { SUNLinSol_Dense(surroundings.vector, $0, context) }
      fixedPoint = nil
    } else {
      matrix = nil
      linearSolver = nil
      fixedPoint = SUNNonlinSol_FixedPoint(surroundings.vector, 0, context)
    }
    try check(CVodeSetErrHandlerFn(memory, CallbackSession.quiet, nil), "CVodeSetErrHandlerFn")
    try check(CVodeInit(memory, CallbackSession.rightHandSide, start, vector), "CVodeInit")
    try check(CVodeSetUserData(memory, session.userData), "CVodeSetUserData")
    try check(
      CVodeSStolerances(memory, choice.localTolerances.relative, choice.localTolerances.absolute), "CVodeSStolerances")
    try check(CVodeSetMaxNumSteps(memory, choice.maximumSteps), "CVodeSetMaxNumSteps")
    if choice.formula == .bdf {
      _ = try Sundials.unwrap(linearSolver, "SUNLinSol_Dense", session)
      try check(CVodeSetLinearSolver(memory, linearSolver, matrix), "CVodeSetLinearSolver")
      try check(CVodeSetJacFn(memory, CallbackSession.denseJacobian), "CVodeSetJacFn")
    } else {
      _ = try Sundials.unwrap(fixedPoint, "SUNNonlinSol_FixedPoint", session)
      try check(CVodeSetNonlinearSolver(memory, fixedPoint), "CVodeSetNonlinearSolver")
    }
  }

  deinit {
    var freed: UnsafeMutableRawPointer? = memory
    CVodeFree(&freed)
    if let linearSolver { SUNLinSolFree(linearSolver) }
    if let matrix { SUNMatDestroy(matrix) }
    if let fixedPoint { SUNNonlinSolFree(fixedPoint) }
  }

  func restart(at depth: Double, stop: Double) throws {
    try check(CVodeReInit(memory, depth, vector), "CVodeReInit")
    try check(CVodeSetStopTime(memory, stop), "CVodeSetStopTime")
    // without a least step CVODE goes on for ever with t + h = t
    try check(CVodeSetMinStep(memory, 8 * max(abs(depth), abs(stop)).ulp), "CVodeSetMinStep")
  }

  func advance(to depth: Double) throws {
    var reached = depth
    try check(CVode(memory, depth, vector, &reached, CV_NORMAL), "CVode")
  }

  func step(towards stop: Double) throws -> Double {
    var reached = stop
    try check(CVode(memory, stop, vector, &reached, CV_ONE_STEP), "CVode")
    return reached
  }

  func interpolate(at depth: Double, into state: UnsafeMutablePointer<Double>) throws {
    Sundials.point(view, at: state)
    try check(CVodeGetDky(memory, depth, 0, view), "CVodeGetDky")
  }

  func statistics() throws -> Trajectory.Statistics {
    var (steps, evaluations, failures, iterations, jacobians) = (0, 0, 0, 0, 0)
    try check(CVodeGetNumSteps(memory, &steps), "CVodeGetNumSteps")
    try check(CVodeGetNumRhsEvals(memory, &evaluations), "CVodeGetNumRhsEvals")
    try check(CVodeGetNumErrTestFails(memory, &failures), "CVodeGetNumErrTestFails")
    try check(CVodeGetNumNonlinSolvIters(memory, &iterations), "CVodeGetNumNonlinSolvIters")
    if linearSolver != nil { try check(CVodeGetNumJacEvals(memory, &jacobians), "CVodeGetNumJacEvals") }
    var result = Trajectory.Statistics()
    result.steps = steps
    result.rejectedSteps = failures
    result.evaluations = evaluations
    result.nonlinearIterations = iterations
    result.jacobianEvaluations = jacobians
    return result
  }

  private func check(_ flag: Int32, _ function: String) throws {
    try Sundials.check(flag, function, session) { CVodeGetReturnFlagName($0) }
  }
}
