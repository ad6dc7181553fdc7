public import DepthNumerics

/// Two 3x3 convolutions with group normalisation N (gain, bias) and rectification r, on states of one shape:
/// `f(h) = W2 * r(N2(W1 * r(N1(h))))` (pre-activation) or `f(h) = N2(W2 * r(N1(W1 * h)))` (post-activation).
///
/// Normalisation is a sample's own, so f of one state does not depend on its batch. Parameters: gain 1, bias 1, W1, gain 2, bias 2,
/// W2. The last rectification of the post-activation block in its source is not there: it would not leave the form h + Delta f.
/// Sources: He, Zhang, Ren, Sun, "Identity mappings in deep residual networks", ECCV 2016; "Deep residual learning", CVPR 2016.
public struct ConvolutionalBlock: ResidualBlock, Equatable {
  public enum Order: String, CaseIterable, Sendable {
    case preActivation = "pre-activation"
    case postActivation = "post-activation"
  }

  public let shape: ImageShape
  public let order: Order
  /// Of both normalisations; divides the channels.
  public let groups: Int

  /// By default groups of eight channels.
  public init(shape: ImageShape, order: Order = .preActivation, groups: Int? = nil) {
    self.shape = shape
    self.order = order
    self.groups = groups ?? shape.groups
    precondition(
      self.groups > 0 && shape.channels % self.groups == 0, "\(self.groups) groups of \(shape.channels) channels")
  }

  private var channels: Int { shape.channels }
  private var firstWeights: Int { 2 * channels }
  private var secondGain: Int { firstWeights + shape.convolution.weightCount }
  private var secondWeights: Int { secondGain + 2 * channels }

  public var stateCount: Int { shape.stateCount }
  public var parameterCount: Int { secondWeights + shape.convolution.weightCount }
  /// Results of the convolutions that a normalisation follows, and the normalisations' statistics.
  public var tapeCount: Int { (order == .preActivation ? 1 : 2) * stateCount + 4 * channels }
  public var scratchCount: Int { 0 }
  /// A normalisation with rectification counts eight a scalar.
  public var operations: Double { 2 * shape.convolution.operations + 16 * Double(stateCount) }
  public var decayedRanges: [Range<Int>] { [firstWeights..<secondGain, secondWeights..<parameterCount] }

  /// Gains one, biases zero; variance 2/(9 C), W2 (pre-activation) or gain 2 (post-activation) smaller by sqrt(L) and Delta, so
  /// that the sum of L blocks is of the state's size.
  public func initialise(
    _ parameters: UnsafeMutablePointer<Double>, stream: inout RandomStream, blocks: Int, blockSize: Double
  ) {
    let count = shape.convolution.weightCount
    let (deviation, share) = ((2 / Double(9 * channels)).squareRoot(), 1 / (Double(blocks).squareRoot() * blockSize))
    let isPre = order == .preActivation
    parameters.update(repeating: 0, count: parameterCount)
    parameters.update(repeating: 1, count: channels)
    (parameters + firstWeights).fill(normals: count, deviation: deviation, &stream)
    (parameters + secondGain).update(repeating: isPre ? 1 : share, count: channels)
    (parameters + secondWeights).fill(normals: count, deviation: isPre ? share * deviation : deviation, &stream)
  }

  public func makeWorkspace<Scalar: MatrixScalar>(
    capacity: Int, scratch: UnsafeMutablePointer<Scalar>
  ) -> BlockWorkspace<Scalar> {
    let (framed, weights) = (shape.place.framed.bufferCount, shape.convolution.weightCount)
    return ImageWorkspace(
      capacity: capacity, tapeCount: tapeCount, scratch: scratch,
      sizes: ImageWorkspace.Sizes(
        source: framed, cotangent: framed, image: stateCount, firstAdjoint: weights, secondAdjoint: weights,
        channels: channels))
  }

