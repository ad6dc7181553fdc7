import DepthNumerics

/// Samples on their way through one field, one at a time or eight side by side: step control, segments, dense output.
///
/// Samples are taken from a range of rows; each accepted step may be recorded by a tape. Results depend on the range, never on
/// who runs it.
final class LaneRun {
  let stepper: RungeKuttaStepper
  let plan: LaneRunPlan
  let width: Int
  let dimension: Int
  let controlCount: Int
  let controls: UnsafeMutablePointer<StepControlState>
  /// Sample of each lane; lanes without one repeat another's work.
  let samples: UnsafeMutablePointer<Int>
  let isPadding: UnsafeMutablePointer<Bool>
  /// Of the last attempt, per lane: at most 1 is wanted.
  let errors: UnsafeMutablePointer<Double>
  let absolute: UnsafeMutablePointer<Double>
  let dense: UnsafeMutablePointer<Double>
  private let mask: UnsafeMutablePointer<Int64>
  private let isPrescribed: Bool
  /// Evaluations of f a step: the stages after the first, and the slope at its end.
  private let stepEvaluations: Int

  private let initial: UnsafePointer<Double>
  private var nextSample = 0
  private var endSample = 0
  /// Samples under way, padding not counted.
  private var activeSamples = 0
  /// `saved.count` blocks of `sampleCount` rows.
  let output: UnsafeMutablePointer<Double>
  let sampleCount: Int
  /// Summed over the samples: what each would count by itself with the same steps.
  var statistics = Trajectory.Statistics()
  /// Sees each accepted step before it becomes the state; a depth that it returns ends the run there.
  var observe: ((LaneRun) throws(IntegrationError) -> Double?)?
  /// Whether the observer asks for states inside the step.
  var wantsDense = false
  var haltDepth = Double.infinity
  var isDensePrepared = false

  init(
    _ stepper: RungeKuttaStepper, _ plan: LaneRunPlan, initialStates: UnsafePointer<Double>, sampleCount: Int,
    output: UnsafeMutablePointer<Double>
  ) {
    self.stepper = stepper
    self.plan = plan
    width = stepper.width
    dimension = stepper.dimension
    isPrescribed = plan.prescribed != nil
    stepEvaluations = stepper.pair.stageCount
    controlCount = plan.control == .perSample ? stepper.width : 1
    controls = .allocate(capacity: controlCount)
    controls.initialize(repeating: StepControlState(), count: controlCount)
    samples = .allocate(capacity: width)
    samples.initialize(repeating: 0, count: width)
    isPadding = .allocate(capacity: width)
    isPadding.initialize(repeating: true, count: width)
    errors = .allocate(capacity: width)
    errors.initialize(repeating: 0, count: width)
    mask = .allocate(capacity: width)
    dense = .allocate(capacity: stepper.denseBlocks * stepper.count)
    absolute = .allocate(capacity: dimension)
    absolute.initialize(from: plan.absolute, count: dimension)
    initial = initialStates
    self.output = output
    self.sampleCount = sampleCount
  }

  deinit {
    controls.deallocate()
    samples.deallocate()
    isPadding.deallocate()
    errors.deallocate()
    mask.deallocate()
    dense.deallocate()
    absolute.deallocate()
  }

  /// Carries these samples to the end.
  ///
  /// - Throws: `IntegrationError` that names the sample by its row.
  func run(_ range: Range<Int>) throws(IntegrationError) {
    (nextSample, endSample) = (range.lowerBound, range.upperBound)
    while true {
      var (isAnyActive, isAnyFresh) = (false, false)
      for c in 0..<controlCount {
        if !controls[c].isActive { load(c) }
        if controls[c].isActive { isAnyActive = true }
        if controls[c].needsFirstStage { isAnyFresh = true }
      }
      guard isAnyActive else { return }
      if isAnyFresh { try prepareFirstStages() }
      chooseSteps()
      isDensePrepared = false
      stepper.attempt()
      statistics.evaluations += stepEvaluations * activeSamples
      if isPrescribed {
        stepper.finiteness(into: errors)
      } else {
        stepper.errors(plan.relative, absolute, into: errors)
      }
      try judge()
      if haltDepth < .infinity { return }
    }
  }

  // MARK: taking up samples

  /// The next sample, or chunk of samples, into control c's lanes.
  private func load(_ c: Int) {
    guard nextSample < endSample else {
      // an idle lane stands still
      if controlCount > 1 { stepper.steps[c] = 0 }
      return
    }
    controls[c] = StepControlState()
    controls[c].depth = plan.start
    controls[c].isActive = true
    controls[c].needsStepLength = true
    for lane in lanes(of: c) {
      isPadding[lane] = nextSample >= endSample
      if !isPadding[lane] { controls[c].sampleCount += 1 }
      samples[lane] = min(nextSample, endSample - 1)
      nextSample = min(nextSample + 1, endSample)
      for i in 0..<dimension { stepper.state[i * width + lane] = initial[samples[lane] * dimension + i] }
    }
    activeSamples += controls[c].sampleCount
    enterSegment(c, 0)
    keepStart(c)
  }

