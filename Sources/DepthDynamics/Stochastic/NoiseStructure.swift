/// What is known of sigma in `dh = f dt + sigma dW`: the strongest statement that holds decides which methods apply.
public enum NoiseStructure: String, CaseIterable, Sendable {
  /// sigma = 0: a plain flow.
  case none
  /// sigma does not depend on the state.
  case additive
  /// m = d, and component i has a noise of its own, `sigma_i(t, h_i) dW_i`.
  case diagonal
  /// m = 1.
  case scalar
  /// `L^i sigma_j = L^j sigma_i` for all columns, with `L^i = sigma_i . grad`: order 1 from the increments of W alone.
  case commutative
  /// None of these: order 1 needs iterated integrals of W (Levy areas).
  case general
}

/// How sigma lies in a buffer: d entries a state, or d x m in row-major order.
public enum NoiseLayout: Sendable {
  case diagonal, dense
}

/// Whether a diffusion's transition over a finite step can be drawn without error.
public enum TransitionExactness: Sendable {
  case unknown
  /// The right law, from the increment of W over the step.
  case law
  /// The solution itself as a function of W: a reference for strong errors.
  case pathwise
}

/// Exact mean and variance of a diffusion, by component; nil where only the mean is known.
public struct DiffusionMoments: Equatable, Sendable {
  public let mean: [Double]
  public let variance: [Double]?

  public init(mean: [Double], variance: [Double]?) {
    self.mean = mean
    self.variance = variance
  }
}
