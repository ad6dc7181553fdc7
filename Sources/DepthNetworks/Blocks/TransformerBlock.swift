public import DepthNumerics

/// A pre-norm transformer block as one vector field: `f(h) = A(LN_1(h)) + W2 relu(W1 LN_2(h) + b1) + b2`, A multi-head attention.
///
/// A state is `tokens` rows of d entries; LN and the MLP act on each row, attention across them: per head
/// `softmax(Q K^T / sqrt(d / heads)) V` with Q, K, V linear in LN_1(h), then a linear map. With `isCausal` a token sees itself and
/// those before it only. Both parts read the same h (the parallel form), so that f does not know Delta and `h + Delta f(h)` is
/// Euler's step of one field.
///
/// Parameters in the order gain and bias of LN_1 (d each), W_qkv (3d x d), b_qkv (3d), W_o (d x d), b_o (d), gain and bias of LN_2,
/// W1 (m x d), b1 (m), W2 (d x m), b2 (d). O(tokens (d^2 + d m) + tokens^2 d) operations, tokens^2 heads scalars of tape a sample.
/// Sources: Vaswani et al., Attention is all you need, NeurIPS 2017; Xiong et al., On layer normalization in the transformer
/// architecture, ICML 2020; for the parallel form, Chowdhery et al., PaLM, JMLR 24 (2023).
public struct TransformerBlock: ResidualBlock, Equatable {
  public let tokens: Int
  /// d.
  public let tokenDimension: Int
  public let heads: Int
  /// m.
  public let width: Int
  public let isCausal: Bool

  public init(tokens: Int, tokenDimension: Int, heads: Int, width: Int, isCausal: Bool = true) {
    precondition(tokens > 0 && tokenDimension > 1 && width > 0, "\(tokens) tokens of \(tokenDimension), width \(width)")
    precondition(heads > 0 && tokenDimension % heads == 0, "\(heads) heads do not divide \(tokenDimension)")
    self.tokens = tokens
    self.tokenDimension = tokenDimension
    self.heads = heads
    self.width = width
    self.isCausal = isCausal
  }

  public var stateCount: Int { tokens * tokenDimension }
  /// Entries of one head.
  var headDimension: Int { tokenDimension / heads }

  var attentionWeights: Int { 2 * tokenDimension }
  var attentionBias: Int { attentionWeights + 3 * tokenDimension * tokenDimension }
  var mixWeights: Int { attentionBias + 3 * tokenDimension }
  var mixBias: Int { mixWeights + tokenDimension * tokenDimension }
  var secondNorm: Int { mixBias + tokenDimension }
  var hiddenWeights: Int { secondNorm + 2 * tokenDimension }
  var hiddenBias: Int { hiddenWeights + width * tokenDimension }
  var outputWeights: Int { hiddenBias + width }
  var outputBias: Int { outputWeights + tokenDimension * width }
  public var parameterCount: Int { outputBias + tokenDimension }

  /// LN_1, its statistics, Q K V, probabilities, heads' values, LN_2, its statistics, hidden values.
  public var tapeCount: Int {
    tokens * (6 * tokenDimension + 4 + width) + heads * tokens * tokens
  }
  /// Slopes of hidden values, of a normalised row, of Q K V, of the heads' values, and of one head's probabilities.
  public var scratchCount: Int { tokens * (width + 5 * tokenDimension) + tokens * tokens }
  public var operations: Double {
    let (n, d, m) = (Double(tokens), Double(tokenDimension), Double(width))
    return n * (8 * d * d + 4 * d * m + 16 * d) + 4 * n * n * d
  }
  public var decayedRanges: [Range<Int>] {
    [
      attentionWeights..<attentionBias, mixWeights..<mixBias, hiddenWeights..<hiddenBias, outputWeights..<outputBias,
    ]
  }

  /// Gains one, biases zero; variance 1/d for W_qkv, 2/d for W1; W_o and W2 smaller by sqrt(2 L) and Delta.
  public func initialise(
    _ parameters: UnsafeMutablePointer<Double>, stream: inout RandomStream, blocks: Int, blockSize: Double
  ) {
    let (d, m) = (tokenDimension, width)
    parameters.update(repeating: 0, count: parameterCount)
    parameters.update(repeating: 1, count: d)
    (parameters + secondNorm).update(repeating: 1, count: d)
    let share = 1 / (2 * Double(blocks)).squareRoot() / blockSize
    (parameters + attentionWeights).fill(normals: 3 * d * d, deviation: 1 / Double(d).squareRoot(), &stream)
    (parameters + mixWeights).fill(normals: d * d, deviation: share / Double(d).squareRoot(), &stream)
    (parameters + hiddenWeights).fill(normals: m * d, deviation: (2 / Double(d)).squareRoot(), &stream)
    (parameters + outputWeights).fill(normals: d * m, deviation: share / Double(m).squareRoot(), &stream)
  }

