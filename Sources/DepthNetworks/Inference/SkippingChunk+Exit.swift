import DepthNumerics
import DepthStopping

extension SkippingChunk {
  /// Exit k below the last: what the rules read, their decisions, answers for those that halt, and the rest moved together.
  func leave(
    _ exit: Int, _ parameters: UnsafePointer<Scalar>, _ depths: UnsafeMutablePointer<Int>,
    _ answers: UnsafeMutablePointer<Scalar>
  ) {
    read(exit, parameters)
    decide(exit)
    guard (0..<active).contains(where: { stops[$0] }) else { return }
    answer(exit, parameters, depths, answers)
    compact(exit)
  }

  /// Features and logits of the active rows, as far as a rule reads them.
  private func read(_ exit: Int, _ parameters: UnsafePointer<Scalar>) {
    let (classes, width) = (architecture.classCount, StoppingPaths.standardFeatures.count)
    if needs.logits || needs.gate {
      let (first, rows) = (needs.logits ? 0 : classes, (needs.logits ? classes : 0) + (needs.gate ? 1 : 0))
      score(exit, parameters, states, active, rows: first..<(first + rows))
      if needs.gate { Scalar.Kernels.sigmoids(active, rows, scores + (rows - 1), gates, 1) }
      if needs.logits {
        for row in 0..<active {
          for j in 0..<classes { ruleLogits[row * classes + j] = Double(scores[row * rows + j]) }
        }
      }
    }
    guard needs.logitFeatures || needs.updateNorm || needs.stateNorm || needs.gate else { return }
    let size = architecture.stages[architecture.stage(ofExit: exit)].stateCount
    if needs.updateNorm {
      let norms = ruleFeatures + ExitNeeds.updateNormColumn
      // at exit 0 nothing has been updated yet
      let before = exit == 0 ? UnsafePointer(states) : lastInput
      Scalar.Kernels.distanceSquares(active, size, 1, states, before, norms, width)
      for row in 0..<active { norms[row * width] = norms[row * width].squareRoot() }
    }
    for row in 0..<active {
      let features = ruleFeatures + row * width
      if needs.logitFeatures { LogitFeatures.write(ruleLogits + row * classes, classes, exponentials, into: features) }
      if needs.stateNorm { features[ExitNeeds.stateNormColumn] = norm(states + row * size, size) }
      if needs.gate { features[ExitNeeds.gateColumn] = gates[row] }
    }
  }

  private func decide(_ exit: Int) {
    let width = StoppingPaths.standardFeatures.count
    for rule in rules.indices {
      let start = segments[rule]
      guard segments[rule + 1] > start else { continue }
      rules[rule].decide(
        ExitObservation(
          exit: exit, blocks: architecture.blocks, count: segments[rule + 1] - start,
          features: ruleFeatures + start * width, featureStride: width,
          logits: ruleLogits + start * architecture.classCount, classCount: architecture.classCount,
          logitStride: architecture.classCount, memory: ruleMemory + start * memoryStride, memoryStride: memoryStride,
          scratch: ruleScratch),
        into: stops + start)
    }
  }

  /// Depth and logits of the rows that stop, each to its request's place.
  func answer(
    _ exit: Int, _ parameters: UnsafePointer<Scalar>, _ depths: UnsafeMutablePointer<Int>,
    _ answers: UnsafeMutablePointer<Scalar>
  ) {
    let classes = architecture.classCount
    let isRead = needs.logits && exit < architecture.blocks
    var width = classes + (needs.gate ? 1 : 0)
    if !isRead {
      let size = architecture.stages[architecture.stage(ofExit: exit)].stateCount
      var count = 0
      for row in 0..<active where stops[row] {
        (halted + count * size).update(from: states + row * size, count: size)
        count += 1
      }
      score(exit, parameters, halted, count, rows: 0..<classes)
      width = classes
    }
    var place = 0
    for row in 0..<active where stops[row] {
      let request = origins[row]
      depths[request] = exit
      (answers + request * classes).update(from: scores + (isRead ? row : place) * width, count: classes)
      place += 1
    }
  }

  /// `rows` of the matrix of head and gate, times the pooled states, into `scores`, count x rows.
  private func score(
    _ exit: Int, _ parameters: UnsafePointer<Scalar>, _ states: UnsafePointer<Scalar>, _ count: Int, rows: Range<Int>
  ) {
    let stage = architecture.stage(ofExit: exit)
    let inner = layout.headFeatures[exit]
    var features = states
    if let pooling = architecture.stages[stage].pooling, let workspace = poolingWorkspaces[stage] {
      pooling.evaluate(parameters, states: states, count: count, workspace: workspace, into: pooled)
      features = UnsafePointer(pooled)
    }
    Scalar.multiply(
      rows: count, columns: rows.count, inner: inner, features, .normal,
      parameters + layout.heads[exit] + rows.lowerBound * inner, .transposed, into: scores)
    Scalar.Kernels.addBias(count, rows.count, parameters + layout.headBiases[exit] + rows.lowerBound, scores)
  }

  /// Moves the rows that go on to the front, in their order.
  private func compact(_ exit: Int) {
    let size = architecture.stages[architecture.stage(ofExit: exit)].stateCount
    var (kept, start) = (0, 0)
    for rule in rules.indices {
      let end = segments[rule + 1]
      segments[rule] = kept
      for row in start..<end where !stops[row] {
        if row != kept {
          (states + kept * size).update(from: states + row * size, count: size)
          (ruleMemory + kept * memoryStride).update(from: ruleMemory + row * memoryStride, count: memoryStride)
          origins[kept] = origins[row]
        }
        kept += 1
      }
      start = end
    }
    segments[rules.count] = kept
    active = kept
  }

  private func norm(_ state: UnsafePointer<Scalar>, _ count: Int) -> Double {
    for i in 0..<count { wideState[i] = Double(state[i]) }
    return BLAS.norm(count, wideState)
  }
}
