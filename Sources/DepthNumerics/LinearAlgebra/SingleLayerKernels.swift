internal import CVectorMath

/// `LayerKernels` in single precision.
public enum SingleLayerKernels: LayerKernels {
  public static func layerNorm(
    _ rows: Int, _ n: Int, _ x: UnsafePointer<Float>, _ gain: UnsafePointer<Float>, _ bias: UnsafePointer<Float>,
    _ y: UnsafeMutablePointer<Float>, _ statistics: UnsafeMutablePointer<Float>
  ) {
    depth_layer_normf(rows, n, x, gain, bias, y, statistics)
  }

  public static func layerNormPullback(
    _ rows: Int, _ n: Int, _ x: UnsafePointer<Float>, _ statistics: UnsafePointer<Float>, _ gain: UnsafePointer<Float>,
    _ dy: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>, _ dgain: UnsafeMutablePointer<Float>?,
    _ dbias: UnsafeMutablePointer<Float>?
  ) {
    depth_layer_norm_pullbackf(rows, n, x, statistics, gain, dy, dx, dgain, dbias)
  }

  public static func addBias(_ rows: Int, _ n: Int, _ bias: UnsafePointer<Float>, _ x: UnsafeMutablePointer<Float>) {
    depth_add_biasf(rows, n, bias, x)
  }

  public static func biasRelu(_ rows: Int, _ n: Int, _ bias: UnsafePointer<Float>, _ x: UnsafeMutablePointer<Float>) {
    depth_bias_reluf(rows, n, bias, x)
  }

  public static func reluPullback(
    _ rows: Int, _ n: Int, _ y: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>,
    _ sums: UnsafeMutablePointer<Float>?
  ) {
    depth_relu_pullbackf(rows, n, y, dx, sums)
  }

  public static func tanhPullback(
    _ rows: Int, _ n: Int, _ y: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>,
    _ sums: UnsafeMutablePointer<Float>?
  ) {
    depth_tanh_pullbackf(rows, n, y, dx, sums)
  }

  public static func columnSums(
    _ rows: Int, _ n: Int, _ scale: Float, _ x: UnsafePointer<Float>, _ sums: UnsafeMutablePointer<Float>
  ) {
    depth_column_sumsf(rows, n, scale, x, sums)
  }

  public static func addScaled(
    _ n: Int, _ scale: Float, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>
  ) {
    depth_add_scaledf(n, scale, x, y, out)
  }

  public static func addDifferences(
    _ rows: Int, _ n: Int, _ coefficients: UnsafePointer<Double>, _ stride: Int, _ after: UnsafePointer<Float>,
    _ before: UnsafePointer<Float>, _ x: UnsafeMutablePointer<Float>
  ) {
    depth_add_differencesf(rows, n, coefficients, stride, after, before, x)
  }

  public static func distanceSquares(
    _ rows: Int, _ n: Int, _ factor: Double, _ after: UnsafePointer<Float>, _ before: UnsafePointer<Float>,
    _ squares: UnsafeMutablePointer<Double>, _ stride: Int
  ) {
    depth_distance_squaresf(rows, n, factor, after, before, squares, stride)
  }

  public static func softmaxLosses(
    _ rows: Int, _ classes: Int, _ width: Int, _ logits: UnsafePointer<Float>, _ labels: UnsafePointer<Int>,
    _ p: UnsafeMutablePointer<Float>, _ losses: UnsafeMutablePointer<Double>, _ stride: Int
  ) {
    depth_softmax_lossesf(rows, classes, width, logits, labels, p, losses, stride)
  }

  public static func softLabelLosses(
    _ rows: Int, _ classes: Int, _ width: Int, _ logits: UnsafePointer<Float>, _ labels: UnsafePointer<Int>,
    _ q: UnsafePointer<Float>, _ losses: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>, _ stride: Int
  ) {
    depth_soft_label_lossesf(rows, classes, width, logits, labels, q, losses, out, stride)
  }

  public static func softmaxPullback(
    _ rows: Int, _ classes: Int, _ width: Int, _ p: UnsafePointer<Float>, _ labels: UnsafePointer<Int>,
    _ q: UnsafePointer<Float>?, _ share: Double, _ slopes: UnsafePointer<Double>, _ stride: Int,
    _ gateSlopes: UnsafePointer<Double>, _ gateStride: Int, _ dz: UnsafeMutablePointer<Float>
  ) {
    depth_softmax_pullbackf(rows, classes, width, p, labels, q, share, slopes, stride, gateSlopes, gateStride, dz)
  }

  public static func sigmoids(
    _ rows: Int, _ width: Int, _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Double>, _ stride: Int
  ) {
    depth_sigmoidsf(rows, width, x, out, stride)
  }

  public static func sumBuffers(
    _ n: Int, _ buffers: Int, _ sources: UnsafePointer<UnsafePointer<Float>?>?, _ offset: Int,
    _ out: UnsafeMutablePointer<Float>
  ) -> Double {
    depth_sum_buffersf(n, buffers, sources, offset, out)
  }

  public static func adamUpdate(
    _ n: Int, _ p: UnsafeMutablePointer<Float>, _ m: UnsafeMutablePointer<Float>, _ v: UnsafeMutablePointer<Float>,
    _ g: UnsafePointer<Float>, _ scale: Float, _ beta1: Float, _ beta2: Float, _ rate: Float, _ epsilon: Float,
    _ keep: Float
  ) {
    depth_adam_updatef(n, p, m, v, g, scale, beta1, beta2, rate, epsilon, keep)
  }

  public static func momentumUpdate(
    _ n: Int, _ p: UnsafeMutablePointer<Float>, _ u: UnsafeMutablePointer<Float>, _ g: UnsafePointer<Float>,
    _ scale: Float, _ momentum: Float, _ rate: Float, _ decay: Float
  ) {
    depth_momentum_updatef(n, p, u, g, scale, momentum, rate, decay)
  }

  public static func fromSingle(_ n: Int, _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>) {
    depth_from_singlef(n, x, out)
  }

  public static func addNoise(
    _ n: Int, _ scale: Double, _ noise: UnsafePointer<Double>, _ x: UnsafeMutablePointer<Float>
  ) {
    depth_add_noisef(n, scale, noise, x)
  }

  public static func firstNonFiniteRow(_ rows: Int, _ n: Int, _ x: UnsafePointer<Float>) -> Int {
    depth_first_nonfinite_rowf(rows, n, x)
  }
}
