internal import CSundials

/// One sample's way through CVODES with its sensitivities.
final class SensitivityRun {
  private let forward: CVODESolver
  private let state: N_Vector
  private let session: CallbackSession
  /// One vector a parameter, then one an initial component.
  private let sensitivities: UnsafeMutablePointer<N_Vector?>
  private let count: Int
  private let depths: [Double]
  private let fixedPoint: SUNNonlinearSolver?

  init(
    _ choice: ForwardSensitivity, _ surroundings: borrowing SundialsContext, _ session: CallbackSession,
    scales: [Double], depths: [Double]
  ) throws {
    self.session = session
    self.depths = depths
    count = scales.count
    state = surroundings.vector
    let method = CVODE(choice.formula, tolerances: choice.tolerances, maximumSteps: choice.maximumSteps)
    forward = try CVODESolver(method, surroundings, session, start: depths[0])
    sensitivities = try Sundials.unwrap(
      N_VCloneVectorArray(Int32(scales.count), surroundings.vector), "N_VCloneVectorArray", session)
    fixedPoint =
      choice.formula == .adams
      ? SUNNonlinSol_FixedPointSens(Int32(scales.count), surroundings.vector, 0, surroundings.context) : nil
    start()
    let memory = forward.memory
    try check(
      CVodeSensInit(memory, Int32(count), CV_STAGGERED, CallbackSession.sensitivityRightHandSide, sensitivities),
      "CVodeSensInit")
    // a sensitivity times its parameter's size is a change of the state
    let (relative, absolute) = method.localShare.of(choice.tolerances)
    var smallest = scales.map { (absolute.min() ?? relative) / $0 }
    try check(CVodeSensSStolerances(memory, relative, &smallest), "CVodeSensSStolerances")
    try check(CVodeSetSensErrCon(memory, 1), "CVodeSetSensErrCon")
    if choice.formula == .adams {
      let solver = try Sundials.unwrap(fixedPoint, "SUNNonlinSol_FixedPointSens", session)
      try check(CVodeSetNonlinearSolverSensStg(memory, solver), "CVodeSetNonlinearSolverSensStg")
    }
  }

  deinit {
    N_VDestroyVectorArray(sensitivities, Int32(count))
    if let fixedPoint { SUNNonlinSolFree(fixedPoint) }
  }

  /// `dh/dp = 0` and `dh/dh_0 = I`.
  private func start() {
    let d = session.dimension
    for j in 0..<count { column(j)?.update(repeating: 0, count: d) }
    for i in 0..<d { column(count - d + i)?[i] = 1 }
  }

  private func column(_ index: Int) -> UnsafeMutablePointer<Double>? { sensitivities[index].map { Sundials.data($0) } }

  func gradient(of loss: TerminalLoss, sample: Int) throws -> SampleGradient {
    var statistics = Trajectory.Statistics()
    for segment in 0..<(depths.count - 1) {
      let (left, right) = (depths[segment], depths[segment + 1])
      session.enterSegment(
        lastDepth: segment == depths.count - 2 ? .infinity : right - 4e-12 * max(abs(right), right - left))
      try forward.restart(at: left, stop: right)
      try check(CVodeSensReInit(forward.memory, CV_STAGGERED, sensitivities), "CVodeSensReInit")
      try forward.advance(to: right)
      session.note(right, Sundials.data(state))
      var reached = right
      try check(CVodeGetSens(forward.memory, &reached, sensitivities), "CVodeGetSens")
      statistics = try statistics + forward.statistics()
    }
    let d = session.dimension
    var slope = [Double](repeating: 0, count: d)
    loss.gradient(sample, Sundials.data(state), &slope)
    let products = (0..<count).map { j in
      column(j).map { column in (0..<d).reduce(0.0) { $0 + slope[$1] * column[$1] } } ?? 0
    }
    return SampleGradient(
      loss: loss.value(sample, Sundials.data(state)), parameters: Array(products.prefix(count - d)),
      initialState: Array(products.suffix(d)), statistics: statistics)
  }

  private func check(_ flag: Int32, _ function: String) throws {
    try Sundials.check(flag, function, session) { CVodeGetReturnFlagName($0) }
  }
}
