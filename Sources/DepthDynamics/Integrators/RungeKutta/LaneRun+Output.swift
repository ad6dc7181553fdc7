/// States on the way: at the depths asked for, and under observation.
extension LaneRun {
  /// States asked for at the very start.
  func keepStart(_ c: Int) {
    while controls[c].saved < plan.saved.count, plan.saved[controls[c].saved] <= plan.start {
      for lane in lanes(of: c) where !isPadding[lane] {
        Lanes.copy(stepper.state, lane: lane, width: width, dimension: dimension, into: slot(c, lane))
      }
      controls[c].saved += 1
    }
  }

  /// Whether dense output will be wanted on the step, if it is accepted.
  func needsDense(_ c: Int) -> Bool {
    wantsDense
      || (controls[c].saved < plan.saved.count && plan.saved[controls[c].saved] < controls[c].stepEnd)
  }

  /// States asked for on the step just accepted: its end as it is, others by dense output.
  func keepSaved(_ c: Int) {
    let (left, right, step) = (controls[c].depth, controls[c].stepEnd, controls[c].step)
    var hasInterpolated = false
    while controls[c].saved < plan.saved.count, plan.saved[controls[c].saved] <= min(right, haltDepth) {
      let depth = plan.saved[controls[c].saved]
      if depth < right, !hasInterpolated {
        prepareDense(c)
        hasInterpolated = true
      }
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
  var stepEnds: (left: Double, right: Double) { (controls[0].depth, controls[0].stepEnd) }

  /// The first lane's state on the step under observation; its ends as they are.
  func interpolate(at depth: Double, into result: UnsafeMutablePointer<Double>) {
    let (left, right) = stepEnds
    if depth == left || depth == right {
      let block = depth == left ? stepper.state : stepper.next
      return Lanes.copy(block, lane: 0, width: width, dimension: dimension, into: result)
    }
    if !isDensePrepared { prepareDense(0) }
    stepper.interpolate(dense, lane: 0, share: (depth - left) / controls[0].step, into: result)
  }

  /// How many of the depths asked for were reached, by the first lane.
  var savedCount: Int { controls[0].saved }

  /// Once a step, for all lanes; each sample that wants it counts the evaluations.
  private func prepareDense(_ c: Int) {
    if !isDensePrepared || controlCount > 1 {
      statistics.evaluations += stepper.pair.denseNodes.count * controls[c].sampleCount
    }
    guard !isDensePrepared else { return }
    stepper.prepareDense(into: dense)
    isDensePrepared = true
  }

  private func slot(_ c: Int, _ lane: Int) -> UnsafeMutablePointer<Double> {
    output + (controls[c].saved * sampleCount + samples[lane]) * dimension
  }
}
