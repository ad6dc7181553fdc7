public import DepthNumerics

/// From one stage's states to the next's, of twice the channels and half the height and width (rounded up).
///
/// `S h` keeps every second row and pixel and appends zero channels: the parameter-free shortcut of ResNet-20 (there the zeros lie
/// on both sides). With `convolves`, `S h + W * r(N(h))`: a 3x3 convolution of stride 2 after group normalisation and
/// rectification; parameters: gain, bias, W.
public struct StageTransition: StateMap, Equatable {
  public let source: ImageShape
  public let convolves: Bool

  public init(source: ImageShape, convolves: Bool = false) {
    self.source = source
    self.convolves = convolves
  }

  public var result: ImageShape { source.next }

  private var convolution: Convolution {
    Convolution(
      inputs: source.channels, outputs: result.channels, height: source.height, width: source.width, stride: 2)
  }
  private var weights: Int { 2 * source.channels }

  public var inputCount: Int { source.stateCount }
  public var outputCount: Int { result.stateCount }
  public var parameterCount: Int { convolves ? weights + convolution.weightCount : 0 }
  public var tapeCount: Int { convolves ? 2 * source.channels : 0 }
  public var operations: Double { convolves ? convolution.operations + 8 * Double(inputCount) : 0 }
  public var decayedRanges: [Range<Int>] { [(convolves ? weights : 0)..<parameterCount] }
  /// S only leaves out.
  public var lipschitzConstant: Double? { convolves ? nil : 1 }

  /// Gain one, bias zero, variance 2/(9 C).
  public func initialise(_ parameters: UnsafeMutablePointer<Double>, stream: inout RandomStream) {
    guard convolves else { return }
    parameters.update(repeating: 1, count: source.channels)
    (parameters + source.channels).update(repeating: 0, count: source.channels)
    (parameters + weights).fill(
      normals: convolution.weightCount, deviation: (2 / Double(9 * source.channels)).squareRoot(), &stream)
  }

  public func makeWorkspace<Scalar: MatrixScalar>(
    capacity: Int, scratch: UnsafeMutablePointer<Scalar>
  ) -> BlockWorkspace<Scalar> {
    var sizes = ImageWorkspace<Scalar>.Sizes()
    if convolves {
      sizes = ImageWorkspace.Sizes(
        source: source.place.framed.bufferCount, cotangent: convolution.adjointPlace.bufferCount,
        image: max(inputCount, outputCount), firstAdjoint: convolution.adjoint.weightCount, channels: source.channels)
    }
    return ImageWorkspace(capacity: capacity, tapeCount: tapeCount, scratch: scratch, sizes: sizes)
  }

  public func evaluate<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, into result: UnsafeMutablePointer<Scalar>
  ) {
    let workspace = ImageWorkspace.of(workspace)
    for sample in 0..<count {
      let (state, next) = (states + sample * inputCount, result + sample * outputCount)
      if convolves {
        let norm = normalisation(parameters, workspace.tape + sample * tapeCount)
        Scalar.Images.groupStatistics(norm, state, at: source.place)
        Scalar.Images.normalise(
          norm, state, at: source.place, into: workspace.source, at: source.place.framed)
        Scalar.Images.convolve(convolution, workspace.source, parameters + weights, into: next)
      } else {
        next.update(repeating: 0, count: outputCount)
      }
      Scalar.Images.copy(
        state, at: source.place.halved, scale: 1, into: next, at: kept, adding: convolves)
    }
  }

  public func pullback<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, cotangent: UnsafePointer<Scalar>,
    gradient: UnsafeMutablePointer<Scalar>?, stateGradient: UnsafeMutablePointer<Scalar>?
  ) {
    let (workspace, dense) = (ImageWorkspace.of(workspace), source.place)
    if convolves {
      Scalar.Images.adjointWeights(convolution, parameters + weights, into: workspace.firstAdjoint)
    }
    for sample in 0..<count {
      let (state, slope) = (states + sample * inputCount, cotangent + sample * outputCount)
      let target = stateGradient.map { $0 + sample * inputCount }
      if convolves {
        let norm = normalisation(parameters, workspace.tape + sample * tapeCount)
        if let gradient {
          Scalar.Images.normalise(norm, state, at: dense, into: workspace.source, at: dense.framed)
          Scalar.Images.addConvolutionGradient(
            convolution, workspace.source, cotangent: slope, at: result.place, to: gradient + weights)
        }
        Scalar.Images.copy(
          slope, at: result.place, scale: 1, into: workspace.cotangent, at: convolution.adjointPlace, adding: false)
        Scalar.Images.convolve(
          convolution.adjoint, workspace.cotangent, workspace.firstAdjoint, into: workspace.image)
        // the framed source is no longer needed; its frame stays zero, because the image lies inside
        let (into, place) = target.map { ($0, dense) } ?? (workspace.source, dense.framed)
        Scalar.Images.normaliseGradient(
          norm, state, at: dense, cotangent: workspace.image, sums: workspace.sums, gain: gradient,
          bias: gradient.map { $0 + source.channels }, into: into, at: place, adding: target != nil)
      }
      if let target {
        Scalar.Images.copy(slope, at: kept, scale: 1, into: target, at: dense.halved, adding: true)
      }
    }
  }

  /// The channels of the result that come from S.
  private var kept: ImagePlace { result.place.channels(from: 0, count: source.channels) }

  private func normalisation<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, _ tape: UnsafeMutablePointer<Scalar>
  ) -> GroupNormalisation<Scalar> {
    GroupNormalisation(
      statistics: tape, channels: source.channels, gain: parameters, bias: parameters + source.channels,
      groups: source.groups, isRectified: true)
  }
}