  public func evaluate<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, into result: UnsafeMutablePointer<Scalar>
  ) {
    let (workspace, convolution) = (ImageWorkspace.of(workspace), shape.convolution)
    let (dense, framed) = (shape.place, shape.place.framed)
    for sample in 0..<count {
      let (state, f) = (states + sample * stateCount, result + sample * stateCount)
      let tape = workspace.tape + sample * tapeCount
      let (first, second) = normalisations(parameters, tape)
      switch order {
      case .preActivation:
        Scalar.Images.groupStatistics(first, state, at: dense)
        Scalar.Images.normalise(first, state, at: dense, into: workspace.source, at: framed)
        Scalar.Images.convolve(convolution, workspace.source, parameters + firstWeights, into: tape)
        Scalar.Images.groupStatistics(second, tape, at: dense)
        Scalar.Images.normalise(second, tape, at: dense, into: workspace.source, at: framed)
        Scalar.Images.convolve(convolution, workspace.source, parameters + secondWeights, into: f)
      case .postActivation:
        Scalar.Images.copy(state, at: dense, scale: 1, into: workspace.source, at: framed, adding: false)
        Scalar.Images.convolve(convolution, workspace.source, parameters + firstWeights, into: tape)
        Scalar.Images.groupStatistics(first, tape, at: dense)
        Scalar.Images.normalise(first, tape, at: dense, into: workspace.source, at: framed)
        Scalar.Images.convolve(convolution, workspace.source, parameters + secondWeights, into: tape + stateCount)
        Scalar.Images.groupStatistics(second, tape + stateCount, at: dense)
        Scalar.Images.normalise(second, tape + stateCount, at: dense, into: f, at: dense)
      }
    }
  }

  public func pullback<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, cotangent: UnsafePointer<Scalar>, scale: Scalar,
    gradient: UnsafeMutablePointer<Scalar>?, stateGradient: UnsafeMutablePointer<Scalar>
  ) {
    let (workspace, convolution) = (ImageWorkspace.of(workspace), shape.convolution)
    let (dense, framed, adjoint) = (shape.place, shape.place.framed, shape.convolution.adjoint)
    let (slope, image) = (workspace.cotangent, workspace.image)
    Scalar.Images.adjointWeights(convolution, parameters + firstWeights, into: workspace.firstAdjoint)
    Scalar.Images.adjointWeights(convolution, parameters + secondWeights, into: workspace.secondAdjoint)

    /// Adds a convolution's gradient, given the framed `slope`, which goes on through the adjoint into `image`.
    func back(_ weights: Int, _ adjointWeights: UnsafeMutablePointer<Scalar>) {
      if let gradient {
        Scalar.Images.addConvolutionGradient(
          convolution, workspace.source, cotangent: slope, at: framed, to: gradient + weights)
      }
      Scalar.Images.convolve(adjoint, slope, adjointWeights, into: image)
    }
    /// Through a normalisation of x: `image` becomes the target's content.
    func back(
      _ normalisation: GroupNormalisation<Scalar>, _ gain: Int, _ x: UnsafePointer<Scalar>,
      into target: UnsafeMutablePointer<Scalar>, at place: ImagePlace, adding: Bool
    ) {
      Scalar.Images.normaliseGradient(
        normalisation, x, at: dense, cotangent: image, sums: workspace.sums, gain: gradient.map { $0 + gain },
        bias: gradient.map { $0 + gain + channels }, into: target, at: place, adding: adding)
    }

    for sample in 0..<count {
      let (state, tape) = (states + sample * stateCount, workspace.tape + sample * tapeCount)
      let (df, dh) = (cotangent + sample * stateCount, stateGradient + sample * stateCount)
      let (first, second) = normalisations(parameters, tape)
      switch order {
      case .preActivation:
        Scalar.Images.copy(df, at: dense, scale: scale, into: slope, at: framed, adding: false)
        Scalar.Images.normalise(second, tape, at: dense, into: workspace.source, at: framed)
        back(secondWeights, workspace.secondAdjoint)
        back(second, secondGain, tape, into: slope, at: framed, adding: false)
        Scalar.Images.normalise(first, state, at: dense, into: workspace.source, at: framed)
        back(firstWeights, workspace.firstAdjoint)
        back(first, 0, state, into: dh, at: dense, adding: true)
      case .postActivation:
        Scalar.Images.copy(df, at: dense, scale: scale, into: image, at: dense, adding: false)
        back(second, secondGain, tape + stateCount, into: slope, at: framed, adding: false)
        Scalar.Images.normalise(first, tape, at: dense, into: workspace.source, at: framed)
        back(secondWeights, workspace.secondAdjoint)
        back(first, 0, tape, into: slope, at: framed, adding: false)
        Scalar.Images.copy(state, at: dense, scale: 1, into: workspace.source, at: framed, adding: false)
        back(firstWeights, workspace.firstAdjoint)
        Scalar.Images.copy(image, at: dense, scale: 1, into: dh, at: dense, adding: true)
      }
    }
  }

  /// Both, with their statistics on the sample's tape.
  private func normalisations<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, _ tape: UnsafeMutablePointer<Scalar>
  ) -> (GroupNormalisation<Scalar>, GroupNormalisation<Scalar>) {
    let statistics = tape + tapeCount - 4 * channels
    let first = GroupNormalisation(
      statistics: statistics, channels: channels, gain: parameters, bias: parameters + channels, groups: groups,
      isRectified: true)
    let second = GroupNormalisation(
      statistics: statistics + 2 * channels, channels: channels, gain: parameters + secondGain,
      bias: parameters + secondGain + channels, groups: groups, isRectified: order == .preActivation)
    return (first, second)
  }
}
