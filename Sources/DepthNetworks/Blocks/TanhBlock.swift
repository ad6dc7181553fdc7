public import DepthDynamics
public import DepthNumerics

/// `f(h) = W2 tanh(W1 h + b1) + b2`: the residual core of `TanhResidualField` as a layer, its parameters in the same order.
public struct TanhBlock: ResidualBlock, Equatable {
  public let core: TanhResidualCore

  public init(stateCount: Int, width: Int) { core = TanhResidualCore(dimension: stateCount, width: width) }

  public var stateCount: Int { core.dimension }
  public var width: Int { core.width }
  public var parameterCount: Int { core.parameterCount }
  public var tapeCount: Int { width }
  public var scratchCount: Int { width }
  public var operations: Double { 4 * Double(stateCount) * Double(width) }
  public var decayedRanges: [Range<Int>] {
    [0..<core.offsetOfHiddenBias, core.offsetOfOutputWeights..<core.offsetOfOutputBias]
  }

  /// Variance 1/d for W1; W2 smaller by sqrt(L) and Delta, so that the sum of L blocks is of the state's size; biases zero.
  public func initialise(
    _ parameters: UnsafeMutablePointer<Double>, stream: inout RandomStream, blocks: Int, blockSize: Double
  ) {
    let (d, m) = (stateCount, width)
    parameters.update(repeating: 0, count: parameterCount)
    parameters.fill(normals: m * d, deviation: 1 / Double(d).squareRoot(), &stream)
    (parameters + core.offsetOfOutputWeights).fill(
      normals: d * m, deviation: 1 / (Double(m) * Double(blocks)).squareRoot() / blockSize, &stream)
  }

  public func evaluate<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, into result: UnsafeMutablePointer<Scalar>
  ) {
    let (d, m, hidden) = (stateCount, width, workspace.tape)
    hidden.fill(rows: count, with: parameters + core.offsetOfHiddenBias, count: m)
    Scalar.multiply(
      rows: count, columns: m, inner: d, states, .normal, parameters, .transposed, beta: 1, into: hidden)
    Scalar.tanh(hidden, into: hidden, count: count * m)
    result.fill(rows: count, with: parameters + core.offsetOfOutputBias, count: d)
    Scalar.multiply(
      rows: count, columns: d, inner: m, hidden, .normal, parameters + core.offsetOfOutputWeights, .transposed, beta: 1,
      into: result)
  }

  public func pullback<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, cotangent: UnsafePointer<Scalar>, scale: Scalar,
    gradient: UnsafeMutablePointer<Scalar>?, stateGradient: UnsafeMutablePointer<Scalar>
  ) {
    let (d, m, hidden, slope) = (stateCount, width, workspace.tape, workspace.scratch)
    Scalar.multiply(
      rows: count, columns: m, inner: d, alpha: scale, cotangent, .normal, parameters + core.offsetOfOutputWeights,
      .normal, into: slope)
    Scalar.Kernels.tanhPullback(count, m, hidden, slope, gradient.map { $0 + core.offsetOfHiddenBias })
    if let gradient {
      Scalar.multiply(
        rows: d, columns: m, inner: count, alpha: scale, cotangent, .transposed, hidden, .normal, beta: 1,
        into: gradient + core.offsetOfOutputWeights)
      Scalar.Kernels.columnSums(count, d, scale, cotangent, gradient + core.offsetOfOutputBias)
      Scalar.multiply(
        rows: m, columns: d, inner: count, slope, .transposed, states, .normal, beta: 1, into: gradient)
    }
    Scalar.multiply(
      rows: count, columns: d, inner: m, slope, .normal, parameters, .normal, beta: 1, into: stateGradient)
  }
}
