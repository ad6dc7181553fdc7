public import DepthNumerics

/// The states of a convolutional stage: channels in blocks of 16, [C/16][height][width][16] a sample (nChw16c).
///
/// Blocks, maps and poolings share the layout, so no state is rearranged on its way through a network.
public struct ImageShape: Equatable, Sendable {
  /// A multiple of 16.
  public let channels: Int
  public let height: Int
  public let width: Int

  public init(channels: Int, height: Int, width: Int) {
    precondition(
      Self.allows(channels: channels) && height > 0 && width > 0, "states of \(channels) x \(height) x \(width)")
    (self.channels, self.height, self.width) = (channels, height, width)
  }

  static func allows(channels: Int) -> Bool { channels > 0 && channels % ImagePlace.lanes == 0 }

  public var stateCount: Int { channels * height * width }
  public var place: ImagePlace { ImagePlace(channels: channels, height: height, width: width) }
  /// Groups of eight channels, by default.
  public var groups: Int { channels / 8 }

  /// Twice the channels, half the height and width (rounded up): the next stage's states.
  public var next: ImageShape {
    ImageShape(channels: 2 * channels, height: (height + 1) / 2, width: (width + 1) / 2)
  }

  /// A convolution from states of this shape to as many channels.
  var convolution: Convolution {
    Convolution(inputs: channels, outputs: channels, height: height, width: width)
  }

  /// One sample, channel by channel and row by row, as a state. The inverse of `planar`.
  public func blocked<Scalar>(_ planar: [Scalar]) -> [Scalar] {
    var state = planar
    forEach { state[$1] = planar[$0] }
    return state
  }

  /// One state, channel by channel and row by row.
  public func planar<Scalar>(_ state: [Scalar]) -> [Scalar] {
    var planar = state
    forEach { planar[$0] = state[$1] }
    return planar
  }

  /// Calls `body(index in planes, index in blocks)` for every scalar.
  private func forEach(_ body: (Int, Int) -> Void) {
    let place = self.place
    for c in 0..<channels {
      for y in 0..<height {
        for x in 0..<width { body((c * height + y) * width + x, place.index(channel: c, y: y, x: x)) }
      }
    }
  }
}
