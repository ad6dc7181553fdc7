import DepthNumerics

extension NetworkWorkspace {
  /// Makes `gradient` that of `scale` times the summed loss of the chunk; returns `scale` times the sum. `forward` must have
  /// run on the same samples.
  func backward(
    _ parameters: UnsafePointer<Scalar>, inputs: UnsafePointer<Scalar>, labels: UnsafePointer<Int>, count: Int,
    loss: TrainingLoss, scale: Double
  ) -> Double {
    let total = differentiateLosses(labels, count, loss, scale)
    let (stages, base) = (architecture.stages, gradient.baseAddress!)
    slope.update(repeating: 0, count: count * stateCounts[blocks])
    clearAllButBlocks()
    for k in stride(from: blocks, through: 1, by: -1) {
      leaveExit(k, parameters, labels, count, distilled: scale * loss.distilledWeight(k))
      let (block, size) = (k - 1, stateCounts[k])
      let stage = layout.stageOfBlock[block]
      // just before it is added to, while it stays in the cache
      if block + 1 == blocks || layout.blocks[block + 1] != layout.blocks[block] {
        (base + layout.blocks[block]).update(repeating: 0, count: stages[stage].block.block.parameterCount)
      }
      // the update's buffer holds dl/df / Delta, which must not change while the slope becomes dl/dh of the block's input
      update.update(from: slope, count: count * size)
      if loss.regularizer.usesResidualSquares {
        addResidualSlopes(ofBlock: block, count)
      }
      stages[stage].block.pullback(
        parameters + layout.blocks[block], states: blockInputs[block], count: count,
        workspace: blockWorkspaces[block], cotangent: update, scale: blockSize, gradient: base + layout.blocks[block],
        stateGradient: slope)
      unshow(block, inputs, count)
      guard beginsWithTransition(block) else { continue }
      otherSlope.update(repeating: 0, count: count * stateCounts[block])
      stages[stage].entry.pullback(
        parameters + layout.entries[stage], states: states[block], count: count, workspace: entryWorkspaces[stage],
        cotangent: slope, gradient: base + layout.entries[stage], stateGradient: otherSlope)
      swap(&slope, &otherSlope)
    }
    leaveExit(0, parameters, labels, count, distilled: scale * loss.distilledWeight(0))
    stages[0].entry.pullback(
      parameters + layout.entries[0], states: inputs, count: count, workspace: entryWorkspaces[0], cotangent: slope,
      gradient: base + layout.entries[0], stateGradient: nil)
    return total
  }

  private func clearAllButBlocks() {
    let base = gradient.baseAddress!
    for (offset, stage) in zip(layout.entries, architecture.stages) {
      (base + offset).update(repeating: 0, count: stage.entry.map.parameterCount)
    }
    // shown inputs and heads come after all blocks
    (base + layout.shown).update(repeating: 0, count: layout.parameterCount - layout.shown)
  }

  /// The gradient of W_s from what block k was shown.
  private func unshow(_ k: Int, _ inputs: UnsafePointer<Scalar>, _ count: Int) {
    guard let shown = architecture.shown, k < shown.steps else { return }
    let size = stateCounts[k]
    Scalar.gemm(
      size, shown.count, count, 1, slope, size, true, inputs + k * shown.count, shown.inputCount, false, 1,
      gradient.baseAddress! + layout.shown, shown.count)
  }

  /// Fills the slopes of losses, gates' scores and residuals with the derivatives of the scaled total; returns the total.
  private func differentiateLosses(
    _ labels: UnsafePointer<Int>, _ count: Int, _ loss: TrainingLoss, _ scale: Double
  ) -> Double {
    let count = count * answers
    var total = scale * exitLosses(labels, count, loss)
    let alpha = scale * loss.regularizationWeight
    let regularizer = loss.regularizer
    (lossSlopes).update(repeating: 0, count: count * exits)
    gateSlopes.update(repeating: 0, count: count * blocks)
    let isActive = !(regularizer is NoDepthRegularizer) && alpha != 0
    if isActive || regularizer.usesResidualSquares {
      residualSlopes.update(repeating: 0, count: count * blocks)
    }
    if isActive {
      if regularizer.usesResidualSquares { measureResiduals(count / answers) }
      for i in 0..<count {
        let value = regularizer.evaluate(exits(ofAnswer: i), slopes: slopes(ofAnswer: i))
        total += alpha * value
      }
    }
    let delta = architecture.blockSize
    for i in 0..<count {
      for k in 0..<exits {
        lossSlopes[i * exits + k] = scale * loss.exitWeights[k] + alpha * lossSlopes[i * exits + k]
      }
      guard isActive else { continue }
      for j in (i * blocks)..<((i + 1) * blocks) {
        gateSlopes[j] *= alpha * gates[j] * (1 - gates[j])
        // of (1/d) ||h' - h||^2 / Delta^2, in the units of dl/df / Delta
        residualSlopes[j] *= 2 * alpha / (Double(answerParts[j - i * blocks + 1].size) * delta * delta)
      }
    }
    return total
  }

