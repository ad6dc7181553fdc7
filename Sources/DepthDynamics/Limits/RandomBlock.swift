import DepthNumerics

/// A residual block with random weights: `V tanh(W h)`, or `V h` without a hidden layer.
///
/// Entries of V have variance 1/m, of W 1/d (m = d without hidden layer), so that a block keeps sizes of order one.
/// Weights lie in one buffer, V (d x m) and then W (m x d), row-major.
public struct RandomBlock: Equatable, Sendable {
  public enum Kind: String, CaseIterable, Sendable { case tanh, linear }

  public let kind: Kind
  /// d.
  public let dimension: Int
  /// m.
  public let width: Int

  public init(_ kind: Kind = .tanh, dimension: Int, width: Int? = nil) {
    precondition(dimension > 0 && (width ?? 1) > 0, "a block of dimension \(dimension) and width \(width ?? 0)")
    self.kind = kind
    self.dimension = dimension
    self.width = kind == .linear ? dimension : width ?? dimension
  }

  var outerCount: Int { dimension * width }
  var weightCount: Int { kind == .linear ? outerCount : 2 * outerCount }

  /// Gives standard normals the variances of the weights.
  func scale(_ weights: UnsafeMutablePointer<Double>, by factor: Double = 1) {
    let (outer, inner) = (factor / Double(width).squareRoot(), factor / Double(dimension).squareRoot())
    for i in 0..<outerCount { weights[i] *= outer }
    for i in outerCount..<weightCount { weights[i] *= inner }
  }

  /// `V act(W h)` of `count` states (a row each); `hidden` holds count x m and is left with act(W h).
  func evaluate(
    _ weights: UnsafePointer<Double>, states: UnsafePointer<Double>, count: Int, hidden: UnsafeMutablePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    switch kind {
    case .tanh:
      BLAS.multiply(
        rows: count, columns: width, inner: dimension, states, .normal, weights + outerCount, .transposed, into: hidden)
      VectorMath.tanh(hidden, into: hidden, count: count * width)
    case .linear:
      hidden.update(from: states, count: count * dimension)
    }
    BLAS.multiply(
      rows: count, columns: dimension, inner: width, hidden, .normal, weights, .transposed, into: result)
  }
}
