internal import CSundials

/// One sample's way forward and back through CVODES.
final class AdjointRun {
  private let choice: CVODESAdjoint
  /// Of both ways.
  private let tolerances: Tolerances
  private let forward: CVODESolver
  private let state: N_Vector
  private let adjoint: N_Vector
  private let view: N_Vector
  private let session: CallbackSession
  private let backward: UnsafeMutablePointer<AdjointState>
  /// The start, the discontinuities inside, the end.
  private let depths: [Double]
  private let newton: NewtonSystem?
  private let fixedPoint: SUNNonlinearSolver?
  private var which: Int32 = -1
  private var statistics = Trajectory.Statistics()

  init(
    _ choice: CVODESAdjoint, _ surroundings: borrowing SundialsContext, _ session: CallbackSession,
    _ pullbacks: PullbackFunctions, depths: [Double]
  ) throws {
    self.choice = choice
    self.session = session
    self.depths = depths
    state = surroundings.vector
    view = try Sundials.unwrap(surroundings.view, "N_VMake_Serial", session)
    tolerances = try choice.tolerances.tightened(by: CVODESAdjoint.tightening)
    let method = CVODE(choice.formula, tolerances: tolerances, maximumSteps: choice.maximumSteps)
    forward = try CVODESolver(method, surroundings, session, start: depths[0])
    newton =
      choice.formula == .bdf ? try NewtonSystem(.dense, surroundings.vector, surroundings.context, session) : nil
    fixedPoint =
      choice.formula == .adams ? SUNNonlinSol_FixedPoint(surroundings.vector, 0, surroundings.context) : nil
    do {
      adjoint = try Sundials.unwrap(N_VClone(surroundings.vector), "N_VClone", session)
    } catch {
      if let fixedPoint { SUNNonlinSolFree(fixedPoint) }
      throw error
    }
    backward = .allocate(capacity: 1)
    backward.initialize(
      to: AdjointState(functions: session.functions, pullbacks: pullbacks, dimension: session.dimension))
  }

  deinit {
    // the backward memory goes with the forward one; it frees none of these
    N_VDestroy(adjoint)
    if let fixedPoint { SUNNonlinSolFree(fixedPoint) }
    backward.deinitialize(count: 1)
    backward.deallocate()
  }

  func gradient(of loss: TerminalLoss, sample: Int) throws -> SampleGradient {
    let starts = try dryRun()
    let value = loss.value(sample, Sundials.data(state))
    loss.gradient(sample, Sundials.data(state), Sundials.data(adjoint))
    var parameters = [Double](repeating: 0, count: backward.pointee.pullbacks.parameterCount)
    let size = (0..<session.dimension).reduce(0.0) { max($0, abs(Sundials.data(adjoint)[$1])) }
    if size > 0 {
      try parameters.withUnsafeMutableBufferPointer { buffer in
        for segment in (0..<starts.count).reversed() {
          enter(segment)
          Sundials.data(state).update(from: starts[segment], count: session.dimension)
          try goForward(segment)
          try prepareBackward(from: depths[segment + 1], size: size)
          try goBack(from: depths[segment + 1], to: depths[segment], buffer.baseAddress)
        }
      }
    }
    return SampleGradient(
      loss: value, parameters: parameters,
      initialState: Array(UnsafeBufferPointer(start: Sundials.data(adjoint), count: session.dimension)),
      statistics: statistics)
  }

  private func enter(_ segment: Int) {
    let (left, right) = (depths[segment], depths[segment + 1])
    let last = segment == depths.count - 2 ? .infinity : right - 4e-12 * max(abs(right), right - left)
    session.enterSegment(lastDepth: last)
    backward.pointee.lastDepth = last
  }

  /// Forward without memory: the state at each segment's start, and how many steps a checkpoint must hold.
  private func dryRun() throws -> [[Double]] {
    var starts: [[Double]] = []
    var most = 0
    for segment in 0..<(depths.count - 1) {
      enter(segment)
      starts.append(Array(UnsafeBufferPointer(start: Sundials.data(state), count: session.dimension)))
      try forward.restart(at: depths[segment], stop: depths[segment + 1])
      try forward.advance(to: depths[segment + 1])
      session.note(depths[segment + 1], Sundials.data(state))
      let part = try forward.statistics()
      most = max(most, part.steps)
      statistics = statistics + part
    }
    let fits = most + 2 <= choice.largestCheckpoint
    let interpolation = fits && choice.formula == .adams ? CV_POLYNOMIAL : CV_HERMITE
    try check(CVodeAdjInit(forward.memory, min(choice.largestCheckpoint, most + 2), interpolation), "CVodeAdjInit")
    return starts
  }

  private func goForward(_ segment: Int) throws {
    try forward.restart(at: depths[segment], stop: depths[segment + 1])
    try check(CVodeAdjReInit(forward.memory), "CVodeAdjReInit")
    var (reached, checkpoints) = (depths[segment], Int32(0))
    let flag = CVodeF(forward.memory, depths[segment + 1], state, &reached, CV_NORMAL, &checkpoints)
    if flag < 0 { throw failure(flag, "CVodeF", at: depths[segment]) }
    statistics = try statistics + forward.statistics()
  }

