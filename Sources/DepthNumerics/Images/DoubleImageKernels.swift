internal import CVectorMath

/// `ImageKernels` in double precision.
public enum DoubleImageKernels: ImageKernels {
  public static func convolve(
    _ convolution: Convolution, _ source: UnsafePointer<Double>, _ weights: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    withUnsafePointer(to: convolution.inC) { depth_convolve_d($0, source, weights, result) }
  }

  public static func addConvolutionGradient(
    _ convolution: Convolution, _ source: UnsafePointer<Double>, cotangent: UnsafePointer<Double>, at place: ImagePlace,
    to gradient: UnsafeMutablePointer<Double>
  ) {
    var (c, target) = (convolution.inC, place.inC)
    depth_convolution_gradient_d(&c, source, cotangent + place.offset, &target, gradient)
  }

  public static func adjointWeights(
    _ convolution: Convolution, _ weights: UnsafePointer<Double>, into adjoint: UnsafeMutablePointer<Double>
  ) {
    withUnsafePointer(to: convolution.inC) { depth_adjoint_weights_d($0, weights, adjoint) }
  }

  public static func groupStatistics(
    _ normalisation: GroupNormalisation<Double>, _ x: UnsafePointer<Double>, at place: ImagePlace
  ) {
    var source = place.inC
    depth_group_statistics_d(
      x + place.offset, &source, normalisation.groups, Double(GroupNormalisation<Double>.epsilon), normalisation.mean,
      normalisation.reciprocalDeviation)
  }

  public static func normalise(
    _ normalisation: GroupNormalisation<Double>, _ x: UnsafePointer<Double>, at place: ImagePlace,
    into y: UnsafeMutablePointer<Double>, at target: ImagePlace
  ) {
    var (source, result, norm) = (place.inC, target.inC, normalisation.inC)
    depth_normalise_d(x + place.offset, &source, &norm, y + target.offset, &result)
  }

  public static func normaliseGradient(
    _ normalisation: GroupNormalisation<Double>, _ x: UnsafePointer<Double>, at place: ImagePlace,
    cotangent: UnsafePointer<Double>, sums: UnsafeMutablePointer<Double>, gain: UnsafeMutablePointer<Double>?,
    bias: UnsafeMutablePointer<Double>?, into xGradient: UnsafeMutablePointer<Double>, at target: ImagePlace,
    adding: Bool
  ) {
    var (source, result, norm) = (place.inC, target.inC, normalisation.inC)
    depth_normalise_gradient_d(
      x + place.offset, &source, &norm, normalisation.groups, cotangent + place.offset, sums, gain, bias,
      xGradient + target.offset, &result, adding ? 1 : 0)
  }

  public static func copy(
    _ x: UnsafePointer<Double>, at place: ImagePlace, scale: Double, into y: UnsafeMutablePointer<Double>,
    at target: ImagePlace,
    adding: Bool
  ) {
    var (source, result) = (place.inC, target.inC)
    depth_place_d(x + place.offset, &source, scale, y + target.offset, &result, adding ? 1 : 0)
  }

  public static func pixelMean(
    _ x: UnsafePointer<Double>, at place: ImagePlace, into means: UnsafeMutablePointer<Double>
  ) {
    withUnsafePointer(to: place.inC) { depth_pixel_mean_d(x + place.offset, $0, means) }
  }

  public static func addPixelMeanGradient(
    _ cotangent: UnsafePointer<Double>, to xGradient: UnsafeMutablePointer<Double>, at place: ImagePlace
  ) {
    withUnsafePointer(to: place.inC) { depth_pixel_mean_gradient_d(cotangent, xGradient + place.offset, $0) }
  }
}

extension GroupNormalisation<Double> {
  fileprivate var inC: depth_normalisation_d {
    depth_normalisation_d(
      mean: mean, reciprocal: reciprocalDeviation, gain: gain, bias: bias, rectified: isRectified ? 1 : 0)
  }
}
