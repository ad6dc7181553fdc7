internal import CVectorMath

/// What the layers of a network do between their matrix products, vectorised in C, in one precision.
///
/// A table of functions, so that generic code reaches them without a loop of its own: `Scalar.kernels.layerNorm(...)`. Rows are
/// contiguous; no buffer may overlap another unless said; sums run in one order for each instruction set.
public struct LayerKernels<Scalar>: Sendable {
  public typealias Source = UnsafePointer<Scalar>
  public typealias Target = UnsafeMutablePointer<Scalar>
  public typealias Labels = UnsafePointer<Int>
  public typealias Numbers = UnsafePointer<Double>
  public typealias MutableNumbers = UnsafeMutablePointer<Double>

  /// rows, n, x, gain, bias, y, statistics (2 a row): `y = gain (x - mean) / sqrt(variance + 1e-5) + bias`.
  public let layerNorm: @Sendable @convention(c) (Int, Int, Source, Source, Source, Target, Target) -> Void
  /// rows, n, x, statistics, gain, dy, dx (added to), dgain, dbias (added to, or nil).
  public let layerNormPullback:
    @Sendable @convention(c) (Int, Int, Source, Source, Source, Source, Target, Target?, Target?) -> Void
  /// rows, n, bias, x: `x += bias`, a row each.
  public let addBias: @Sendable @convention(c) (Int, Int, Source, Target) -> Void
  /// rows, n, bias, x: `x = max(x + bias, 0)`.
  public let biasRelu: @Sendable @convention(c) (Int, Int, Source, Target) -> Void
  /// rows, n, y, dx, sums (or nil): dx = 0 where y = 0; sums += column sums.
  public let reluPullback: @Sendable @convention(c) (Int, Int, Source, Target, Target?) -> Void
  /// rows, n, y, dx, sums (or nil): `dx *= 1 - y^2`; sums += column sums.
  public let tanhPullback: @Sendable @convention(c) (Int, Int, Source, Target, Target?) -> Void
  /// rows, n, scale, x, sums: sums += scale times the column sums.
  public let columnSums: @Sendable @convention(c) (Int, Int, Scalar, Source, Target) -> Void
  /// n, scale, x, y, out: `out = y + scale x`; out may be y.
  public let addScaled: @Sendable @convention(c) (Int, Scalar, Source, Source, Target) -> Void
  /// rows, n, coefficients, stride, after, before, x: `x += coefficient (after - before)`, a coefficient a row.
  public let addDifferences: @Sendable @convention(c) (Int, Int, Numbers, Int, Source, Source, Target) -> Void
  /// rows, n, factor, after, before, squares, stride: `factor ||after - before||^2` of each row.
  public let distanceSquares: @Sendable @convention(c) (Int, Int, Double, Source, Source, MutableNumbers, Int) -> Void
  /// rows, classes, width, logits, labels, p, losses, stride: softmax and `-ln p_label`.
  public let softmaxLosses:
    @Sendable @convention(c) (Int, Int, Int, Source, Labels, Target, MutableNumbers, Int) -> Void
  /// rows, classes, width, logits, labels, q, losses, out, stride: the cross-entropy against probabilities q.
  public let softLabelLosses:
    @Sendable @convention(c) (Int, Int, Int, Source, Labels, Source, Numbers, MutableNumbers, Int) -> Void
  /// rows, classes, width, p, labels, q, share, slopes, stride, gate slopes, stride, dz:
  /// `dz = a p - (a - share) e_label - share q`, then the gates' columns.
  public let softmaxPullback:
    @Sendable @convention(c) (
      Int, Int, Int, Source, Labels, Source?, Double, Numbers, Int, Numbers?, Int, Target
    ) -> Void
  /// rows, width, x, out, stride: `1 / (1 + e^-x)` of every row's first entry.
  public let sigmoids: @Sendable @convention(c) (Int, Int, Source, MutableNumbers, Int) -> Void
  /// n, buffers, sources, offset, out: out = their sum; returns the sum of its squares.
  public let sumBuffers:
    @Sendable @convention(c) (Int, Int, UnsafePointer<UnsafePointer<Scalar>?>, Int, Target) -> Double
  /// n, p, m, v, g, scale, beta1, beta2, rate, epsilon, keep.
  public let adamUpdate:
    @Sendable @convention(c) (
      Int, Target, Target, Target, Source, Scalar, Scalar, Scalar, Scalar, Scalar, Scalar
    ) -> Void
  /// n, p, u, g, scale, momentum, rate, decay.
  public let momentumUpdate:
    @Sendable @convention(c) (Int, Target, Target, Source, Scalar, Scalar, Scalar, Scalar) -> Void
  /// n, x, out.
  public let fromSingle: @Sendable @convention(c) (Int, UnsafePointer<Float>, Target) -> Void
  /// n, scale, noise, x: `x += scale noise`.
  public let addNoise: @Sendable @convention(c) (Int, Double, Numbers, Target) -> Void
  /// rows, n, x: the first row that holds a number that is not finite; -1 when all are.
  public let firstNonFiniteRow: @Sendable @convention(c) (Int, Int, Source) -> Int
}

extension LayerKernels where Scalar == Float {
  static let single = LayerKernels(
    layerNorm: depth_layer_normf, layerNormPullback: depth_layer_norm_pullbackf, addBias: depth_add_biasf,
    biasRelu: depth_bias_reluf, reluPullback: depth_relu_pullbackf, tanhPullback: depth_tanh_pullbackf,
    columnSums: depth_column_sumsf, addScaled: depth_add_scaledf, addDifferences: depth_add_differencesf,
    distanceSquares: depth_distance_squaresf, softmaxLosses: depth_softmax_lossesf,
    softLabelLosses: depth_soft_label_lossesf, softmaxPullback: depth_softmax_pullbackf, sigmoids: depth_sigmoidsf,
    sumBuffers: depth_sum_buffersf, adamUpdate: depth_adam_updatef, momentumUpdate: depth_momentum_updatef,
    fromSingle: depth_from_singlef, addNoise: depth_add_noisef, firstNonFiniteRow: depth_first_nonfinite_rowf)
}

extension LayerKernels where Scalar == Double {
  static let double = LayerKernels(
    layerNorm: depth_layer_norm, layerNormPullback: depth_layer_norm_pullback, addBias: depth_add_bias,
    biasRelu: depth_bias_relu, reluPullback: depth_relu_pullback, tanhPullback: depth_tanh_pullback,
    columnSums: depth_column_sums, addScaled: depth_add_scaled, addDifferences: depth_add_differences,
    distanceSquares: depth_distance_squares, softmaxLosses: depth_softmax_losses,
    softLabelLosses: depth_soft_label_losses, softmaxPullback: depth_softmax_pullback, sigmoids: depth_sigmoids,
    sumBuffers: depth_sum_buffers, adamUpdate: depth_adam_update, momentumUpdate: depth_momentum_update,
    fromSingle: depth_from_single, addNoise: depth_add_noise, firstNonFiniteRow: depth_first_nonfinite_row)
}