  /// `sum_k w_k [(1 - delta) l_k + delta D_k]` of `count` answers.
  private func exitLosses(_ labels: UnsafePointer<Int>, _ count: Int, _ loss: TrainingLoss) -> Double {
    var total = 0.0
    for k in 0..<exits {
      let distilled = loss.distilledWeight(k)
      var (sum, soft) = (0.0, 0.0)
      for i in 0..<count { sum += losses[i * exits + k] }
      if distilled != 0 {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { row in
          for i in 0..<count { softLosses[i] = losses[i * exits + k] }
          Scalar.Kernels.softLabelLosses(
            count, architecture.classCount, layout.headRows[k], logits[k], labels, teacher, softLosses,
            row.baseAddress!, 1)
          for i in 0..<count { soft += row[i] }
        }
      }
      total += (loss.exitWeights[k] - distilled) * sum + distilled * soft
    }
    return total
  }

  /// `||f_k||^2 / d_k` of every answer and block.
  private func measureResiduals(_ count: Int) {
    for k in 0..<blocks {
      let factor =
        1 / (architecture.blockSize * architecture.blockSize * Double(answerParts[k + 1].size))
      forEachRun(ofExit: k + 1, count) { answer, start, rows, size in
        Scalar.Kernels.distanceSquares(
          rows, size, factor, states[k + 1] + start, blockInputs[k] + start, residualSquares + answer * blocks + k,
          blocks)
      }
    }
  }

  /// Adds the residuals' share in dl/df to the update's buffer.
  private func addResidualSlopes(ofBlock k: Int, _ count: Int) {
    forEachRun(ofExit: k + 1, count) { answer, start, rows, size in
      Scalar.Kernels.addDifferences(
        rows, size, residualSlopes + answer * blocks + k, blocks, states[k + 1] + start, blockInputs[k] + start,
        update + start)
    }
  }

  /// Answers' parts of the states that lie side by side: the first answer, where its part begins, how many, and a part's size.
  private func forEachRun(ofExit k: Int, _ count: Int, _ body: (Int, Int, Int, Int) -> Void) {
    let (start, size) = answerParts[k]
    guard start > 0 else { return body(0, 0, count * answers, size) }
    for sample in 0..<count { body(sample * answers, sample * stateCounts[k] + start, answers, size) }
  }

  private func exits(ofAnswer i: Int) -> SampleExits {
    SampleExits(
      losses: UnsafeBufferPointer(start: losses + i * exits, count: exits),
      gates: UnsafeBufferPointer(start: gates + i * blocks, count: blocks),
      residualSquares: UnsafeBufferPointer(start: residualSquares + i * blocks, count: blocks))
  }

  private func slopes(ofAnswer i: Int) -> SampleExitSlopes {
    SampleExitSlopes(
      losses: UnsafeMutableBufferPointer(start: lossSlopes + i * exits, count: exits),
      gates: UnsafeMutableBufferPointer(start: gateSlopes + i * blocks, count: blocks),
      residualSquares: UnsafeMutableBufferPointer(start: residualSlopes + i * blocks, count: blocks))
  }

  /// Head and gate of one exit: their gradients, and their share in `dl/dh_k`.
  private func leaveExit(
    _ k: Int, _ parameters: UnsafePointer<Scalar>, _ labels: UnsafePointer<Int>, _ count: Int, distilled: Double
  ) {
    let (classes, width, columns) = (architecture.classCount, layout.headRows[k], layout.headFeatures[k])
    let (kernels, base, rows) = (Scalar.Kernels.self, gradient.baseAddress!, count * answers)
    kernels.softmaxPullback(
      rows, classes, width, probabilities[k], labels, teacher, distilled, lossSlopes + k, exits, gateSlopes + k,
      blocks, exitSlope)
    kernels.columnSums(rows, width, 1, exitSlope, base + layout.headBiases[k])
    Scalar.multiply(
      rows: width, columns: columns, inner: rows, exitSlope, .transposed, features[k], .normal, beta: 1,
      into: base + layout.heads[k])
    let pooling = architecture.stages[architecture.stage(ofExit: k)].pooling
    Scalar.multiply(
      rows: rows, columns: columns, inner: width, exitSlope, .normal, parameters + layout.heads[k], .normal,
      beta: pooling == nil ? 1 : 0, into: pooling == nil ? slope : featureSlope)
    guard let pooling, let workspace = poolingWorkspaces[k] else { return }
    pooling.pullback(
      parameters, states: states[k], count: count, workspace: workspace, cotangent: featureSlope, gradient: nil,
      stateGradient: slope)
  }
}
