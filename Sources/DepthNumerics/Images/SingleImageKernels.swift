internal import CVectorMath

/// `ImageKernels` in single precision.
public enum SingleImageKernels: ImageKernels {
  public static func convolve(
    _ convolution: Convolution, _ source: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
    into result: UnsafeMutablePointer<Float>
  ) {
    withUnsafePointer(to: convolution.inC) { depth_convolve_f($0, source, weights, result) }
  }

  public static func addConvolutionGradient(
    _ convolution: Convolution, _ source: UnsafePointer<Float>, cotangent: UnsafePointer<Float>, at place: ImagePlace,
    to gradient: UnsafeMutablePointer<Float>
  ) {
    var (c, target) = (convolution.inC, place.inC)
    depth_convolution_gradient_f(&c, source, cotangent + place.offset, &target, gradient)
  }

  public static func adjointWeights(
    _ convolution: Convolution, _ weights: UnsafePointer<Float>, into adjoint: UnsafeMutablePointer<Float>
  ) {
    withUnsafePointer(to: convolution.inC) { depth_adjoint_weights_f($0, weights, adjoint) }
  }

  public static func groupStatistics(
    _ normalisation: GroupNormalisation<Float>, _ x: UnsafePointer<Float>, at place: ImagePlace
  ) {
    var source = place.inC
    depth_group_statistics_f(
      x + place.offset, &source, normalisation.groups, Float(GroupNormalisation<Float>.epsilon), normalisation.mean,
      normalisation.reciprocalDeviation)
  }

  public static func normalise(
    _ normalisation: GroupNormalisation<Float>, _ x: UnsafePointer<Float>, at place: ImagePlace,
    into y: UnsafeMutablePointer<Float>, at target: ImagePlace
  ) {
    var (source, result, norm) = (place.inC, target.inC, normalisation.inC)
    depth_normalise_f(x + place.offset, &source, &norm, y + target.offset, &result)
  }

  public static func normaliseGradient(
    _ normalisation: GroupNormalisation<Float>, _ x: UnsafePointer<Float>, at place: ImagePlace,
    cotangent: UnsafePointer<Float>, sums: UnsafeMutablePointer<Float>, gain: UnsafeMutablePointer<Float>?,
    bias: UnsafeMutablePointer<Float>?, into xGradient: UnsafeMutablePointer<Float>, at target: ImagePlace, adding: Bool
  ) {
    var (source, result, norm) = (place.inC, target.inC, normalisation.inC)
    depth_normalise_gradient_f(
      x + place.offset, &source, &norm, normalisation.groups, cotangent + place.offset, sums, gain, bias,
      xGradient + target.offset, &result, adding ? 1 : 0)
  }

  public static func copy(
    _ x: UnsafePointer<Float>, at place: ImagePlace, scale: Float, into y: UnsafeMutablePointer<Float>,
    at target: ImagePlace,
    adding: Bool
  ) {
    var (source, result) = (place.inC, target.inC)
    depth_place_f(x + place.offset, &source, scale, y + target.offset, &result, adding ? 1 : 0)
  }

  public static func pixelMean(
    _ x: UnsafePointer<Float>, at place: ImagePlace, into means: UnsafeMutablePointer<Float>
  ) {
    withUnsafePointer(to: place.inC) { depth_pixel_mean_f(x + place.offset, $0, means) }
  }

  public static func addPixelMeanGradient(
    _ cotangent: UnsafePointer<Float>, to xGradient: UnsafeMutablePointer<Float>, at place: ImagePlace
  ) {
    withUnsafePointer(to: place.inC) { depth_pixel_mean_gradient_f(cotangent, xGradient + place.offset, $0) }
  }
}

extension GroupNormalisation<Float> {
  fileprivate var inC: depth_normalisation_f {
    depth_normalisation_f(
      mean: mean, reciprocal: reciprocalDeviation, gain: gain, bias: bias, rectified: isRectified ? 1 : 0)
  }
}
