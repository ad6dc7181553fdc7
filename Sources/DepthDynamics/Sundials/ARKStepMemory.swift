internal import CSundials

/// One ARKStep memory block, wholly implicit, with its linear solver.
final class ARKStepMemory {
  private let memory: UnsafeMutableRawPointer
  /// The state, in and out.
  let vector: N_Vector
  private let session: CallbackSession
  private let newton: NewtonSystem
  private let maximumSteps: Int
  private let hasFixedStep: Bool
  /// Up to here a matrix is made anew at every step.
  private static let smallDimension = 16

  init(_ choice: ARKStep, _ context: SUNContext, _ vector: N_Vector, _ session: CallbackSession, start: Double) throws {
    self.vector = vector
    self.session = session
    maximumSteps = choice.maximumSteps
    hasFixedStep = choice.fixedStep != nil
    newton = try NewtonSystem(choice.solver, vector, context, session)
    memory = try Sundials.unwrap(
      ARKStepCreate(nil, CallbackSession.rightHandSide, start, vector, context), "ARKStepCreate", session)
    try check(ARKStepSetErrHandlerFn(memory, Sundials.quiet, nil), "ARKStepSetErrHandlerFn")
    try check(ARKStepSetUserData(memory, session.userData), "ARKStepSetUserData")
    try check(ARKStepSetPostprocessStepFn(memory, CallbackSession.stepTaken), "ARKStepSetPostprocessStepFn")
    try check(ARKStepSetTableNum(memory, ARKODE_ARK548L2SAb_DIRK_8_4_5, ARKODE_ERK_NONE), "ARKStepSetTableNum")
    try setTolerances(ARKStep.localShare.of(choice.tolerances))
    try check(ARKStepSetMaxNumSteps(memory, choice.maximumSteps), "ARKStepSetMaxNumSteps")
    if let step = choice.fixedStep { try check(ARKStepSetFixedStep(memory, step), "ARKStepSetFixedStep") }
    // f at a stage would magnify the iteration's error by h ||J||, and with it the estimate of the step's
    try check(ARKStepSetDeduceImplicitRhs(memory, 1), "ARKStepSetDeduceImplicitRhs")
    // the default lets a rate of convergence seen long ago vouch for the first iterate: errors of 1e-6 pass at 1e-10
    try check(ARKStepSetNonlinCRDown(memory, 1), "ARKStepSetNonlinCRDown")
    try check(ARKStepSetMaxNonlinIters(memory, 10), "ARKStepSetMaxNonlinIters")
    try check(ARKStepSetInterpolantDegree(memory, 3), "ARKStepSetInterpolantDegree")
    try check(ARKStepSetLinearSolver(memory, newton.solver, newton.matrix), "ARKStepSetLinearSolver")
    switch choice.solver {
    case .dense: try check(ARKStepSetJacFn(memory, CallbackSession.denseJacobian), "ARKStepSetJacFn")
    case .banded: try check(ARKStepSetJacFn(memory, CallbackSession.bandedJacobian), "ARKStepSetJacFn")
    case .krylov:
      try check(ARKStepSetJacTimes(memory, nil, CallbackSession.jacobianTimes), "ARKStepSetJacTimes")
      return
    }
    // a step's seven stages pay for its Jacobian: half of the evaluations are saved where d is small
    try check(ARKStepSetJacEvalFrequency(memory, 1), "ARKStepSetJacEvalFrequency")
    if session.dimension <= Self.smallDimension {
      try check(ARKStepSetLSetupFrequency(memory, 1), "ARKStepSetLSetupFrequency")
    }
  }

  private func setTolerances(_ tolerances: (relative: Double, absolute: [Double])) throws {
    guard tolerances.absolute.count > 1 else {
      return try check(
        ARKStepSStolerances(memory, tolerances.relative, tolerances.absolute[0]), "ARKStepSStolerances")
    }
    let absolute = try Sundials.toleranceVector(tolerances.absolute, like: vector, session)
    defer { N_VDestroy(absolute) }
    try check(ARKStepSVtolerances(memory, tolerances.relative, absolute), "ARKStepSVtolerances")
  }

  deinit {
    var freed: UnsafeMutableRawPointer? = memory
    ARKStepFree(&freed)
  }

  /// Starts afresh at `depth` from the vector's present content.
  func restart(at depth: Double, stop: Double, firstStep: Double = 0) throws {
    session.stepDepth = depth
    session.stepState.update(from: Sundials.data(vector), count: session.dimension)
    try check(ARKStepReInit(memory, nil, CallbackSession.rightHandSide, depth, vector), "ARKStepReInit")
    // without a least step ARKODE goes on for ever with t + h = t
    try check(ARKStepSetMinStep(memory, 8 * max(abs(depth), abs(stop)).ulp), "ARKStepSetMinStep")
    if !hasFixedStep { try check(ARKStepSetInitStep(memory, firstStep), "ARKStepSetInitStep") }
  }

  /// One step towards `depth`, or as many as it takes to hit it.
  func evolve(to depth: Double, inOneStep: Bool) throws -> Double {
    try check(ARKStepSetStopTime(memory, depth), "ARKStepSetStopTime")
    var reached = depth
    let flag = ARKStepEvolve(memory, depth, vector, &reached, inOneStep ? ARK_ONE_STEP : ARK_NORMAL)
    if flag < 0 { throw failure(flag) }
    return reached
  }

  /// ARKODE's cubic on the last step.
  func interpolate(at depth: Double, into view: N_Vector) throws {
    try check(ARKStepGetDky(memory, depth, 0, view), "ARKStepGetDky")
  }

  func statistics() throws -> Trajectory.Statistics {
    var (steps, explicit, evaluations, failures, iterations, jacobians) = (0, 0, 0, 0, 0, 0)
    try check(ARKStepGetNumSteps(memory, &steps), "ARKStepGetNumSteps")
    try check(ARKStepGetNumRhsEvals(memory, &explicit, &evaluations), "ARKStepGetNumRhsEvals")
    try check(ARKStepGetNumErrTestFails(memory, &failures), "ARKStepGetNumErrTestFails")
    try check(ARKStepGetNumNonlinSolvIters(memory, &iterations), "ARKStepGetNumNonlinSolvIters")
    try check(ARKStepGetNumJacEvals(memory, &jacobians), "ARKStepGetNumJacEvals")
    var result = Trajectory.Statistics()
    result.steps = steps
    result.rejectedSteps = failures
    result.evaluations = evaluations
    result.nonlinearIterations = iterations
    result.jacobianEvaluations = jacobians
    return result
  }

  private func failure(_ flag: Int32) -> IntegrationError {
    session.note(session.stepDepth, session.stepState)
    let worst = Sundials.worstComponent(like: vector, session.dimension) { errors, weights in
      ARKStepGetEstLocalErrors(memory, errors) == 0 && ARKStepGetErrWeights(memory, weights) == 0
    }
    return Sundials.failure(
      flag, "ARKStepEvolve", session, flagName: { ARKStepGetReturnFlagName($0) }, stepLimit: maximumSteps,
      isStiff: false, worstComponent: worst)
  }

  private func check(_ flag: Int32, _ function: String) throws {
    try Sundials.check(flag, function, session) { ARKStepGetReturnFlagName($0) }
  }
}
