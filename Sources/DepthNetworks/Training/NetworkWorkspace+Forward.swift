import DepthNumerics

extension NetworkWorkspace {
  /// States, logits, losses and gates of `count` samples (inputs row-major, a label an answer).
  func forward(
    _ parameters: UnsafePointer<Scalar>, inputs: UnsafePointer<Scalar>, labels: UnsafePointer<Int>, count: Int
  ) {
    precondition(count <= capacity, "\(count) samples, the workspace holds \(capacity)")
    let stages = architecture.stages
    stages[0].entry.evaluate(
      parameters + layout.entries[0], states: inputs, count: count, workspace: entryWorkspaces[0], into: states[0])
    for k in 0..<blocks {
      readExit(k, parameters, labels, count)
      let stage = layout.stageOfBlock[k]
      let size = stateCounts[k + 1]
      if beginsWithTransition(k) {
        stages[stage].entry.evaluate(
          parameters + layout.entries[stage], states: states[k], count: count, workspace: entryWorkspaces[stage],
          into: blockInputs[k])
      }
      show(k, parameters, inputs, count)
      stages[stage].block.evaluate(
        parameters + layout.blocks[k], states: blockInputs[k], count: count, workspace: blockWorkspaces[k],
        into: update)
      Scalar.Kernels.addScaled(count * size, blockSize, update, blockInputs[k], states[k + 1])
    }
    readExit(blocks, parameters, labels, count)
    if !keepsTeacher { teacher.update(from: probabilities[blocks], count: count * answers * architecture.classCount) }
  }

  /// Adds `W_s x_k` to the state before block k.
  private func show(
    _ k: Int, _ parameters: UnsafePointer<Scalar>, _ inputs: UnsafePointer<Scalar>, _ count: Int
  ) {
    guard let shown = architecture.shown, k < shown.steps else { return }
    let size = stateCounts[k]
    blockInputs[k].update(from: states[k], count: count * size)
    Scalar.gemm(
      count, size, shown.count, 1, inputs + k * shown.count, shown.inputCount, false, parameters + layout.shown,
      shown.count, true, 1, blockInputs[k], size)
  }

  /// Pooling, head, softmax, loss and gate at one exit.
  private func readExit(
    _ k: Int, _ parameters: UnsafePointer<Scalar>, _ labels: UnsafePointer<Int>, _ count: Int
  ) {
    let (classes, width, kernels) = (architecture.classCount, layout.headRows[k], Scalar.Kernels.self)
    if let pooling = architecture.stages[architecture.stage(ofExit: k)].pooling, let workspace = poolingWorkspaces[k] {
      pooling.evaluate(parameters, states: states[k], count: count, workspace: workspace, into: features[k])
    }
    let rows = count * answers
    Scalar.multiply(
      rows: rows, columns: width, inner: layout.headFeatures[k], features[k], .normal, parameters + layout.heads[k],
      .transposed, into: logits[k])
    kernels.addBias(rows, width, parameters + layout.headBiases[k], logits[k])
    kernels.softmaxLosses(rows, classes, width, logits[k], labels, probabilities[k], losses + k, exits)
    if k < blocks { kernels.sigmoids(rows, width, logits[k] + classes, gates + k, blocks) }
  }
}
