public import DepthNumerics

/// From an image to the first state: `r(N(W * x))`, a 3x3 convolution, group normalisation (gain, bias) and rectification.
///
/// Inputs lie channel by channel, each row by row. Parameters: gain, bias, W.
public struct ImageStem: StateMap, Equatable {
  /// Channels of the image: 1 for grey, 3 for colours; any number.
  public let inputChannels: Int
  public let shape: ImageShape

  public init(inputChannels: Int, shape: ImageShape) {
    precondition(inputChannels > 0, "\(inputChannels) channels")
    self.inputChannels = inputChannels
    self.shape = shape
  }

  private var convolution: Convolution {
    Convolution(inputs: inputChannels, outputs: shape.channels, height: shape.height, width: shape.width)
  }
  private var weights: Int { 2 * shape.channels }

  public var inputCount: Int { inputChannels * shape.height * shape.width }
  public var outputCount: Int { shape.stateCount }
  public var parameterCount: Int { weights + convolution.weightCount }
  public var tapeCount: Int { shape.stateCount + 2 * shape.channels }
  public var operations: Double { convolution.operations + 8 * Double(outputCount) }
  public var decayedRanges: [Range<Int>] { [weights..<parameterCount] }

  /// Gain one, bias zero, variance 2/(9 inputs).
  public func initialise(_ parameters: UnsafeMutablePointer<Double>, stream: inout RandomStream) {
    parameters.update(repeating: 1, count: shape.channels)
    (parameters + shape.channels).update(repeating: 0, count: shape.channels)
    (parameters + weights).fill(
      normals: convolution.weightCount, deviation: (2 / Double(9 * inputChannels)).squareRoot(), &stream)
  }

  public func makeWorkspace<Scalar: MatrixScalar>(
    capacity: Int, scratch: UnsafeMutablePointer<Scalar>
  ) -> BlockWorkspace<Scalar> {
    ImageWorkspace(
      capacity: capacity, tapeCount: tapeCount, scratch: scratch,
      sizes: ImageWorkspace.Sizes(
        source: convolution.source.bufferCount, cotangent: shape.place.framed.bufferCount,
        image: max(shape.stateCount, convolution.adjoint.result.bufferCount),
        firstAdjoint: convolution.adjoint.weightCount, channels: shape.channels))
  }

  public func evaluate<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, into result: UnsafeMutablePointer<Scalar>
  ) {
    let workspace = ImageWorkspace.of(workspace)
    for sample in 0..<count {
      let tape = workspace.tape + sample * tapeCount
      let norm = normalisation(parameters, tape)
      read(states + sample * inputCount, into: workspace.source)
      Scalar.Images.convolve(convolution, workspace.source, parameters + weights, into: tape)
      Scalar.Images.groupStatistics(norm, tape, at: shape.place)
      Scalar.Images.normalise(
        norm, tape, at: shape.place, into: result + sample * outputCount, at: shape.place)
    }
  }

  public func pullback<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, cotangent: UnsafePointer<Scalar>,
    gradient: UnsafeMutablePointer<Scalar>?, stateGradient: UnsafeMutablePointer<Scalar>?
  ) {
    let (workspace, framed) = (ImageWorkspace.of(workspace), shape.place.framed)
    if stateGradient != nil {
      Scalar.Images.adjointWeights(convolution, parameters + weights, into: workspace.firstAdjoint)
    }
    for sample in 0..<count {
      let tape = workspace.tape + sample * tapeCount
      Scalar.Images.normaliseGradient(
        normalisation(parameters, tape), tape, at: shape.place, cotangent: cotangent + sample * outputCount,
        sums: workspace.sums, gain: gradient, bias: gradient.map { $0 + shape.channels }, into: workspace.cotangent,
        at: framed, adding: false)
      if let gradient {
        read(states + sample * inputCount, into: workspace.source)
        Scalar.Images.addConvolutionGradient(
          convolution, workspace.source, cotangent: workspace.cotangent, at: framed, to: gradient + weights)
      }
      guard let stateGradient else { continue }
      Scalar.Images.convolve(
        convolution.adjoint, workspace.cotangent, workspace.firstAdjoint, into: workspace.image)
      add(workspace.image, to: stateGradient + sample * inputCount)
    }
  }

  private func normalisation<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, _ tape: UnsafeMutablePointer<Scalar>
  ) -> GroupNormalisation<Scalar> {
    GroupNormalisation(
      statistics: tape + shape.stateCount, channels: shape.channels, gain: parameters,
      bias: parameters + shape.channels, groups: shape.groups, isRectified: true)
  }

  /// An image's planes into the framed blocks that the convolution reads.
  private func read<Scalar: MatrixScalar>(_ input: UnsafePointer<Scalar>, into source: UnsafeMutablePointer<Scalar>) {
    forEachRow(convolution.source) { plane, row in
      for x in 0..<shape.width { source[row + x * ImagePlace.lanes] = input[plane + x] }
    }
  }

  private func add<Scalar: MatrixScalar>(_ image: UnsafePointer<Scalar>, to input: UnsafeMutablePointer<Scalar>) {
    forEachRow(convolution.adjoint.result) { plane, row in
      for x in 0..<shape.width { input[plane + x] += image[row + x * ImagePlace.lanes] }
    }
  }

  /// Calls `body(start in the planes, start in the blocks)` for every channel and row.
  private func forEachRow(_ place: ImagePlace, _ body: (Int, Int) -> Void) {
    for c in 0..<inputChannels {
      for y in 0..<shape.height {
        body((c * shape.height + y) * shape.width, place.index(channel: c, y: y, x: 0))
      }
    }
  }
}
