import DepthNumerics
import Foundation

/// What a run needs to know beside field and samples: plain numbers, the same for every chunk.
struct LaneRunPlan {
  let relative: Double
  /// Per component.
  let absolute: [Double]
  let start: Double
  /// Ends of the field's smooth pieces, ascending; the last is the end of the run.
  let segmentEnds: [Double]
  /// Depths to keep states at, ascending.
  let saved: [Double]
  let maximumSteps: Int
  let control: StepControl
  /// Give up as soon as stiffness is noticed.
  let stopsWhenStiff: Bool
  /// Ends of the steps to take, whatever their errors, in place of error control; the segments' ends are among them.
  var prescribedDepths: [Double]?
}

/// Samples on their way through one field, one at a time or eight side by side: step control, segments, dense output.
///
/// Samples are taken from a range of rows; each accepted step may be recorded by a tape. Results depend on the range, never on
/// who runs it.
final class LaneRun {
  private let stepper: RungeKuttaStepper
  private let plan: LaneRunPlan
  private let width: Int
  private let dimension: Int
  private let controlCount: Int
  private let controls: UnsafeMutablePointer<StepControlState>
  /// Sample of each lane; lanes without one repeat another's work.
  private let samples: UnsafeMutablePointer<Int>
  private let isPadding: UnsafeMutablePointer<Bool>
  private let errors: UnsafeMutablePointer<Double>
  private let mask: UnsafeMutablePointer<Int64>
  private let dense: UnsafeMutablePointer<Double>
  private let absolute: UnsafeMutablePointer<Double>

  private var initial: UnsafePointer<Double>
  private var nextSample = 0
  private var endSample = 0
  /// `saved.count` blocks of `sampleCount` rows.
  private var output: UnsafeMutablePointer<Double>
  private let sampleCount: Int
  private(set) var statistics = Trajectory.Statistics()
  /// Sees each accepted step before it becomes the state; a depth that it returns ends the run there.
  var observe: ((LaneRun) throws(RungeKuttaFailure) -> Double?)?
  private var haltDepth = Double.infinity

  init(
    _ stepper: RungeKuttaStepper, _ plan: LaneRunPlan, initialStates: UnsafePointer<Double>, sampleCount: Int,
    output: UnsafeMutablePointer<Double>
  ) {
    self.stepper = stepper
    self.plan = plan
    width = stepper.width
    dimension = stepper.dimension
    controlCount = plan.control == .perSample ? stepper.width : 1
    controls = .allocate(capacity: controlCount)
    controls.initialize(repeating: StepControlState(), count: controlCount)
    samples = .allocate(capacity: width)
    samples.initialize(repeating: 0, count: width)
    isPadding = .allocate(capacity: width)
    isPadding.initialize(repeating: true, count: width)
    errors = .allocate(capacity: width)
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
  func run(_ range: Range<Int>) throws(RungeKuttaFailure) {
    (nextSample, endSample) = (range.lowerBound, range.upperBound)
    let evaluationsBefore = stepper.evaluations
    defer { statistics.evaluations += (stepper.evaluations - evaluationsBefore) * width }
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
      stepper.errors(plan.relative, absolute, into: errors)
      try judge()
      if haltDepth < .infinity { return }
    }
  }

  private var isDensePrepared = false

  // MARK: taking up samples

  /// The next sample, or chunk of samples, into control c's lanes.
  private func load(_ c: Int) {
    guard nextSample < endSample else {
      // an idle lane stands still
      if controlCount > 1 { stepper.steps[c] = 0 }
      return
    }
    let lanes = controlCount > 1 ? c..<(c + 1) : 0..<width
    for lane in lanes {
      isPadding[lane] = nextSample >= endSample
      samples[lane] = min(nextSample, endSample - 1)
      nextSample = min(nextSample + 1, endSample)
      for i in 0..<dimension { stepper.state[i * width + lane] = initial[samples[lane] * dimension + i] }
    }
    controls[c] = StepControlState()
    controls[c].depth = plan.start
    controls[c].isActive = true
    controls[c].needsStepLength = true
    enterSegment(c, 0)
    keepStart(c)
  }

  private func enterSegment(_ c: Int, _ segment: Int) {
    controls[c].segment = segment
    controls[c].segmentEnd = plan.segmentEnds[segment]
    controls[c].needsFirstStage = true
    let right = plan.segmentEnds[segment]
    // inside a segment f is evaluated just below its end, so that the next piece's weights are not met
    let isLast = segment == plan.segmentEnds.count - 1
    let limit = isLast ? Double.infinity : right - 4e-12 * max(abs(right), right - controls[c].depth)
    for lane in lanes(of: c) { stepper.limits[lane] = limit }
  }

  private func lanes(of c: Int) -> Range<Int> { controlCount > 1 ? c..<(c + 1) : 0..<width }

