/// Group normalisation of one image, `gain (x - mean) / sqrt(variance + 1e-5) + bias`, mean and variance over the pixels and
/// channels of a group: no sample depends on another. Source: Wu, He, "Group normalization", ECCV 2018.
public struct GroupNormalisation<Scalar> {
  /// Added to the variance.
  public static var epsilon: Double { 1e-5 }

  /// Of each channel's group, one a channel: `ImageKernels.groupStatistics` writes them.
  public let mean: UnsafeMutablePointer<Scalar>
  public let reciprocalDeviation: UnsafeMutablePointer<Scalar>
  public let gain: UnsafePointer<Scalar>
  public let bias: UnsafePointer<Scalar>
  public let groups: Int
  /// Whether `max(., 0)` follows.
  public let isRectified: Bool

  public init(
    statistics: UnsafeMutablePointer<Scalar>, channels: Int, gain: UnsafePointer<Scalar>, bias: UnsafePointer<Scalar>,
    groups: Int, isRectified: Bool
  ) {
    mean = statistics
    reciprocalDeviation = statistics + channels
    (self.gain, self.bias, self.groups, self.isRectified) = (gain, bias, groups, isRectified)
  }
}
