public import DepthNumerics

/// What a head reads of an image: each channel's mean over the pixels, of h or (`activates`) of `r(N(h))`, N group normalisation
/// without gain and bias. No parameters.
///
/// A linear head on the mean of h sees no nonlinear feature of h itself; a pre-activation network's usually reads `r(N(h))`.
public struct PixelMean: StateMap, Equatable {
  public let shape: ImageShape
  public let activates: Bool

  public init(shape: ImageShape, activates: Bool = true) {
    self.shape = shape
    self.activates = activates
  }

  public var inputCount: Int { shape.stateCount }
  public var outputCount: Int { shape.channels }
  public var parameterCount: Int { 0 }
  public var tapeCount: Int { activates ? 2 * shape.channels : 0 }
  public var operations: Double { Double(activates ? 9 * inputCount : inputCount) }
  /// A mean of n entries: 1/sqrt(n).
  public var lipschitzConstant: Double? { activates ? nil : 1 / Double(shape.place.pixelCount).squareRoot() }

  public func initialise(_ parameters: UnsafeMutablePointer<Double>, stream: inout RandomStream) {}

  public func makeWorkspace<Scalar: MatrixScalar>(
    capacity: Int, scratch: UnsafeMutablePointer<Scalar>
  ) -> BlockWorkspace<Scalar> {
    let sizes = ImageWorkspace<Scalar>.Sizes(
      image: activates ? inputCount : 0, channels: activates ? shape.channels : 0)
    return ImageWorkspace(capacity: capacity, tapeCount: tapeCount, scratch: scratch, sizes: sizes)
  }

  public func evaluate<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, into result: UnsafeMutablePointer<Scalar>
  ) {
    let (workspace, place) = (ImageWorkspace.of(workspace), shape.place)
    for sample in 0..<count {
      let (state, means) = (states + sample * inputCount, result + sample * outputCount)
      guard activates else {
        Scalar.Images.pixelMean(state, at: place, into: means)
        continue
      }
      let norm = normalisation(workspace, sample)
      Scalar.Images.groupStatistics(norm, state, at: place)
      Scalar.Images.normalise(norm, state, at: place, into: workspace.image, at: place)
      Scalar.Images.pixelMean(workspace.image, at: place, into: means)
    }
  }

  public func pullback<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, cotangent: UnsafePointer<Scalar>,
    gradient: UnsafeMutablePointer<Scalar>?, stateGradient: UnsafeMutablePointer<Scalar>?
  ) {
    guard let stateGradient else { return }
    let (workspace, place) = (ImageWorkspace.of(workspace), shape.place)
    for sample in 0..<count {
      let (slope, target) = (cotangent + sample * outputCount, stateGradient + sample * inputCount)
      guard activates else {
        Scalar.Images.addPixelMeanGradient(slope, to: target, at: place)
        continue
      }
      workspace.image.update(repeating: 0, count: inputCount)
      Scalar.Images.addPixelMeanGradient(slope, to: workspace.image, at: place)
      Scalar.Images.normaliseGradient(
        normalisation(workspace, sample), states + sample * inputCount, at: place, cotangent: workspace.image,
        sums: workspace.sums, gain: nil, bias: nil, into: target, at: place, adding: true)
    }
  }

  private func normalisation<Scalar: MatrixScalar>(
    _ workspace: ImageWorkspace<Scalar>, _ sample: Int
  ) -> GroupNormalisation<Scalar> {
    GroupNormalisation(
      statistics: workspace.tape + sample * tapeCount, channels: shape.channels, gain: workspace.ones,
      bias: workspace.zeros, groups: shape.groups, isRectified: true)
  }
}
