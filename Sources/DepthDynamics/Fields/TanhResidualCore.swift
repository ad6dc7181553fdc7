import DepthNumerics

/// The residual core `f(h) = W2 tanh(W1 h + b1 + a t) + b2`: shapes and formulas, without the weights.
///
/// The one definition that a network's layer (`h + Delta f`), SUNDIALS's right-hand side and backpropagation share.
/// Weights live in one flat buffer, row-major, in the order W1 (m x d), b1 (m), W2 (d x m), b2 (d), a (m).
public struct TanhResidualCore: Equatable, Sendable {
  /// d, the length of a state.
  public let dimension: Int
  /// m, the width of the hidden layer.
  public let width: Int
  /// Whether `a` is there; without it f does not depend on depth.
  public let dependsOnDepth: Bool

  public init(dimension: Int, width: Int, dependsOnDepth: Bool = false) {
    precondition(dimension > 0 && width > 0, "core of dimension \(dimension) and width \(width)")
    self.dimension = dimension
    self.width = width
    self.dependsOnDepth = dependsOnDepth
  }

  public var parameterCount: Int { 2 * dimension * width + width + dimension + (dependsOnDepth ? width : 0) }
  public var offsetOfHiddenBias: Int { width * dimension }
  public var offsetOfOutputWeights: Int { offsetOfHiddenBias + width }
  public var offsetOfOutputBias: Int { offsetOfOutputWeights + dimension * width }
  public var offsetOfDepthWeights: Int { offsetOfOutputBias + dimension }

  /// `f` of `count` states (a row each) into `result`; `hidden` (count x m) keeps tanh(...) for the pullback.
  public func evaluate(
    _ parameters: UnsafePointer<Double>, depth: Double, states: UnsafePointer<Double>, count: Int,
    hidden: UnsafeMutablePointer<Double>, into result: UnsafeMutablePointer<Double>
  ) {
    fill(hidden, count, width, with: parameters + offsetOfHiddenBias)
    if dependsOnDepth {
      for row in 0..<count {
        BLAS.add(width, alpha: depth, parameters + offsetOfDepthWeights, to: hidden + row * width)
      }
    }
    BLAS.multiply(
      rows: count, columns: width, inner: dimension, states, .normal, parameters, .transposed, beta: 1, into: hidden)
    VectorMath.tanh(hidden, into: hidden, count: count * width)
    fill(result, count, dimension, with: parameters + offsetOfOutputBias)
    BLAS.multiply(
      rows: count, columns: dimension, inner: width, hidden, .normal, parameters + offsetOfOutputWeights, .transposed,
      beta: 1, into: result)
  }

  /// The vector-Jacobian product: given `cotangent = dl/df` (count x d), adds `scale` times `dl/dparameters` to `gradient`
  /// (unless nil) and `scale` times `dl/dh` to `stateGradient`. `hidden` is what `evaluate` left; `scratch` holds count x m.
  public func pullback(
    _ parameters: UnsafePointer<Double>, depth: Double, states: UnsafePointer<Double>, count: Int,
    hidden: UnsafePointer<Double>, cotangent: UnsafePointer<Double>, scale: Double,
    scratch: UnsafeMutablePointer<Double>, gradient: UnsafeMutablePointer<Double>?,
    stateGradient: UnsafeMutablePointer<Double>
  ) {
    BLAS.multiply(
      rows: count, columns: width, inner: dimension, alpha: scale, cotangent, .normal,
      parameters + offsetOfOutputWeights, .normal, into: scratch)
    for i in 0..<(count * width) { scratch[i] *= 1 - hidden[i] * hidden[i] }
    BLAS.multiply(
      rows: count, columns: dimension, inner: width, scratch, .normal, parameters, .normal, beta: 1,
      into: stateGradient)
    guard let gradient else { return }
    BLAS.multiply(
      rows: dimension, columns: width, inner: count, alpha: scale, cotangent, .transposed, hidden, .normal, beta: 1,
      into: gradient + offsetOfOutputWeights)
    addColumnSums(cotangent, count, dimension, scale, to: gradient + offsetOfOutputBias)
    BLAS.multiply(
      rows: width, columns: dimension, inner: count, scratch, .transposed, states, .normal, beta: 1, into: gradient)
    addColumnSums(scratch, count, width, 1, to: gradient + offsetOfHiddenBias)
    if dependsOnDepth { addColumnSums(scratch, count, width, depth, to: gradient + offsetOfDepthWeights) }
  }

  /// The Jacobian-vector product `W2 diag(1 - tanh^2) W1 v` at one state; with `vector` nil, `df/dt = W2 diag(1 - tanh^2) a`.
  func applyTangent(
    _ parameters: UnsafePointer<Double>, depth: Double, state: UnsafePointer<Double>, vector: UnsafePointer<Double>?,
    into result: UnsafeMutablePointer<Double>
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * width) { buffer in
      let hidden = buffer.baseAddress!
      let tangent = hidden + width
      evaluate(parameters, depth: depth, states: state, count: 1, hidden: hidden, into: result)
      if let vector {
        BLAS.multiply(rows: width, columns: dimension, parameters, vector: vector, into: tangent)
      } else if dependsOnDepth {
        tangent.update(from: parameters + offsetOfDepthWeights, count: width)
      } else {
        tangent.update(repeating: 0, count: width)
      }
      for i in 0..<width { tangent[i] *= 1 - hidden[i] * hidden[i] }
      BLAS.multiply(
        rows: dimension, columns: width, parameters + offsetOfOutputWeights, vector: tangent, into: result)
    }
  }

  private func fill(
    _ matrix: UnsafeMutablePointer<Double>, _ rows: Int, _ columns: Int, with row: UnsafePointer<Double>
  ) {
    for i in 0..<rows { (matrix + i * columns).update(from: row, count: columns) }
  }

  private func addColumnSums(
    _ matrix: UnsafePointer<Double>, _ rows: Int, _ columns: Int, _ scale: Double, to sums: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<rows { BLAS.add(columns, alpha: scale, matrix + i * columns, to: sums) }
  }
}
