/// A 3x3 convolution with a frame of one zero pixel: `y_o(p) = sum_{i, tap} w_{o,i,tap} x_i(stride p + tap)`.
///
/// Weights: [output block][input block][ky][kx][input channel][16 output channels], the blocks of 16 channels, where a last
/// input block may have fewer and then keeps no room for them.
public struct Convolution: Equatable, Sendable {
  /// Channels read; any number.
  public let inputs: Int
  /// A multiple of 16.
  public let outputs: Int
  public let height: Int
  public let width: Int
  /// 1, or 2 for a result of ceil(height / 2) x ceil(width / 2).
  public let stride: Int

  public init(inputs: Int, outputs: Int, height: Int, width: Int, stride: Int = 1) {
    precondition(
      inputs > 0 && outputs > 0 && outputs % ImagePlace.lanes == 0 && (stride == 1 || stride == 2),
      "\(inputs) channels to \(outputs), stride \(stride)")
    (self.inputs, self.outputs, self.height, self.width, self.stride) = (inputs, outputs, height, width, stride)
  }

  /// What `convolve` reads, framed: channels rounded up to whole blocks.
  public var source: ImagePlace {
    let lanes = ImagePlace.lanes
    return ImagePlace(channels: (inputs + lanes - 1) / lanes * lanes, height: height, width: width).framed
  }

  public var result: ImagePlace {
    ImagePlace(channels: outputs, height: (height + stride - 1) / stride, width: (width + stride - 1) / stride)
  }

  public var weightCount: Int { 9 * inputs * outputs }

  /// Where a weight lies.
  public func weight(output: Int, input: Int, ky: Int, kx: Int) -> Int {
    let lanes = ImagePlace.lanes
    let first = input / lanes * lanes
    let width = min(lanes, inputs - first)
    return (output / lanes * inputs + first) * 9 * lanes + ((3 * ky + kx) * width + input - first) * lanes
      + output % lanes
  }

  /// Maps `dl/dresult`, framed (with stride 2: its pixels at `adjointPlace`), to `dl/dinput`.
  public var adjoint: Convolution {
    Convolution(inputs: outputs, outputs: source.channels, height: height, width: width)
  }

  /// Where the adjoint reads the cotangent.
  public var adjointPlace: ImagePlace { stride == 1 ? adjoint.source : adjoint.source.halved }

  /// Floating-point operations; taps on the frame count too.
  public var operations: Double { 18 * Double(inputs * outputs) * Double(result.pixelCount) }
}
