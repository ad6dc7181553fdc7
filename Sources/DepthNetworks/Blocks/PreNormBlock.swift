public import DepthNumerics

/// A pre-norm MLP block: `f(h) = W2 a(W1 LN(h) + b1) + b2`, a = relu or tanh, LN with gain and bias over the state's entries.
///
/// Parameters in the order gain (d), bias (d), W1 (m x d), b1 (m), W2 (d x m), b2 (d). The tape holds LN(h), its statistics
/// and the hidden values. Sources: He et al., Identity mappings in deep residual networks, ECCV 2016; Xiong et al., On layer
/// normalization in the transformer architecture, ICML 2020.
public struct PreNormBlock: ResidualBlock, Equatable {
  public enum Activation: String, CaseIterable, Sendable { case relu, tanh }

  /// d.
  public let stateCount: Int
  /// m.
  public let width: Int
  public let activation: Activation

  public init(stateCount: Int, width: Int, activation: Activation = .relu) {
    precondition(stateCount > 1 && width > 0, "a state of \(stateCount) entries, \(width) hidden units")
    self.stateCount = stateCount
    self.width = width
    self.activation = activation
  }

  private var hiddenWeights: Int { 2 * stateCount }
  private var hiddenBias: Int { hiddenWeights + width * stateCount }
  private var outputWeights: Int { hiddenBias + width }
  private var outputBias: Int { outputWeights + stateCount * width }
  public var parameterCount: Int { outputBias + stateCount }
  public var tapeCount: Int { stateCount + 2 + width }
  public var scratchCount: Int { stateCount + width }
  public var operations: Double { 4 * Double(stateCount) * Double(width) + 8 * Double(stateCount) }
  public var decayedRanges: [Range<Int>] { [hiddenWeights..<hiddenBias, outputWeights..<outputBias] }

  /// Gain one; variance 2/d (relu) or 1/d (tanh) for W1; W2 smaller by sqrt(L) and Delta, so that the sum of L blocks is of
  /// the state's size; biases zero.
  public func initialise(
    _ parameters: UnsafeMutablePointer<Double>, stream: inout RandomStream, blocks: Int, blockSize: Double
  ) {
    let (d, m) = (stateCount, width)
    parameters.update(repeating: 0, count: parameterCount)
    parameters.update(repeating: 1, count: d)
    let gain = activation == .relu ? 2.0 : 1
    (parameters + hiddenWeights).fill(normals: m * d, deviation: (gain / Double(d)).squareRoot(), &stream)
    (parameters + outputWeights).fill(
      normals: d * m, deviation: 1 / (Double(m) * Double(blocks)).squareRoot() / blockSize, &stream)
  }

  public func evaluate<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, into result: UnsafeMutablePointer<Scalar>
  ) {
    let (d, m, kernels) = (stateCount, width, Scalar.Kernels.self)
    let (normalised, statistics, hidden) = tape(workspace)
    kernels.layerNorm(count, d, states, parameters, parameters + d, normalised, statistics)
    Scalar.multiply(
      rows: count, columns: m, inner: d, normalised, .normal, parameters + hiddenWeights, .transposed, into: hidden)
    switch activation {
    case .relu: kernels.biasRelu(count, m, parameters + hiddenBias, hidden)
    case .tanh:
      kernels.addBias(count, m, parameters + hiddenBias, hidden)
      Scalar.tanh(hidden, into: hidden, count: count * m)
    }
    Scalar.multiply(
      rows: count, columns: d, inner: m, hidden, .normal, parameters + outputWeights, .transposed, into: result)
    kernels.addBias(count, d, parameters + outputBias, result)
  }

  public func pullback<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, cotangent: UnsafePointer<Scalar>, scale: Scalar,
    gradient: UnsafeMutablePointer<Scalar>?, stateGradient: UnsafeMutablePointer<Scalar>
  ) {
    let (d, m, kernels) = (stateCount, width, Scalar.Kernels.self)
    let (normalised, statistics, hidden) = tape(workspace)
    let hiddenSlope = workspace.scratch
    let slope = hiddenSlope + workspace.capacity * m
    Scalar.multiply(
      rows: count, columns: m, inner: d, alpha: scale, cotangent, .normal, parameters + outputWeights, .normal,
      into: hiddenSlope)
    let biasGradient = gradient.map { $0 + hiddenBias }
    switch activation {
    case .relu: kernels.reluPullback(count, m, hidden, hiddenSlope, biasGradient)
    case .tanh: kernels.tanhPullback(count, m, hidden, hiddenSlope, biasGradient)
    }
    if let gradient {
      Scalar.multiply(
        rows: d, columns: m, inner: count, alpha: scale, cotangent, .transposed, hidden, .normal, beta: 1,
        into: gradient + outputWeights)
      kernels.columnSums(count, d, scale, cotangent, gradient + outputBias)
      Scalar.multiply(
        rows: m, columns: d, inner: count, hiddenSlope, .transposed, normalised, .normal, beta: 1,
        into: gradient + hiddenWeights)
    }
    Scalar.multiply(
      rows: count, columns: d, inner: m, hiddenSlope, .normal, parameters + hiddenWeights, .normal, into: slope)
    kernels.layerNormPullback(
      count, d, states, statistics, parameters, slope, stateGradient, gradient, gradient.map { $0 + d })
  }

  private func tape<Scalar>(_ workspace: BlockWorkspace<Scalar>) -> (
    normalised: UnsafeMutablePointer<Scalar>, statistics: UnsafeMutablePointer<Scalar>,
    hidden: UnsafeMutablePointer<Scalar>
  ) {
    let statistics = workspace.tape + workspace.capacity * stateCount
    return (workspace.tape, statistics, statistics + 2 * workspace.capacity)
  }
}
