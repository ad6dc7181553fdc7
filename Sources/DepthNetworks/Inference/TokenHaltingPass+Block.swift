import DepthNumerics

extension TokenHaltingPass {
  /// One block for the active tokens; `parameters` are the block's.
  func advance(_ parameters: UnsafePointer<Double>) {
    let (d, m, count, kernels) = (block.tokenDimension, block.width, activeCount, Double.Kernels.self)
    let seenCount = seenStarts[sequences]
    normaliseSeen(parameters)
    project(parameters, seenCount)
    for sequence in 0..<sequences where activeStarts[sequence] < activeStarts[sequence + 1] { attend(sequence) }
    Double.multiply(
      rows: count, columns: d, inner: d, buffers.mixed, .normal, parameters + block.mixWeights, .transposed,
      into: buffers.update)
    kernels.addBias(count, d, parameters + block.mixBias, buffers.update)

    for index in 0..<count { (buffers.current + index * d).update(from: states + active[index] * d, count: d) }
    kernels.layerNorm(
      count, d, buffers.current, parameters + block.secondNorm, parameters + block.secondNorm + d, buffers.second,
      buffers.statistics)
    Double.multiply(
      rows: count, columns: m, inner: d, buffers.second, .normal, parameters + block.hiddenWeights, .transposed,
      into: buffers.hidden)
    kernels.biasRelu(count, m, parameters + block.hiddenBias, buffers.hidden)
    Double.multiply(
      rows: count, columns: d, inner: m, buffers.hidden, .normal, parameters + block.outputWeights, .transposed,
      beta: 1, into: buffers.update)
    kernels.addBias(count, d, parameters + block.outputBias, buffers.update)
    kernels.addScaled(count * d, network.architecture.blockSize, buffers.update, buffers.current, buffers.current)
    for index in 0..<count { (states + active[index] * d).update(from: buffers.current + index * d, count: d) }
    countOperations()
  }

  /// LN_1 of all rows that are seen, and of the active ones among them once more side by side.
  private func normaliseSeen(_ parameters: UnsafePointer<Double>) {
    let (d, tokens) = (block.tokenDimension, block.tokens)
    for sequence in 0..<sequences {
      let start = seenStarts[sequence]
      let rows = seenStarts[sequence + 1] - start
      guard rows > 0 else { continue }
      Double.Kernels.layerNorm(
        rows, d, states + sequence * tokens * d, parameters, parameters + d, buffers.seen + start * d,
        buffers.statistics)
      for index in activeStarts[sequence]..<activeStarts[sequence + 1] {
        let source = buffers.seen + (start + active[index] % tokens) * d
        (buffers.first + index * d).update(from: source, count: d)
      }
    }
  }

  /// Queries of active tokens, keys and values of those that are seen.
  private func project(_ parameters: UnsafePointer<Double>, _ seenCount: Int) {
    let d = block.tokenDimension
    let (weights, bias) = (parameters + block.attentionWeights, parameters + block.attentionBias)
    Double.multiply(
      rows: activeCount, columns: d, inner: d, buffers.first, .normal, weights, .transposed, into: buffers.queries)
    Double.Kernels.addBias(activeCount, d, bias, buffers.queries)
    Double.multiply(
      rows: seenCount, columns: 2 * d, inner: d, buffers.seen, .normal, weights + d * d, .transposed,
      into: buffers.keysAndValues)
    Double.Kernels.addBias(seenCount, 2 * d, bias + d, buffers.keysAndValues)
  }

  /// The heads' values of one sequence's active tokens.
  private func attend(_ sequence: Int) {
    let (d, size) = (block.tokenDimension, block.headDimension)
    let (start, rows) = (activeStarts[sequence], activeStarts[sequence + 1] - activeStarts[sequence])
    let seen = seenStarts[sequence + 1] - seenStarts[sequence]
    let p = buffers.probabilityRows
    for head in 0..<block.heads {
      let query = buffers.queries + start * d + head * size
      let key = buffers.keysAndValues + seenStarts[sequence] * 2 * d + head * size
      Double.gemm(rows, seen, size, 1 / Double(size).squareRoot(), query, d, false, key, 2 * d, true, 0, p, seen)
      for row in 0..<rows {
        let visible = block.isCausal ? active[start + row] % block.tokens + 1 : seen
        TransformerBlock.softmax(p + row * seen, seen: visible, of: seen)
      }
      Double.gemm(
        rows, size, seen, 1, p, seen, false, key + d, 2 * d, false, 0, buffers.mixed + start * d + head * size, d)
    }
  }

  /// As `TransformerBlock.operations` counts them, each product by the rows that it really had.
  private func countOperations() {
    let (d, m) = (Double(block.tokenDimension), Double(block.width))
    for sequence in 0..<sequences {
      let rows = Double(activeStarts[sequence + 1] - activeStarts[sequence])
      let seen = Double(seenStarts[sequence + 1] - seenStarts[sequence])
      // keys, values and LN_1; queries, output map, MLP, LN_2 and the addition; attention
      operations[sequence] += seen * (4 * d * d + 8 * d) + rows * (4 * d * d + 4 * d * m + 10 * d) + 4 * rows * seen * d
    }
  }
}
