public import DepthNumerics

extension TransformerBlock {
  public func pullback<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, cotangent: UnsafePointer<Scalar>, scale: Scalar,
    gradient: UnsafeMutablePointer<Scalar>?, stateGradient: UnsafeMutablePointer<Scalar>
  ) {
    let tape = TransformerTape(self, workspace)
    perceptronPullback(parameters, states, count, workspace, tape, cotangent, scale, gradient, stateGradient)
    attentionPullback(parameters, states, count, workspace, tape, cotangent, scale, gradient, stateGradient)
  }

  private func perceptronPullback<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, _ states: UnsafePointer<Scalar>, _ count: Int,
    _ workspace: BlockWorkspace<Scalar>, _ tape: TransformerTape<Scalar>, _ cotangent: UnsafePointer<Scalar>,
    _ scale: Scalar, _ gradient: UnsafeMutablePointer<Scalar>?, _ stateGradient: UnsafeMutablePointer<Scalar>
  ) {
    let (d, m, rows, kernels) = (tokenDimension, width, count * tokens, Scalar.Kernels.self)
    let hiddenSlope = workspace.scratch
    let slope = hiddenSlope + workspace.capacity * tokens * m
    Scalar.multiply(
      rows: rows, columns: m, inner: d, alpha: scale, cotangent, .normal, parameters + outputWeights, .normal,
      into: hiddenSlope)
    kernels.reluPullback(rows, m, tape.hidden, hiddenSlope, gradient.map { $0 + hiddenBias })
    if let gradient {
      addProduct(rows, d, m, scale, cotangent, tape.hidden, to: gradient + outputWeights)
      kernels.columnSums(rows, d, scale, cotangent, gradient + outputBias)
      addProduct(rows, m, d, 1, hiddenSlope, tape.second, to: gradient + hiddenWeights)
    }
    Scalar.multiply(
      rows: rows, columns: d, inner: m, hiddenSlope, .normal, parameters + hiddenWeights, .normal, into: slope)
    kernels.layerNormPullback(
      rows, d, states, tape.secondStatistics, parameters + secondNorm, slope, stateGradient,
      gradient.map { $0 + secondNorm }, gradient.map { $0 + secondNorm + d })
  }

  private func attentionPullback<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, _ states: UnsafePointer<Scalar>, _ count: Int,
    _ workspace: BlockWorkspace<Scalar>, _ tape: TransformerTape<Scalar>, _ cotangent: UnsafePointer<Scalar>,
    _ scale: Scalar, _ gradient: UnsafeMutablePointer<Scalar>?, _ stateGradient: UnsafeMutablePointer<Scalar>
  ) {
    let (d, rows, kernels) = (tokenDimension, count * tokens, Scalar.Kernels.self)
    let slope = workspace.scratch + workspace.capacity * tokens * width
    let mixedSlope = slope + workspace.capacity * tokens * d
    let querySlope = mixedSlope + workspace.capacity * tokens * d
    Scalar.multiply(
      rows: rows, columns: d, inner: d, alpha: scale, cotangent, .normal, parameters + mixWeights, .normal,
      into: mixedSlope)
    let probabilitySlope = querySlope + 3 * workspace.capacity * tokens * d
    for sample in 0..<count { attendPullback(sample, tape, mixedSlope, probabilitySlope, into: querySlope) }
    if let gradient {
      addProduct(rows, d, d, scale, cotangent, tape.mixed, to: gradient + mixWeights)
      kernels.columnSums(rows, d, scale, cotangent, gradient + mixBias)
      addProduct(rows, 3 * d, d, 1, querySlope, tape.first, to: gradient + attentionWeights)
      kernels.columnSums(rows, 3 * d, 1, querySlope, gradient + attentionBias)
    }
    Scalar.multiply(
      rows: rows, columns: d, inner: 3 * d, querySlope, .normal, parameters + attentionWeights, .normal, into: slope)
    kernels.layerNormPullback(
      rows, d, states, tape.firstStatistics, parameters, slope, stateGradient, gradient, gradient.map { $0 + d })
  }

  /// Slopes of Q, K, V of one sample from those of the heads' values.
  private func attendPullback<Scalar: MatrixScalar>(
    _ sample: Int, _ tape: TransformerTape<Scalar>, _ mixedSlope: UnsafePointer<Scalar>,
    _ probabilitySlope: UnsafeMutablePointer<Scalar>, into querySlope: UnsafeMutablePointer<Scalar>
  ) {
    let (d, size) = (tokenDimension, headDimension)
    let scale = 1 / Scalar(size).squareRoot()
    for head in 0..<heads {
      let query = tape.queries + sample * tokens * 3 * d + head * size
      let slope = querySlope + sample * tokens * 3 * d + head * size
      let p = tape.probabilities + (sample * heads + head) * tokens * tokens
      let values = mixedSlope + sample * tokens * d + head * size
      Scalar.gemm(tokens, size, tokens, 1, p, tokens, true, values, d, false, 0, slope + 2 * d, 3 * d)
      Scalar.gemm(tokens, tokens, size, 1, values, d, false, query + 2 * d, 3 * d, true, 0, probabilitySlope, tokens)
      for row in 0..<tokens {
        let (line, slopes) = (p + row * tokens, probabilitySlope + row * tokens)
        var mean: Scalar = 0
        for j in 0..<tokens { mean += line[j] * slopes[j] }
        for j in 0..<tokens { slopes[j] = line[j] * (slopes[j] - mean) }
      }
      Scalar.gemm(
        tokens, size, tokens, scale, probabilitySlope, tokens, false, query + d, 3 * d, false, 0, slope, 3 * d)
      Scalar.gemm(
        tokens, size, tokens, scale, probabilitySlope, tokens, true, query, 3 * d, false, 0, slope + d, 3 * d)
    }
  }

  /// `C += alpha A^T B` with A rows x m, B rows x n.
  private func addProduct<Scalar: MatrixScalar>(
    _ rows: Int, _ m: Int, _ n: Int, _ alpha: Scalar, _ a: UnsafePointer<Scalar>, _ b: UnsafePointer<Scalar>,
    to c: UnsafeMutablePointer<Scalar>
  ) {
    Scalar.multiply(rows: m, columns: n, inner: rows, alpha: alpha, a, .transposed, b, .normal, beta: 1, into: c)
  }
}