  private func enterSegment(_ c: Int, _ segment: Int) {
    let right = plan.segmentEnds[segment]
    controls[c].segment = segment
    controls[c].segmentEnd = right
    controls[c].needsFirstStage = true
    let jump = segment + 1 < plan.segmentEnds.count ? right : plan.jumpAtEnd.map { min($0, right) }
    let limit = jump.map { LeftLimit.depth(before: $0, from: controls[c].depth) } ?? .infinity
    for lane in lanes(of: c) { stepper.limits[lane] = limit }
  }

  func lanes(of c: Int) -> Range<Int> { controlCount > 1 ? c..<(c + 1) : 0..<width }

  /// `k_1` of the fresh lanes, and a first step length for new samples.
  private func prepareFirstStages() throws(IntegrationError) {
    let fresh = stepper.scratch
    for c in 0..<controlCount { for lane in lanes(of: c) { stepper.depths[lane] = controls[c].depth } }
    stepper.evaluate(node: 0, stepper.state, into: fresh)
    for c in 0..<controlCount where controls[c].needsFirstStage {
      statistics.evaluations += controls[c].sampleCount
      for lane in lanes(of: c) {
        for i in 0..<dimension {
          let slope = fresh[i * width + lane]
          guard slope.isFinite else { throw failure(.nonFiniteField(component: i), c, lane: lane) }
          stepper.stages[i * width + lane] = slope
        }
      }
    }
    for c in 0..<controlCount {
      controls[c].needsFirstStage = false
      guard controls[c].needsStepLength else { continue }
      controls[c].needsStepLength = false
      guard !isPrescribed else { continue }
      controls[c].step = stepper.firstStep(
        lanes: lanes(of: c), plan.relative, absolute, from: controls[c].depth, to: controls[c].segmentEnd)
    }
  }

  // MARK: steps

  /// Step lengths for the coming attempt; a step that nearly reaches the segment's end goes there.
  private func chooseSteps() {
    for c in 0..<controlCount where controls[c].isActive {
      let (depth, end) = (controls[c].depth, controls[c].segmentEnd)
      if let prescribed = plan.prescribed {
        let target = prescribed.end(of: controls[c].stepsTaken, from: plan.start, to: plan.end)
        controls[c].landsOnEnd = target >= end - PrescribedSteps.rounding * (target - depth)
        controls[c].stepEnd = controls[c].landsOnEnd ? end : target
        controls[c].step = controls[c].stepEnd - depth
      } else {
        let rest = end - depth
        controls[c].landsOnEnd = controls[c].step * 1.01 >= rest
        if controls[c].landsOnEnd {
          controls[c].step = rest
        } else if controls[c].step > 0.5 * rest {
          controls[c].step = 0.5 * rest  // two equal steps rather than a long and a tiny one
        }
        controls[c].stepEnd = controls[c].landsOnEnd ? end : depth + controls[c].step
      }
      for lane in lanes(of: c) {
        stepper.depths[lane] = depth
        stepper.steps[lane] = controls[c].step
      }
    }
  }

  /// Accepts or rejects by the estimated errors.
  private func judge() throws(IntegrationError) {
    var isAnyAccepted = false
    for c in 0..<controlCount {
      for lane in lanes(of: c) { mask[lane] = 0 }
      guard controls[c].isActive else { continue }
      let error = worstError(c)
      guard isPrescribed ? error == 0 : error <= 1 else {
        try reject(c, error)
        continue
      }
      if needsDense(c), let lane = endSlopeFault(c) {
        try retryAfterNonFinite(c, lane)
        continue
      }
      if !isPrescribed { try noticeStiffness(c) }
      for lane in lanes(of: c) { mask[lane] = 1 }
      isAnyAccepted = true
      statistics.steps += controls[c].sampleCount
      if let observe, let depth = try observe(self) { haltDepth = depth }
      keepSaved(c)
      try advance(c, error)
    }
    if isAnyAccepted { commit() }
  }

  /// NaN if any is.
  private func worstError(_ c: Int) -> Double {
    var worst = 0.0
    for lane in lanes(of: c) where !isPadding[lane] {
      // a NaN must not lose a comparison
      if !(errors[lane] <= worst) { worst = errors[lane] }
      if worst.isNaN { break }
    }
    return worst
  }

  private func advance(_ c: Int, _ error: Double) throws(IntegrationError) {
    let factor = stepper.pair.controller.growth(
      error: error, previous: controls[c].previousError, afterRejection: controls[c].afterRejection)
    controls[c].previousError = error
    controls[c].afterRejection = false
    controls[c].stepsTaken += 1
    let isLast = controls[c].landsOnEnd && controls[c].segment + 1 == plan.segmentEnds.count
    guard controls[c].stepsTaken < plan.maximumSteps || isLast || haltDepth < .infinity else {
      throw failure(.tooManySteps(limit: plan.maximumSteps, isStiff: controls[c].stiffSteps >= 15), c)
    }
    if controls[c].nonFiniteTries > 0, controls[c].stepEnd > controls[c].nonFiniteDepth {
      controls[c].nonFiniteTries = 0
    }
    controls[c].depth = controls[c].stepEnd
    controls[c].step *= factor
    if isLast {
      controls[c].isActive = false
      activeSamples -= controls[c].sampleCount
    } else if controls[c].landsOnEnd {
      enterSegment(c, controls[c].segment + 1)
    }
  }

  private func commit() {
    if controlCount == 1 { stepper.accept() } else { stepper.accept(mask: mask) }
  }
}
