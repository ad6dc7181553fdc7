/// Direct kernels of one image at a time, vectorised in C, in one precision: an image's result does not depend on its batch.
///
/// Buffers do not overlap unless said; pointers are to the buffer's start, an `ImagePlace` says where the image is in it. Generic
/// code reaches them as `Scalar.Images.convolve(...)`.
public protocol ImageKernels {
  associatedtype Scalar

  /// From `source` (framed) into `result` (dense), overwritten.
  static func convolve(
    _ convolution: Convolution, _ source: UnsafePointer<Scalar>, _ weights: UnsafePointer<Scalar>,
    into result: UnsafeMutablePointer<Scalar>)

  /// Adds `dl/dweights`, given `dl/dresult` at some place.
  static func addConvolutionGradient(
    _ convolution: Convolution, _ source: UnsafePointer<Scalar>, cotangent: UnsafePointer<Scalar>, at place: ImagePlace,
    to gradient: UnsafeMutablePointer<Scalar>)

  /// The weights of `convolution.adjoint`.
  static func adjointWeights(
    _ convolution: Convolution, _ weights: UnsafePointer<Scalar>, into adjoint: UnsafeMutablePointer<Scalar>)

  /// Writes the mean and the reciprocal deviation of x's groups.
  static func groupStatistics(
    _ normalisation: GroupNormalisation<Scalar>, _ x: UnsafePointer<Scalar>, at place: ImagePlace)

  /// The normalised image at another place; the statistics must be there.
  static func normalise(
    _ normalisation: GroupNormalisation<Scalar>, _ x: UnsafePointer<Scalar>, at place: ImagePlace,
    into y: UnsafeMutablePointer<Scalar>, at target: ImagePlace)

  /// Given `dl/dy`, lying as x does: adds `dl/dgain` and `dl/dbias` (unless nil); `dl/dx` overwrites the target, or is added.
  /// `sums` holds 2 channels' worth.
  static func normaliseGradient(
    _ normalisation: GroupNormalisation<Scalar>, _ x: UnsafePointer<Scalar>, at place: ImagePlace,
    cotangent: UnsafePointer<Scalar>, sums: UnsafeMutablePointer<Scalar>, gain: UnsafeMutablePointer<Scalar>?,
    bias: UnsafeMutablePointer<Scalar>?, into xGradient: UnsafeMutablePointer<Scalar>, at target: ImagePlace,
    adding: Bool)

  /// `target = scale x`, or `target += scale x`.
  static func copy(
    _ x: UnsafePointer<Scalar>, at place: ImagePlace, scale: Scalar, into y: UnsafeMutablePointer<Scalar>,
    at target: ImagePlace, adding: Bool)

  /// The mean of each channel over the pixels.
  static func pixelMean(_ x: UnsafePointer<Scalar>, at place: ImagePlace, into means: UnsafeMutablePointer<Scalar>)

  /// Its adjoint: adds a channel's cotangent / pixels to each of its pixels.
  static func addPixelMeanGradient(
    _ cotangent: UnsafePointer<Scalar>, to xGradient: UnsafeMutablePointer<Scalar>, at place: ImagePlace)
}
