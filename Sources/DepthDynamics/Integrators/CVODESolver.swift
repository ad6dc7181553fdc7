internal import CSundials

/// One CVODE memory block with its linear or fixed-point solver.
final class CVODESolver: SegmentedSolver {
  let memory: UnsafeMutableRawPointer
  private let vector: N_Vector
  private let view: N_Vector
  private let session: CallbackSession
  private let newton: NewtonSystem?
  private let fixedPoint: SUNNonlinearSolver?
  private let maximumSteps: Int

  let interpolatesOnTheWay = true

  init(
    _ choice: CVODE, _ surroundings: borrowing SundialsContext, _ session: CallbackSession, start: Double
  ) throws {
    let context = surroundings.context
    vector = surroundings.vector
    view = try Sundials.unwrap(surroundings.view, "N_VMake_Serial", session)
    self.session = session
    maximumSteps = choice.maximumSteps
    memory = try Sundials.unwrap(
      CVodeCreate(choice.formula == .adams ? CV_ADAMS : CV_BDF, context), "CVodeCreate", session)
    if case .newton(let solver) = choice.iteration {
      do {
        newton = try NewtonSystem(solver, surroundings.vector, context, session)
      } catch {
        var freed: UnsafeMutableRawPointer? = memory
        CVodeFree(&freed)
        throw error
      }
      fixedPoint = nil
    } else {
      newton = nil
      fixedPoint = SUNNonlinSol_FixedPoint(surroundings.vector, 0, context)
    }
    try check(CVodeSetErrHandlerFn(memory, Sundials.quiet, nil), "CVodeSetErrHandlerFn")
    try check(CVodeInit(memory, CallbackSession.rightHandSide, start, vector), "CVodeInit")
    try check(CVodeSetUserData(memory, session.userData), "CVodeSetUserData")
    try check(CVodeSetMaxNumSteps(memory, choice.maximumSteps), "CVodeSetMaxNumSteps")
    try setTolerances(choice.localShare.of(choice.tolerances))
    try setIteration(choice.iteration)
  }

  private func setTolerances(_ tolerances: (relative: Double, absolute: [Double])) throws {
    guard tolerances.absolute.count > 1 else {
      return try check(CVodeSStolerances(memory, tolerances.relative, tolerances.absolute[0]), "CVodeSStolerances")
    }
    let absolute = try Sundials.toleranceVector(tolerances.absolute, like: vector, session)
    defer { N_VDestroy(absolute) }
    try check(CVodeSVtolerances(memory, tolerances.relative, absolute), "CVodeSVtolerances")
  }

  private func setIteration(_ iteration: CVODE.Iteration) throws {
    guard case .newton(let choice) = iteration, let solver = newton?.solver else {
      let solver = try Sundials.unwrap(fixedPoint, "SUNNonlinSol_FixedPoint", session)
      try check(CVodeSetNonlinearSolver(memory, solver), "CVodeSetNonlinearSolver")
      return try check(CVodeSetNonlinConvCoef(memory, CVODE.fixedPointShare), "CVodeSetNonlinConvCoef")
    }
    try check(CVodeSetLinearSolver(memory, solver, newton?.matrix), "CVodeSetLinearSolver")
    switch choice {
    case .dense: try check(CVodeSetJacFn(memory, CallbackSession.denseJacobian), "CVodeSetJacFn")
    case .banded: try check(CVodeSetJacFn(memory, CallbackSession.bandedJacobian), "CVodeSetJacFn")
    case .krylov: try check(CVodeSetJacTimes(memory, nil, CallbackSession.jacobianTimes), "CVodeSetJacTimes")
    }
  }

  deinit {
    var freed: UnsafeMutableRawPointer? = memory
    CVodeFree(&freed)
    if let fixedPoint { SUNNonlinSolFree(fixedPoint) }
  }

  func restart(at depth: Double, stop: Double) throws {
    try check(CVodeReInit(memory, depth, vector), "CVodeReInit")
    try check(CVodeSetStopTime(memory, stop), "CVodeSetStopTime")
    // without a least step CVODE goes on for ever with t + h = t
    try check(CVodeSetMinStep(memory, 8 * max(abs(depth), abs(stop)).ulp), "CVodeSetMinStep")
  }

  func advance(to depth: Double) throws { _ = try evolve(to: depth, CV_NORMAL) }

  func step(towards stop: Double) throws -> Double { try evolve(to: stop, CV_ONE_STEP) }

  @inline(__always)
  private func evolve(to depth: Double, _ task: Int32) throws -> Double {
    var reached = session.goodDepth
    let flag = CVode(memory, depth, vector, &reached, task)
    if flag < 0 { throw failure(flag, at: reached) }
    return reached
  }

  func interpolate(at depth: Double, into state: UnsafeMutablePointer<Double>) throws {
    Sundials.point(view, at: state)
    try check(CVodeGetDky(memory, depth, 0, view), "CVodeGetDky")
  }

  func isStiff(length: Double) throws -> Bool {
    guard fixedPoint != nil else { return false }
    var (step, count, depth) = (0.0, 0, 0.0)
    try check(CVodeGetLastStep(memory, &step), "CVodeGetLastStep")
    try check(CVodeGetNumSteps(memory, &count), "CVodeGetNumSteps")
    try check(CVodeGetCurrentTime(memory, &depth), "CVodeGetCurrentTime")
    guard count >= StiffnessProbe.leastSteps else { return false }
    // the last step may have been cut at the end
    return StiffnessProbe.isStiff(
      session.functions, depth: depth, state: Sundials.data(vector), step: max(step, length / Double(count)),
      limit: 0.5)
  }

  func statistics() throws -> Trajectory.Statistics {
    var (steps, evaluations, failures, iterations, jacobians) = (0, 0, 0, 0, 0)
    try check(CVodeGetNumSteps(memory, &steps), "CVodeGetNumSteps")
    try check(CVodeGetNumRhsEvals(memory, &evaluations), "CVodeGetNumRhsEvals")
    try check(CVodeGetNumErrTestFails(memory, &failures), "CVodeGetNumErrTestFails")
    try check(CVodeGetNumNonlinSolvIters(memory, &iterations), "CVodeGetNumNonlinSolvIters")
    if fixedPoint == nil { try check(CVodeGetNumJacEvals(memory, &jacobians), "CVodeGetNumJacEvals") }
    var result = Trajectory.Statistics()
    result.steps = steps
    result.rejectedSteps = failures
    result.evaluations = evaluations
    result.nonlinearIterations = iterations
    result.jacobianEvaluations = jacobians
    return result
  }

  private func failure(_ flag: Int32, at depth: Double) -> IntegrationError {
    session.note(depth, Sundials.data(vector))
    let worst = Sundials.worstComponent(like: vector, session.dimension) { errors, weights in
      CVodeGetEstLocalErrors(memory, errors) == 0 && CVodeGetErrWeights(memory, weights) == 0
    }
    let stiff = flag == CV_TOO_MUCH_WORK && (try? isStiff(length: 0)) == true
    return Sundials.failure(
      flag, "CVode", session, flagName: { CVodeGetReturnFlagName($0) }, stepLimit: maximumSteps, isStiff: stiff,
      worstComponent: worst)
  }

  private func check(_ flag: Int32, _ function: String) throws {
    try Sundials.check(flag, function, session) { CVodeGetReturnFlagName($0) }
  }
}
