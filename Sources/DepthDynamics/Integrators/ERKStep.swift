internal import CSundials

/// ARKODE's ERKStep with an embedded explicit Runge-Kutta pair: one-step, non-stiff.
///
/// SUNDIALS 6.4.1 takes every table whose last node is c_s = 1 for first-same-as-last (LLNL/sundials issue 311) and reuses a
/// wrong stage; Verner's and Fehlberg's tables are hit. They are given one more stage of weight zero, which costs an
/// evaluation a step and restores their orders for fields that depend on depth too (tested by refinement).
/// Dense output is ARKODE's Hermite interpolant, of degree 5 at most.
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

    fileprivate var table: ARKODE_ERKTableID {
      switch self {
      case .cashKarp: ARKODE_CASH_KARP_6_4_5
      case .dormandPrince: ARKODE_DORMAND_PRINCE_7_4_5
      case .verner: ARKODE_VERNER_8_5_6
      case .fehlberg: ARKODE_FEHLBERG_13_7_8
      }
    }

    fileprivate var needsZeroStage: Bool { self == .verner || self == .fehlberg }
  }

  public let pair: Pair
  public let tolerances: Tolerances
  public let maximumSteps: Int
  /// Steps of one length instead of error control; for order tests.
  var fixedStep: Double?

  public init(_ pair: Pair = .dormandPrince, tolerances: Tolerances, maximumSteps: Int = 1_000_000) {
    self.pair = pair
    self.tolerances = tolerances
    self.maximumSteps = maximumSteps
  }

  public var name: String { pair.rawValue }

  public func integrate<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, saving depths: [Double], events: [Event]
  ) throws -> Trajectory {
    try validate(depths, problem)
    return try SegmentedDriver.integrate(problem, saving: depths, events: events, tolerances: tolerances) {
      surroundings, session in
      try ERKStepSolver(self, surroundings, session, start: problem.start)
    }
  }
}

private final class ERKStepSolver: SegmentedSolver {
  private let memory: UnsafeMutableRawPointer
  private let vector: N_Vector
  private let view: N_Vector
  private let session: CallbackSession

  init(
    _ choice: ERKStep, _ surroundings: borrowing SundialsContext, _ session: CallbackSession, start: Double
  ) throws {
    vector = surroundings.vector
    view = surroundings.view
    self.session = session
    memory = try Sundials.unwrap(
      ERKStepCreate(CallbackSession.rightHandSide, start, surroundings.vector, surroundings.context), "ERKStepCreate",
      session)
    try check(ERKStepSetErrHandlerFn(memory, CallbackSession.quiet, nil), "ERKStepSetErrHandlerFn")
    try check(ERKStepSetUserData(memory, session.userData), "ERKStepSetUserData")
    try setTable(choice.pair)
    try check(
      ERKStepSStolerances(memory, choice.tolerances.relative, choice.tolerances.absolute), "ERKStepSStolerances")
    try check(ERKStepSetMaxNumSteps(memory, choice.maximumSteps), "ERKStepSetMaxNumSteps")
    if let step = choice.fixedStep { try check(ERKStepSetFixedStep(memory, step), "ERKStepSetFixedStep") }
    try check(ERKStepSetInterpolantDegree(memory, 5), "ERKStepSetInterpolantDegree")
  }

  private func setTable(_ pair: ERKStep.Pair) throws {
    guard pair.needsZeroStage else {
      return try check(ERKStepSetTableNum(memory, pair.table), "ERKStepSetTableNum")
    }
    let loaded = try Sundials.unwrap(ARKodeButcherTable_LoadERK(pair.table), "ARKodeButcherTable_LoadERK", session)
    defer { ARKodeButcherTable_Free(loaded) }
    let table = loaded.pointee
    let stages = Int(table.stages)
    func row(_ pointer: UnsafeMutablePointer<Double>?) -> [Double] {
      pointer.map { Array(UnsafeBufferPointer(start: $0, count: stages)) } ?? [Double](repeating: 0, count: stages)
    }
    // one more stage at c = 0 without weight: the last node is then not 1
    var matrix = (0..<stages).flatMap { row(table.A[$0]) + [0] } + [Double](repeating: 0, count: stages + 1)
    var (nodes, weights, embedded) = (row(table.c) + [0], row(table.b) + [0], row(table.d) + [0])
    let extended = try Sundials.unwrap(
      ARKodeButcherTable_Create(table.stages + 1, table.q, table.p, &nodes, &matrix, &weights, &embedded),
      "ARKodeButcherTable_Create", session)
    defer { ARKodeButcherTable_Free(extended) }
    try check(ERKStepSetTable(memory, extended), "ERKStepSetTable")
  }

  deinit {
    var freed: UnsafeMutableRawPointer? = memory
    ERKStepFree(&freed)
  }

  func restart(at depth: Double, stop: Double) throws {
    try check(ERKStepReInit(memory, CallbackSession.rightHandSide, depth, vector), "ERKStepReInit")
    try check(ERKStepSetStopTime(memory, stop), "ERKStepSetStopTime")
  }

  func advance(to depth: Double) throws {
    var reached = depth
    try check(ERKStepEvolve(memory, depth, vector, &reached, ARK_NORMAL), "ERKStepEvolve")
  }

  func step(towards stop: Double) throws -> Double {
    var reached = stop
    try check(ERKStepEvolve(memory, stop, vector, &reached, ARK_ONE_STEP), "ERKStepEvolve")
    return reached
  }

  func interpolate(at depth: Double, into state: UnsafeMutablePointer<Double>) throws {
    Sundials.point(view, at: state)
    try check(ERKStepGetDky(memory, depth, 0, view), "ERKStepGetDky")
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
