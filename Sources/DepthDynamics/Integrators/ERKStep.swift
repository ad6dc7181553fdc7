internal import CSundials

/// ARKODE's ERKStep with the Dormand-Prince 5(4) pair: one-step, non-stiff, order 5.
///
/// Dense output is ARKODE's Hermite interpolant of degree 5. Other tables wait for their order tests: SUNDIALS 6.4.1 takes
/// every table with c_s = 1 for first-same-as-last (LLNL/sundials issue 311), which is right for this one.
/// Source: Dormand and Prince, J. Comput. Appl. Math. 6 (1980).
public struct ERKStep: Integrator {
  public let name = "erk-dormand-prince"
  public let tolerances: Tolerances
  public let maximumSteps: Int

  public init(tolerances: Tolerances, maximumSteps: Int = 1_000_000) {
    self.tolerances = tolerances
    self.maximumSteps = maximumSteps
  }

  public func integrate<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, saving depths: [Double], until event: TerminalEvent?
  ) throws -> Trajectory {
    try validate(depths, problem)
    return try SegmentedDriver.integrate(problem, saving: depths, until: event) { surroundings, session in
      try ERKStepSolver(self, surroundings, session, start: problem.start)
    }
  }
}

private final class ERKStepSolver: SegmentedSolver {
  private let memory: UnsafeMutableRawPointer
  private let vector: N_Vector
  private let session: CallbackSession

  init(
    _ choice: ERKStep, _ surroundings: borrowing SundialsContext, _ session: CallbackSession, start: Double
  ) throws {
    vector = surroundings.vector
    self.session = session
    memory = try Sundials.unwrap(
      ERKStepCreate(CallbackSession.rightHandSide, start, surroundings.vector, surroundings.context), "ERKStepCreate",
      session)
    try check(ERKStepSetErrHandlerFn(memory, CallbackSession.quiet, nil), "ERKStepSetErrHandlerFn")
    try check(ERKStepSetUserData(memory, session.userData), "ERKStepSetUserData")
    try check(ERKStepSetTableNum(memory, ARKODE_DORMAND_PRINCE_7_4_5), "ERKStepSetTableNum")
    try check(
      ERKStepSStolerances(memory, choice.tolerances.relative, choice.tolerances.absolute), "ERKStepSStolerances")
    try check(ERKStepSetMaxNumSteps(memory, choice.maximumSteps), "ERKStepSetMaxNumSteps")
    try check(ERKStepSetInterpolantDegree(memory, 5), "ERKStepSetInterpolantDegree")
    if let event = session.event {
      try check(ERKStepRootInit(memory, 1, CallbackSession.eventFunction), "ERKStepRootInit")
      var direction = event.direction.rawValue
      try check(ERKStepSetRootDirection(memory, &direction), "ERKStepSetRootDirection")
      try check(ERKStepSetNoInactiveRootWarn(memory), "ERKStepSetNoInactiveRootWarn")
    }
  }

  deinit {
    var freed: UnsafeMutableRawPointer? = memory
    ERKStepFree(&freed)
  }

  func restart(at depth: Double, stop: Double) throws {
    try check(ERKStepReInit(memory, CallbackSession.rightHandSide, depth, vector), "ERKStepReInit")
    try check(ERKStepSetStopTime(memory, stop), "ERKStepSetStopTime")
  }

  func advance(to depth: Double) throws -> (depth: Double, isEvent: Bool) {
    var reached = depth
    let flag = ERKStepEvolve(memory, depth, vector, &reached, ARK_NORMAL)
    try check(flag, "ERKStepEvolve")
    return (reached, flag == ARK_ROOT_RETURN)
  }

  func statistics() throws -> Trajectory.Statistics {
    var (steps, evaluations, failures) = (0, 0, 0)
    try check(ERKStepGetNumSteps(memory, &steps), "ERKStepGetNumSteps")
    try check(ERKStepGetNumRhsEvals(memory, &evaluations), "ERKStepGetNumRhsEvals")
    try check(ERKStepGetNumErrTestFails(memory, &failures), "ERKStepGetNumErrTestFails")
    var result = Trajectory.Statistics()
    result.steps = steps
    result.rejectedSteps = failures
    result.evaluations = evaluations
    return result
  }

  private func check(_ flag: Int32, _ function: String) throws {
    try Sundials.check(flag, function, session) { ERKStepGetReturnFlagName($0) }
  }
}