  private func prepareBackward(from depth: Double, size: Double) throws {
    let memory = forward.memory
    guard which < 0 else { return try check(CVodeReInitB(memory, which, depth, adjoint), "CVodeReInitB") }
    let (relative, absolute) = CVODE(choice.formula, tolerances: tolerances).localShare.of(tolerances)
    try check(CVodeCreateB(memory, choice.formula == .adams ? CV_ADAMS : CV_BDF, &which), "CVodeCreateB")
    try check(CVodeSetErrHandlerFn(CVodeGetAdjCVodeBmem(memory, which), Sundials.quiet, nil), "CVodeSetErrHandlerFn")
    try check(CVodeInitB(memory, which, AdjointState.rightHandSide, depth, adjoint), "CVodeInitB")
    try check(CVodeSetUserDataB(memory, which, backward), "CVodeSetUserDataB")
    // lambda has a size of its own: what the state's tolerances are to a state of size one
    let smallest = size * min(relative, absolute.min() ?? relative)
    try check(CVodeSStolerancesB(memory, which, relative, smallest), "CVodeSStolerancesB")
    if let newton {
      try check(CVodeSetLinearSolverB(memory, which, newton.solver, newton.matrix), "CVodeSetLinearSolverB")
      try check(CVodeSetJacFnB(memory, which, AdjointState.jacobian), "CVodeSetJacFnB")
    } else {
      let solver = try Sundials.unwrap(fixedPoint, "SUNNonlinSol_FixedPoint", session)
      try check(CVodeSetNonlinearSolverB(memory, which, solver), "CVodeSetNonlinearSolverB")
      let steps = CVodeGetAdjCVodeBmem(memory, which)
      try check(CVodeSetNonlinConvCoef(steps, CVODE.fixedPointShare), "CVodeSetNonlinConvCoef")
    }
  }

  private func goBack(from start: Double, to end: Double, _ parameters: UnsafeMutablePointer<Double>?) throws {
    guard let steps = CVodeGetAdjCVodeBmem(forward.memory, which) else { return }
    try check(CVodeSetMinStep(steps, 8 * max(abs(start), abs(end)).ulp), "CVodeSetMinStep")
    var depth = start
    var count = 0
    while depth > end {
      let flag = CVodeB(forward.memory, end, CV_ONE_STEP)
      if flag < 0 { throw failure(flag, "CVodeB", at: depth) }
      count += 1
      guard count <= choice.maximumSteps else { throw failure(CV_TOO_MUCH_WORK, "CVodeB", at: depth) }
      var reached = depth
      try check(CVodeGetB(forward.memory, which, &reached, adjoint), "CVodeGetB")
      if let parameters { try integrate(from: reached, to: depth, steps, into: parameters) }
      depth = reached
    }
    var (evaluations, jacobians) = (0, 0)
    try check(CVodeGetNumRhsEvals(steps, &evaluations), "CVodeGetNumRhsEvals")
    if newton != nil { try check(CVodeGetNumJacEvals(steps, &jacobians), "CVodeGetNumJacEvals") }
    var back = Trajectory.Statistics()
    (back.steps, back.evaluations, back.jacobianEvaluations) = (count, evaluations + 3 * count, jacobians)
    statistics = statistics + back
  }

  /// Nodes and weights of Gauss's rule on [0, 1]: exact for polynomials of degree 5.
  private static let rule: [(node: Double, weight: Double)] = [
    (0.1127016653792583, 5.0 / 18), (0.5, 8.0 / 18), (0.8872983346207417, 5.0 / 18),
  ]

  /// `integral of (df/dp)^T lambda` over the last backward step, both from dense output.
  private func integrate(
    from left: Double, to right: Double, _ steps: UnsafeMutableRawPointer, into parameters: UnsafeMutablePointer<Double>
  ) throws {
    let d = session.dimension
    try withUnsafeTemporaryAllocation(of: Double.self, capacity: 3 * d) { buffer in
      let (state, lambda) = (buffer.baseAddress!, buffer.baseAddress! + d)
      for (node, weight) in Self.rule {
        let depth = left + node * (right - left)
        Sundials.point(view, at: lambda)
        try check(CVodeGetDky(steps, depth, 0, view), "CVodeGetDky")
        Sundials.point(view, at: state)
        try check(CVodeGetAdjY(forward.memory, depth, view), "CVodeGetAdjY")
        let length = weight * (right - left)
        for i in 0..<d { lambda[i] *= length }
        let pullback = backward.pointee.pullbacks.pullback
        pullback(min(depth, backward.pointee.lastDepth), state, lambda, lambda + d, parameters)
      }
    }
  }

  private func failure(_ flag: Int32, _ function: String, at depth: Double) -> IntegrationError {
    session.note(depth, Sundials.data(state))
    if backward.pointee.nonFiniteComponent >= 0 {
      return IntegrationError(
        reason: .nonFiniteField(component: backward.pointee.nonFiniteComponent), depth: depth, state: session.goodState)
    }
    let isStiff = flag == CV_TOO_MUCH_WORK && (try? forward.isStiff(length: 0)) == true
    return Sundials.failure(
      flag, function, session, flagName: { CVodeGetReturnFlagName($0) }, stepLimit: choice.maximumSteps,
      isStiff: isStiff, worstComponent: nil)
  }

  private func check(_ flag: Int32, _ function: String) throws {
    try Sundials.check(flag, function, session) { CVodeGetReturnFlagName($0) }
  }
}