  /// `k_1` of the fresh lanes, and a first step length for new samples.
  private func prepareFirstStages() throws(RungeKuttaFailure) {
    let fresh = stepper.scratch
    for c in 0..<controlCount { for lane in lanes(of: c) { stepper.depths[lane] = controls[c].depth } }
    stepper.evaluate(node: 0, stepper.state, into: fresh)
    for lane in 0..<width {
      let c = controlCount > 1 ? lane : 0
      guard controls[c].needsFirstStage else { continue }
      for i in 0..<dimension {
        let slope = fresh[i * width + lane]
        guard slope.isFinite else { throw nonFinite(component: i, lane: lane) }
        stepper.stages[i * width + lane] = slope
      }
    }
    for c in 0..<controlCount {
      controls[c].needsFirstStage = false
      guard controls[c].needsStepLength else { continue }
      controls[c].step = stepper.firstStep(
        lanes: lanes(of: c), plan.relative, absolute, from: controls[c].depth, to: controls[c].segmentEnd)
      controls[c].needsStepLength = false
    }
  }

  // MARK: steps

  /// Step lengths for the coming attempt; a step that nearly reaches the segment's end goes there.
  private func chooseSteps() {
    for c in 0..<controlCount where controls[c].isActive {
      let rest = controls[c].segmentEnd - controls[c].depth
      if let depths = plan.prescribedDepths {
        let target = depths[controls[c].stepsTaken]
        controls[c].landsOnEnd = target >= controls[c].segmentEnd
        prescribe(controls[c].landsOnEnd ? rest : target - controls[c].depth, c)
        continue
      }
      controls[c].landsOnEnd = controls[c].step * 1.01 >= rest
      if controls[c].landsOnEnd {
        controls[c].step = rest
      } else if controls[c].step > 0.5 * rest {
        controls[c].step = 0.5 * rest  // two equal steps rather than a long and a tiny one
      }
      prescribe(controls[c].step, c)
    }
  }

  private func prescribe(_ step: Double, _ c: Int) {
    controls[c].step = step
    for lane in lanes(of: c) {
      stepper.depths[lane] = controls[c].depth
      stepper.steps[lane] = step
    }
  }

  /// Accepts or rejects by the estimated errors.
  private func judge() throws(RungeKuttaFailure) {
    var (accepted, rejected) = (0, 0)
    for c in 0..<controlCount {
      for lane in lanes(of: c) { mask[lane] = 0 }
      guard controls[c].isActive else { continue }
      let error = worstError(c)
      guard error.isFinite else {
        try retryAfterNonFinite(c)
        rejected += 1
        continue
      }
      if error <= 1 || plan.prescribedDepths != nil {
        if plan.prescribedDepths == nil { try noticeStiffness(c) }
        for lane in lanes(of: c) { mask[lane] = 1 }
        accepted += 1
        if let observe, let depth = try observe(self) { haltDepth = depth }
        keepSaved(c)
        let factor = stepper.pair.controller.growth(
          error: error, previous: controls[c].previousError, afterRejection: controls[c].afterRejection)
        controls[c].previousError = error
        controls[c].afterRejection = false
        controls[c].stepsTaken += 1
        guard controls[c].stepsTaken < plan.maximumSteps else {
          throw .tooManySteps(
            plan.maximumSteps, isStiff: controls[c].stiffSteps >= 15, depth: controls[c].depth, state: stateOf(c))
        }
        advance(c, factor)
      } else {
        rejected += 1
        controls[c].afterRejection = true
        controls[c].step *= stepper.pair.controller.reduction(error: error)
        try checkUnderflow(c)
      }
    }
    statistics.steps += accepted
    statistics.rejectedSteps += rejected
    if accepted > 0 { commit() }
  }

  private func worstError(_ c: Int) -> Double {
    var worst = 0.0
    for lane in lanes(of: c) where !isPadding[lane] {
      // a NaN must not lose a comparison
      if !(errors[lane] <= worst) { worst = errors[lane] }
      if worst.isNaN { break }
    }
    return worst
  }

  private func advance(_ c: Int, _ factor: Double) {
    controls[c].depth = controls[c].landsOnEnd ? controls[c].segmentEnd : controls[c].depth + controls[c].step
    controls[c].step *= factor
    guard controls[c].landsOnEnd else { return }
    if controls[c].segment + 1 < plan.segmentEnds.count {
      enterSegment(c, controls[c].segment + 1)
    } else {
      controls[c].isActive = false
    }
  }

  private func commit() {
    if controlCount == 1 { stepper.accept() } else { stepper.accept(mask: mask) }
  }

  // MARK: output

  /// States asked for at the very start.
  private func keepStart(_ c: Int) {
    while controls[c].saved < plan.saved.count, plan.saved[controls[c].saved] <= plan.start {
      for lane in lanes(of: c) where !isPadding[lane] {
        Lanes.copy(stepper.state, lane: lane, width: width, dimension: dimension, into: slot(c, lane))
      }
      controls[c].saved += 1
    }
  }

