internal import CSundials

/// One ERKStep memory block with its table and interpolant.
final class ERKStepSolver: SegmentedSolver {
  private let memory: UnsafeMutableRawPointer
  private let vector: N_Vector
  private let session: CallbackSession
  /// Made when a state inside a step is first asked for.
  private var interpolant: SubstepInterpolant?
  private let pair: ERKStep.Pair
  private let maximumSteps: Int
  /// The right end of the last step.
  private var depth: Double

  let interpolatesOnTheWay = false

  init(
    _ choice: ERKStep, _ surroundings: borrowing SundialsContext, _ session: CallbackSession, start: Double
  ) throws {
    vector = surroundings.vector
    self.session = session
    maximumSteps = choice.maximumSteps
    depth = start
    pair = choice.pair
    memory = try Sundials.unwrap(
      ERKStepCreate(CallbackSession.rightHandSide, start, surroundings.vector, surroundings.context), "ERKStepCreate",
      session)
    try check(ERKStepSetErrHandlerFn(memory, Sundials.quiet, nil), "ERKStepSetErrHandlerFn")
    try check(ERKStepSetUserData(memory, session.userData), "ERKStepSetUserData")
    try setTable(choice.pair)
    try setTolerances(ERKStep.localShare.of(choice.tolerances))
    try check(ERKStepSetMaxNumSteps(memory, choice.maximumSteps), "ERKStepSetMaxNumSteps")
    if let step = choice.fixedStep { try check(ERKStepSetFixedStep(memory, step), "ERKStepSetFixedStep") }
    // the library's own interpolant is not used: keep it cheap
    try check(ERKStepSetInterpolantDegree(memory, 1), "ERKStepSetInterpolantDegree")
  }

  private static func load(_ pair: ERKStep.Pair, _ session: CallbackSession) throws -> ButcherTable {
    let loaded = try Sundials.unwrap(ARKodeButcherTable_LoadERK(pair.table), "ARKodeButcherTable_LoadERK", session)
    defer { ARKodeButcherTable_Free(loaded) }
    let table = loaded.pointee
    let stages = Int(table.stages)
    func row(_ pointer: UnsafeMutablePointer<Double>?) -> [Double] {
      pointer.map { Array(UnsafeBufferPointer(start: $0, count: stages)) } ?? [Double](repeating: 0, count: stages)
    }
    return ButcherTable(
      order: pair.order, matrix: (0..<stages).map { row(table.A[$0]) }, weights: row(table.b), embedded: row(table.d),
      nodes: row(table.c))
  }

  private func setTable(_ pair: ERKStep.Pair) throws {
    guard pair.needsZeroStage else {
      return try check(ERKStepSetTableNum(memory, pair.table), "ERKStepSetTableNum")
    }
    let table = try Self.load(pair, session)
    // one more stage at c = 0 without weight: the last node is then not 1
    var matrix = table.matrix.flatMap { $0 + [0] } + [Double](repeating: 0, count: table.nodes.count + 1)
    var (nodes, weights, embedded) = (table.nodes + [0], table.weights + [0], table.embedded + [0])
    let extended = try Sundials.unwrap(
      ARKodeButcherTable_Create(
        Int32(nodes.count), Int32(table.order), Int32(table.order - 1), &nodes, &matrix, &weights, &embedded),
      "ARKodeButcherTable_Create", session)
    defer { ARKodeButcherTable_Free(extended) }
    try check(ERKStepSetTable(memory, extended), "ERKStepSetTable")
  }

  private func setTolerances(_ tolerances: (relative: Double, absolute: [Double])) throws {
    guard tolerances.absolute.count > 1 else {
      return try check(
        ERKStepSStolerances(memory, tolerances.relative, tolerances.absolute[0]), "ERKStepSStolerances")
    }
    let absolute = try Sundials.toleranceVector(tolerances.absolute, like: vector, session)
    defer { N_VDestroy(absolute) }
    try check(ERKStepSVtolerances(memory, tolerances.relative, absolute), "ERKStepSVtolerances")
  }

  deinit {
    var freed: UnsafeMutableRawPointer? = memory
    ERKStepFree(&freed)
  }