  public func evaluate<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, into result: UnsafeMutablePointer<Scalar>
  ) {
    let (d, m, rows, kernels) = (tokenDimension, width, count * tokens, Scalar.Kernels.self)
    let tape = TransformerTape(self, workspace)
    kernels.layerNorm(rows, d, states, parameters, parameters + d, tape.first, tape.firstStatistics)
    Scalar.multiply(
      rows: rows, columns: 3 * d, inner: d, tape.first, .normal, parameters + attentionWeights, .transposed,
      into: tape.queries)
    kernels.addBias(rows, 3 * d, parameters + attentionBias, tape.queries)
    for sample in 0..<count { attend(sample, tape) }
    Scalar.multiply(
      rows: rows, columns: d, inner: d, tape.mixed, .normal, parameters + mixWeights, .transposed, into: result)
    kernels.addBias(rows, d, parameters + mixBias, result)

    kernels.layerNorm(
      rows, d, states, parameters + secondNorm, parameters + secondNorm + d, tape.second, tape.secondStatistics)
    Scalar.multiply(
      rows: rows, columns: m, inner: d, tape.second, .normal, parameters + hiddenWeights, .transposed,
      into: tape.hidden)
    kernels.biasRelu(rows, m, parameters + hiddenBias, tape.hidden)
    Scalar.multiply(
      rows: rows, columns: d, inner: m, tape.hidden, .normal, parameters + outputWeights, .transposed, beta: 1,
      into: result)
    kernels.addBias(rows, d, parameters + outputBias, result)
  }

  /// Probabilities and values of every head of one sample.
  private func attend<Scalar: MatrixScalar>(_ sample: Int, _ tape: TransformerTape<Scalar>) {
    let (d, size) = (tokenDimension, headDimension)
    let scale = 1 / Scalar(size).squareRoot()
    for head in 0..<heads {
      let query = tape.queries + sample * tokens * 3 * d + head * size
      let p = tape.probabilities + (sample * heads + head) * tokens * tokens
      Scalar.gemm(tokens, tokens, size, scale, query, 3 * d, false, query + d, 3 * d, true, 0, p, tokens)
      for row in 0..<tokens { Self.softmax(p + row * tokens, seen: isCausal ? row + 1 : tokens, of: tokens) }
      Scalar.gemm(
        tokens, size, tokens, 1, p, tokens, false, query + 2 * d, 3 * d, false, 0,
        tape.mixed + sample * tokens * d + head * size, d)
    }
  }

  /// Of the first `seen` of a row's scores; what a causal token may not see gets probability zero.
  static func softmax<Scalar: MatrixScalar>(_ line: UnsafeMutablePointer<Scalar>, seen: Int, of count: Int) {
    var top = line[0]
    for j in 1..<max(1, seen) where line[j] > top { top = line[j] }
    for j in 0..<seen { line[j] -= top }
    Scalar.exp(line, into: line, count: seen)
    var sum: Scalar = 0
    for j in 0..<seen { sum += line[j] }
    let inverse = 1 / sum
    for j in 0..<seen { line[j] *= inverse }
    (line + seen).update(repeating: 0, count: count - seen)
  }
}

/// Where a workspace's tape holds what.
struct TransformerTape<Scalar: MatrixScalar> {
  let first, firstStatistics, queries, probabilities, mixed, second, secondStatistics,
    hidden: UnsafeMutablePointer<Scalar>

  init(_ block: TransformerBlock, _ workspace: BlockWorkspace<Scalar>) {
    let rows = workspace.capacity * block.tokens
    let d = block.tokenDimension
    first = workspace.tape
    firstStatistics = first + rows * d
    queries = firstStatistics + 2 * rows
    probabilities = queries + 3 * rows * d
    mixed = probabilities + rows * block.heads * block.tokens
    second = mixed + rows * d
    secondStatistics = second + rows * d
    hidden = secondStatistics + 2 * rows
  }
}