  /// States asked for on the step just accepted: its end as it is, others by dense output.
  private func keepSaved(_ c: Int) {
    let (left, step) = (controls[c].depth, controls[c].step)
    let right = controls[c].landsOnEnd ? controls[c].segmentEnd : left + step
    while controls[c].saved < plan.saved.count, plan.saved[controls[c].saved] <= min(right, haltDepth) {
      let depth = plan.saved[controls[c].saved]
      if depth < right { prepareDense() }
      for lane in lanes(of: c) where !isPadding[lane] {
        if depth == right {
          Lanes.copy(stepper.next, lane: lane, width: width, dimension: dimension, into: slot(c, lane))
        } else {
          stepper.interpolate(dense, lane: lane, share: (depth - left) / step, into: slot(c, lane))
        }
      }
      controls[c].saved += 1
    }
  }

  /// Ends of the step under observation, of the first lane.
  var stepEnds: (left: Double, right: Double) {
    (controls[0].depth, controls[0].landsOnEnd ? controls[0].segmentEnd : controls[0].depth + controls[0].step)
  }

  /// The first lane's state on the step under observation; its ends as they are.
  func interpolate(at depth: Double, into result: UnsafeMutablePointer<Double>) {
    let (left, right) = stepEnds
    if depth == left || depth == right {
      let block = depth == left ? stepper.state : stepper.next
      return Lanes.copy(block, lane: 0, width: width, dimension: dimension, into: result)
    }
    prepareDense()
    stepper.interpolate(dense, lane: 0, share: (depth - left) / controls[0].step, into: result)
  }

  /// How many of the depths asked for were reached, by the first lane.
  var savedCount: Int { controls[0].saved }

  /// Once a step, for all lanes.
  private func prepareDense() {
    guard !isDensePrepared else { return }
    stepper.prepareDense(into: dense)
    isDensePrepared = true
  }

  private func slot(_ c: Int, _ lane: Int) -> UnsafeMutablePointer<Double> {
    output + (controls[c].saved * sampleCount + samples[lane]) * dimension
  }

  // MARK: what can go wrong

  /// A step met a NaN: try a tenth of it, as it may have left the domain of f by its length alone; but a few times in all,
  /// or the run would creep up to a pole for ever.
  private func retryAfterNonFinite(_ c: Int) throws(RungeKuttaFailure) {
    controls[c].nonFiniteTries += 1
    controls[c].afterRejection = true
    controls[c].step *= 0.1
    guard controls[c].nonFiniteTries > 12 else { return try checkUnderflow(c) }
    for lane in lanes(of: c) {
      for index in 0...stepper.pair.stageCount {
        for i in 0..<dimension where !stepper.stage(index)[i * width + lane].isFinite {
          throw nonFinite(component: i, lane: lane)
        }
      }
    }
    throw .stepUnderflow(
      sample: samples[lanes(of: c).lowerBound], depth: controls[c].depth, state: stateOf(c))
  }

  private func checkUnderflow(_ c: Int) throws(RungeKuttaFailure) {
    guard controls[c].step < 4 * max(abs(controls[c].depth), .leastNormalMagnitude).ulp else { return }
    throw .stepUnderflow(
      sample: samples[lanes(of: c).lowerBound], depth: controls[c].depth, state: stateOf(c))
  }

  private func nonFinite(component: Int, lane: Int) -> RungeKuttaFailure {
    let c = controlCount > 1 ? lane : 0
    return .nonFinite(component: component, sample: samples[lane], depth: controls[c].depth, state: stateOf(c))
  }

  private func stateOf(_ c: Int) -> [Double] {
    let lane = lanes(of: c).lowerBound
    return (0..<dimension).map { stepper.state[$0 * width + lane] }
  }

  /// Hairer's test: stability, not accuracy, holds the step where `h |lambda|` sits at the edge of the stability region.
  private func noticeStiffness(_ c: Int) throws(RungeKuttaFailure) {
    guard controls[c].stepsTaken % 16 == 15 || controls[c].stiffSteps > 0 else { return }
    let edge = stepper.pair.order == 8 ? 6.1 : 3.25
    let isAtEdge = lanes(of: c).contains { !isPadding[$0] && stepper.stiffness(lane: $0) > edge }
    if isAtEdge {
      controls[c].calmSteps = 0
      controls[c].stiffSteps += 1
      if controls[c].stiffSteps >= 15 {
        // the first verdict stands for the steps that led to it
        statistics.stiffSteps += controls[c].stiffSteps == 15 ? 15 : 1
        if plan.stopsWhenStiff { throw .stiff(depth: controls[c].depth, state: stateOf(c)) }
      }
    } else {
      controls[c].calmSteps += 1
      if controls[c].calmSteps == 6 { controls[c].stiffSteps = 0 }
    }
  }
}
