internal import CVectorMath

/// `LayerKernels` in double precision.
public enum DoubleLayerKernels: LayerKernels {
  public static func layerNorm(
    _ rows: Int, _ n: Int, _ x: UnsafePointer<Double>, _ gain: UnsafePointer<Double>, _ bias: UnsafePointer<Double>,
    _ y: UnsafeMutablePointer<Double>, _ statistics: UnsafeMutablePointer<Double>
  ) {
    depth_layer_norm(rows, n, x, gain, bias, y, statistics)
  }

  public static func layerNormPullback(
    _ rows: Int, _ n: Int, _ x: UnsafePointer<Double>, _ statistics: UnsafePointer<Double>,
    _ gain: UnsafePointer<Double>, _ dy: UnsafePointer<Double>, _ dx: UnsafeMutablePointer<Double>,
    _ dgain: UnsafeMutablePointer<Double>?, _ dbias: UnsafeMutablePointer<Double>?
  ) {
    depth_layer_norm_pullback(rows, n, x, statistics, gain, dy, dx, dgain, dbias)
  }

  public static func addBias(_ rows: Int, _ n: Int, _ bias: UnsafePointer<Double>, _ x: UnsafeMutablePointer<Double>) {
    depth_add_bias(rows, n, bias, x)
  }

  public static func biasRelu(_ rows: Int, _ n: Int, _ bias: UnsafePointer<Double>, _ x: UnsafeMutablePointer<Double>) {
    depth_bias_relu(rows, n, bias, x)
  }

  public static func reluPullback(
    _ rows: Int, _ n: Int, _ y: UnsafePointer<Double>, _ dx: UnsafeMutablePointer<Double>,
    _ sums: UnsafeMutablePointer<Double>?
  ) {
    depth_relu_pullback(rows, n, y, dx, sums)
  }

  public static func tanhPullback(
    _ rows: Int, _ n: Int, _ y: UnsafePointer<Double>, _ dx: UnsafeMutablePointer<Double>,
    _ sums: UnsafeMutablePointer<Double>?
  ) {
    depth_tanh_pullback(rows, n, y, dx, sums)
  }

  public static func columnSums(
    _ rows: Int, _ n: Int, _ scale: Double, _ x: UnsafePointer<Double>, _ sums: UnsafeMutablePointer<Double>
  ) {
    depth_column_sums(rows, n, scale, x, sums)
  }

  public static func addScaled(
    _ n: Int, _ scale: Double, _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>,
    _ out: UnsafeMutablePointer<Double>
  ) {
    depth_add_scaled(n, scale, x, y, out)
  }

  public static func addDifferences(
    _ rows: Int, _ n: Int, _ coefficients: UnsafePointer<Double>, _ stride: Int, _ after: UnsafePointer<Double>,
    _ before: UnsafePointer<Double>, _ x: UnsafeMutablePointer<Double>
  ) {
    depth_add_differences(rows, n, coefficients, stride, after, before, x)
  }

  public static func distanceSquares(
    _ rows: Int, _ n: Int, _ factor: Double, _ after: UnsafePointer<Double>, _ before: UnsafePointer<Double>,
    _ squares: UnsafeMutablePointer<Double>, _ stride: Int
  ) {
    depth_distance_squares(rows, n, factor, after, before, squares, stride)
  }

  public static func softmaxLosses(
    _ rows: Int, _ classes: Int, _ width: Int, _ logits: UnsafePointer<Double>, _ labels: UnsafePointer<Int>,
    _ p: UnsafeMutablePointer<Double>, _ losses: UnsafeMutablePointer<Double>, _ stride: Int
  ) {
    depth_softmax_losses(rows, classes, width, logits, labels, p, losses, stride)
  }

  public static func softLabelLosses(
    _ rows: Int, _ classes: Int, _ width: Int, _ logits: UnsafePointer<Double>, _ labels: UnsafePointer<Int>,
    _ q: UnsafePointer<Double>, _ losses: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>, _ stride: Int
  ) {
    depth_soft_label_losses(rows, classes, width, logits, labels, q, losses, out, stride)
  }

  public static func softmaxPullback(
    _ rows: Int, _ classes: Int, _ width: Int, _ p: UnsafePointer<Double>, _ labels: UnsafePointer<Int>,
    _ q: UnsafePointer<Double>?, _ share: Double, _ slopes: UnsafePointer<Double>, _ stride: Int,
    _ gateSlopes: UnsafePointer<Double>, _ gateStride: Int, _ dz: UnsafeMutablePointer<Double>
  ) {
    depth_softmax_pullback(rows, classes, width, p, labels, q, share, slopes, stride, gateSlopes, gateStride, dz)
  }

  public static func sigmoids(
    _ rows: Int, _ width: Int, _ x: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>, _ stride: Int
  ) {
    depth_sigmoids(rows, width, x, out, stride)
  }

  public static func sumBuffers(
    _ n: Int, _ buffers: Int, _ sources: UnsafePointer<UnsafePointer<Double>?>?, _ offset: Int,
    _ out: UnsafeMutablePointer<Double>
  ) -> Double {
    depth_sum_buffers(n, buffers, sources, offset, out)
  }

  public static func adamUpdate(
    _ n: Int, _ p: UnsafeMutablePointer<Double>, _ m: UnsafeMutablePointer<Double>, _ v: UnsafeMutablePointer<Double>,
    _ g: UnsafePointer<Double>, _ scale: Double, _ beta1: Double, _ beta2: Double, _ rate: Double, _ epsilon: Double,
    _ keep: Double
  ) {
    depth_adam_update(n, p, m, v, g, scale, beta1, beta2, rate, epsilon, keep)
  }

  public static func momentumUpdate(
    _ n: Int, _ p: UnsafeMutablePointer<Double>, _ u: UnsafeMutablePointer<Double>, _ g: UnsafePointer<Double>,
    _ scale: Double, _ momentum: Double, _ rate: Double, _ decay: Double
  ) {
    depth_momentum_update(n, p, u, g, scale, momentum, rate, decay)
  }

  public static func fromSingle(_ n: Int, _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Double>) {
    depth_from_single(n, x, out)
  }

  public static func addNoise(
    _ n: Int, _ scale: Double, _ noise: UnsafePointer<Double>, _ x: UnsafeMutablePointer<Double>
  ) {
    depth_add_noise(n, scale, noise, x)
  }

  public static func firstNonFiniteRow(_ rows: Int, _ n: Int, _ x: UnsafePointer<Double>) -> Int {
    depth_first_nonfinite_row(rows, n, x)
  }
}
