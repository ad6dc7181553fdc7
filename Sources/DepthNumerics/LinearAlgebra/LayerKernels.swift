/// What the layers of a network do between their matrix products, vectorised in C, in one precision.
///
/// Rows are contiguous; no buffer may overlap another unless said; sums run in one order for each instruction set. Generic code
/// reaches them as `Scalar.Kernels.layerNorm(...)`.
public protocol LayerKernels {
  associatedtype Scalar

  /// y = gain (x - mean) / sqrt(variance + 1e-5) + bias, row by row; statistics: mean and 1 / deviation of each row.
  static func layerNorm(
    _ rows: Int, _ n: Int, _ x: UnsafePointer<Scalar>, _ gain: UnsafePointer<Scalar>, _ bias: UnsafePointer<Scalar>,
    _ y: UnsafeMutablePointer<Scalar>, _ statistics: UnsafeMutablePointer<Scalar>)

  /// Its derivative: adds to dx, and to dgain and dbias unless nil.
  static func layerNormPullback(
    _ rows: Int, _ n: Int, _ x: UnsafePointer<Scalar>, _ statistics: UnsafePointer<Scalar>,
    _ gain: UnsafePointer<Scalar>, _ dy: UnsafePointer<Scalar>, _ dx: UnsafeMutablePointer<Scalar>,
    _ dgain: UnsafeMutablePointer<Scalar>?, _ dbias: UnsafeMutablePointer<Scalar>?)

  /// x += bias, a row each.
  static func addBias(_ rows: Int, _ n: Int, _ bias: UnsafePointer<Scalar>, _ x: UnsafeMutablePointer<Scalar>)

  /// x = max(x + bias, 0).
  static func biasRelu(_ rows: Int, _ n: Int, _ bias: UnsafePointer<Scalar>, _ x: UnsafeMutablePointer<Scalar>)

  /// dx = 0 where y = 0; sums += column sums unless nil.
  static func reluPullback(
    _ rows: Int, _ n: Int, _ y: UnsafePointer<Scalar>, _ dx: UnsafeMutablePointer<Scalar>,
    _ sums: UnsafeMutablePointer<Scalar>?)

  /// dx *= 1 - y^2; sums += column sums unless nil.
  static func tanhPullback(
    _ rows: Int, _ n: Int, _ y: UnsafePointer<Scalar>, _ dx: UnsafeMutablePointer<Scalar>,
    _ sums: UnsafeMutablePointer<Scalar>?)

  /// sums += scale times the column sums.
  static func columnSums(
    _ rows: Int, _ n: Int, _ scale: Scalar, _ x: UnsafePointer<Scalar>, _ sums: UnsafeMutablePointer<Scalar>)

  /// out = y + scale x; out may be y.
  static func addScaled(
    _ n: Int, _ scale: Scalar, _ x: UnsafePointer<Scalar>, _ y: UnsafePointer<Scalar>,
    _ out: UnsafeMutablePointer<Scalar>)

  /// out = x + coefficient_row (after - before); out may be x.
  static func addDifferences(
    _ rows: Int, _ n: Int, _ coefficients: UnsafePointer<Double>, _ stride: Int, _ after: UnsafePointer<Scalar>,
    _ before: UnsafePointer<Scalar>, _ x: UnsafeMutablePointer<Scalar>)

  /// squares[row * stride] = factor ||after - before||^2.
  static func distanceSquares(
    _ rows: Int, _ n: Int, _ factor: Double, _ after: UnsafePointer<Scalar>, _ before: UnsafePointer<Scalar>,
    _ squares: UnsafeMutablePointer<Double>, _ stride: Int)

  /// Softmax of the first `classes` of `width` columns into p (rows x classes), and -ln p_label.
  static func softmaxLosses(
    _ rows: Int, _ classes: Int, _ width: Int, _ logits: UnsafePointer<Scalar>, _ labels: UnsafePointer<Int>,
    _ p: UnsafeMutablePointer<Scalar>, _ losses: UnsafeMutablePointer<Double>, _ stride: Int)

  /// Cross-entropy against other probabilities: l + z_label - sum_j q_j z_j, l the loss above.
  static func softLabelLosses(
    _ rows: Int, _ classes: Int, _ width: Int, _ logits: UnsafePointer<Scalar>, _ labels: UnsafePointer<Int>,
    _ q: UnsafePointer<Scalar>, _ losses: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>, _ stride: Int)

  /// dz_j = a p_j - (a - share) [j = label] - share q_j, a = slopes[row * stride]; q may be nil when share is 0.
  /// Columns of dz beyond the classes get gate_slopes[row * gate_stride].
  static func softmaxPullback(
    _ rows: Int, _ classes: Int, _ width: Int, _ p: UnsafePointer<Scalar>, _ labels: UnsafePointer<Int>,
    _ q: UnsafePointer<Scalar>?, _ share: Double, _ slopes: UnsafePointer<Double>, _ stride: Int,
    _ gateSlopes: UnsafePointer<Double>, _ gateStride: Int, _ dz: UnsafeMutablePointer<Scalar>)

  /// out[row * stride] = 1 / (1 + e^-x[row * width]).
  static func sigmoids(
    _ rows: Int, _ width: Int, _ x: UnsafePointer<Scalar>, _ out: UnsafeMutablePointer<Double>, _ stride: Int)

  /// out += the buffers in their order; returns the sum of its squares.
  static func sumBuffers(
    _ n: Int, _ buffers: Int, _ sources: UnsafePointer<UnsafePointer<Scalar>?>?, _ offset: Int,
    _ out: UnsafeMutablePointer<Scalar>
  ) -> Double

  /// Adam with decoupled decay: p = keep p - rate m / (sqrt(v) + epsilon), m and v the moments of scale g.
  static func adamUpdate(
    _ n: Int, _ p: UnsafeMutablePointer<Scalar>, _ m: UnsafeMutablePointer<Scalar>, _ v: UnsafeMutablePointer<Scalar>,
    _ g: UnsafePointer<Scalar>, _ scale: Scalar, _ beta1: Scalar, _ beta2: Scalar, _ rate: Scalar, _ epsilon: Scalar,
    _ keep: Scalar)

  /// u = momentum u + scale g + decay p; p -= rate u.
  static func momentumUpdate(
    _ n: Int, _ p: UnsafeMutablePointer<Scalar>, _ u: UnsafeMutablePointer<Scalar>, _ g: UnsafePointer<Scalar>,
    _ scale: Scalar, _ momentum: Scalar, _ rate: Scalar, _ decay: Scalar)

  /// out = x, converted.
  static func fromSingle(_ n: Int, _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Scalar>)

  /// x += scale noise.
  static func addNoise(_ n: Int, _ scale: Double, _ noise: UnsafePointer<Double>, _ x: UnsafeMutablePointer<Scalar>)

  /// The first row that holds a number that is not finite; -1 when all are.
  static func firstNonFiniteRow(_ rows: Int, _ n: Int, _ x: UnsafePointer<Scalar>) -> Int

}
