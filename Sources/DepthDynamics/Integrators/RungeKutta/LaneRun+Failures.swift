/// What can go wrong on a step, and in whose words it ends.
extension LaneRun {
  /// A step that cannot be taken: tried shorter where that may help.
  func reject(_ c: Int, _ error: Double) throws(IntegrationError) {
    if !error.isFinite, let lane = faultyLane(c) {
      // prescribed steps have no shorter ones, and a slope at the start stays what it is
      guard plan.prescribed == nil, faultAtStart(lane) == nil else { throw nonFinite(c, lane: lane) }
      return try retryAfterNonFinite(c, lane)
    }
    // the estimate alone may overflow: that is a large error and no more
    statistics.rejectedSteps += controls[c].sampleCount
    controls[c].afterRejection = true
    controls[c].step *= stepper.pair.controller.reduction(error: error.isFinite ? error : .infinity)
    try checkUnderflow(c)
  }

  /// A step met a number that is not finite: try a tenth of it, as it may have left the domain of f by its length alone; but a
  /// few times in a row, or the run would creep up to a pole for ever.
  func retryAfterNonFinite(_ c: Int, _ lane: Int) throws(IntegrationError) {
    guard plan.prescribed == nil else { throw nonFinite(c, lane: lane) }
    statistics.rejectedSteps += controls[c].sampleCount
    controls[c].nonFiniteTries += 1
    controls[c].nonFiniteDepth = max(controls[c].nonFiniteDepth, controls[c].stepEnd)
    controls[c].afterRejection = true
    controls[c].step *= 0.1
    if controls[c].nonFiniteTries > 12 { throw nonFinite(c, lane: lane) }
    try checkUnderflow(c)
  }

  private func checkUnderflow(_ c: Int) throws(IntegrationError) {
    guard controls[c].step < 4 * max(abs(controls[c].depth), .leastNormalMagnitude).ulp else { return }
    throw failure(.stepUnderflow, c)
  }

  // MARK: where the finite numbers end

  /// The first sample's lane with a stage, or a proposed state, that is not finite.
  private func faultyLane(_ c: Int) -> Int? {
    lanes(of: c).first { !isPadding[$0] && (faultyStage($0) != nil || faultyComponent(stepper.next, $0) != nil) }
  }

  private func faultAtStart(_ lane: Int) -> Int? { faultyComponent(stepper.stage(0), lane) }

  /// The lane whose slope at the step's end would spoil dense output; a cubic does without it.
  func endSlopeFault(_ c: Int) -> Int? {
    guard !stepper.pair.denseWeights.isEmpty else { return nil }
    let slope = stepper.stage(stepper.pair.stageCount)
    return lanes(of: c).first { !isPadding[$0] && faultyComponent(slope, $0) != nil }
  }

  /// Stages in their order: the first is the cause of the others.
  private func faultyStage(_ lane: Int) -> Int? {
    for index in 0...stepper.pair.stageCount {
      if let component = faultyComponent(stepper.stage(index), lane) { return component }
    }
    return nil
  }

  private func faultyComponent(_ block: UnsafePointer<Double>, _ lane: Int) -> Int? {
    (0..<dimension).first { !block[$0 * width + lane].isFinite }
  }

  /// f's component, where a stage before the proposed state has one; else the state's own.
  private func nonFinite(_ c: Int, lane: Int) -> IntegrationError {
    for index in 0..<stepper.pair.stageCount {
      if let component = faultyComponent(stepper.stage(index), lane) {
        return failure(.nonFiniteField(component: component), c, lane: lane)
      }
    }
    if let component = faultyComponent(stepper.next, lane) {
      return failure(.nonFiniteState(component: component), c, lane: lane)
    }
    return failure(.nonFiniteField(component: faultyStage(lane) ?? 0), c, lane: lane)
  }

  // MARK: failures

  /// By default that of the sample with the largest error.
  func failure(_ reason: IntegrationError.Reason, _ c: Int, lane: Int? = nil) -> IntegrationError {
    let lane = lane ?? worstLane(c)
    let state = (0..<dimension).map { stepper.state[$0 * width + lane] }
    let hasEstimate =
      switch reason {
      case .tooManySteps, .stepUnderflow, .stiffField: plan.prescribed == nil
      default: false
      }
    let component = hasEstimate ? stepper.worstComponent(lane: lane, plan.relative, absolute) : nil
    return IntegrationError(
      reason: reason, depth: controls[c].depth, state: state, component: component, sample: samples[lane])
  }

  private func worstLane(_ c: Int) -> Int {
    let candidates = lanes(of: c).filter { !isPadding[$0] }
    return candidates.first { errors[$0].isNaN } ?? candidates.max { errors[$0] < errors[$1] }
      ?? lanes(of: c).lowerBound
  }

  /// Hairer's test: stability, not accuracy, holds the step where `h |lambda|` sits at the edge of the stability region.
  func noticeStiffness(_ c: Int) throws(IntegrationError) {
    guard controls[c].stepsTaken % 16 == 15 || controls[c].stiffSteps > 0 else { return }
    let edge = stepper.pair.order == 8 ? 6.1 : 3.25
    guard let lane = lanes(of: c).first(where: { !isPadding[$0] && stepper.stiffness(lane: $0) > edge }) else {
      controls[c].calmSteps += 1
      if controls[c].calmSteps == 6 { controls[c].stiffSteps = 0 }
      return
    }
    controls[c].calmSteps = 0
    controls[c].stiffSteps += 1
    guard controls[c].stiffSteps >= 15 else { return }
    // the first verdict stands for the steps that led to it; all samples of the chunk are held
    statistics.stiffSteps += (controls[c].stiffSteps == 15 ? 15 : 1) * controls[c].sampleCount
    if plan.stopsWhenStiff { throw failure(.stiffField, c, lane: lane) }
  }
}