  func restart(at depth: Double, stop: Double) throws {
    self.depth = depth
    interpolant?.restart()
    try check(ERKStepReInit(memory, CallbackSession.rightHandSide, depth, vector), "ERKStepReInit")
    try check(ERKStepSetStopTime(memory, stop), "ERKStepSetStopTime")
    // without a least step ARKODE goes on for ever with t + h = t
    try check(ERKStepSetMinStep(memory, 8 * max(abs(depth), abs(stop)).ulp), "ERKStepSetMinStep")
  }

  /// In one call. Where that fails the library does not tell the last good step (a callback after each step would, but costs
  /// the pair its reuse of the last slope): then the way is gone again step by step, to fail with it known.
  func advance(to depth: Double) throws {
    let (start, state) = (
      self.depth, Array(UnsafeBufferPointer(start: Sundials.data(vector), count: session.dimension))
    )
    var reached = depth
    let flag = ERKStepEvolve(memory, depth, vector, &reached, ARK_NORMAL)
    if flag >= 0, session.contamination(of: Sundials.data(vector)) == nil {
      self.depth = reached
      return
    }
    Sundials.data(vector).update(from: state, count: state.count)
    session.forgetNonFinite()
    try restart(at: start, stop: depth)
    var steps = 0
    while self.depth < depth {
      guard steps < maximumSteps else { throw failure(ARK_TOO_MUCH_WORK) }
      session.note(self.depth, Sundials.data(vector))
      self.depth = try evolve(to: depth)
      steps += 1
    }
  }

  func step(towards stop: Double) throws -> Double {
    let interpolant = try self.interpolant ?? SubstepInterpolant(Self.load(pair, session), session)
    self.interpolant = interpolant
    interpolant.begin(at: depth, Sundials.data(vector))
    depth = try evolve(to: stop)
    interpolant.finish(at: depth, Sundials.data(vector))
    return depth
  }

  @inline(__always)
  private func evolve(to depth: Double) throws -> Double {
    var reached = depth
    let flag = ERKStepEvolve(memory, depth, vector, &reached, ARK_ONE_STEP)
    if flag < 0 { throw failure(flag) }
    if let component = session.contamination(of: Sundials.data(vector)) {
      throw IntegrationError(
        reason: .nonFiniteField(component: component), depth: session.goodDepth, state: session.goodState)
    }
    return reached
  }

  func glance(at depth: Double, into state: UnsafeMutablePointer<Double>) throws {
    try interpolant?.glance(at: depth, into: state)
  }

  func interpolate(at depth: Double, into state: UnsafeMutablePointer<Double>) throws {
    try interpolant?.interpolate(at: depth, into: state)
  }

  func isStiff(length: Double) throws -> Bool {
    var (step, count) = (0.0, 0)
    try check(ERKStepGetLastStep(memory, &step), "ERKStepGetLastStep")
    try check(ERKStepGetNumSteps(memory, &count), "ERKStepGetNumSteps")
    guard count >= StiffnessProbe.leastSteps else { return false }
    // the last step may have been cut at the end
    return StiffnessProbe.isStiff(
      session.functions, depth: depth, state: Sundials.data(vector), step: max(step, length / Double(count)), limit: 2.5
    )
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

  private func failure(_ flag: Int32) -> IntegrationError {
    // the vector holds the step that failed; the last good state was noted before it
    let worst = Sundials.worstComponent(like: vector, session.dimension) { errors, weights in
      ERKStepGetEstLocalErrors(memory, errors) == 0 && ERKStepGetErrWeights(memory, weights) == 0
    }
    let stiff = flag == ARK_TOO_MUCH_WORK && (try? isStiff(length: 0)) == true
    return Sundials.failure(
      flag, "ERKStepEvolve", session, flagName: { ERKStepGetReturnFlagName($0) }, stepLimit: maximumSteps,
      isStiff: stiff, worstComponent: worst)
  }

  private func check(_ flag: Int32, _ function: String) throws {
    try Sundials.check(flag, function, session) { ERKStepGetReturnFlagName($0) }
  }
}
