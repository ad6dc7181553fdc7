/// Where an image lies in a buffer: blocks of 16 channels, each rows of pixels of 16 scalars (nChw16c), perhaps inside a
/// larger image.
public struct ImagePlace: Equatable, Sendable {
  /// Channels of one block, the unit of the kernels' arithmetic.
  public static let lanes = 16

  /// A multiple of 16.
  public let channels: Int
  public let height: Int
  public let width: Int
  /// Scalars before the first pixel, and from one block, row and pixel to the next.
  public let offset: Int
  public let block: Int
  public let row: Int
  public let pixel: Int
  /// Scalars of the buffer.
  public let bufferCount: Int

  private init(
    _ channels: Int, _ height: Int, _ width: Int, offset: Int, block: Int, row: Int, pixel: Int, bufferCount: Int
  ) {
    precondition(
      channels > 0 && channels % Self.lanes == 0 && height > 0 && width > 0,
      "an image of \(channels) x \(height) x \(width); channels must be a multiple of 16")
    (self.channels, self.height, self.width) = (channels, height, width)
    (self.offset, self.block, self.row, self.pixel, self.bufferCount) = (offset, block, row, pixel, bufferCount)
  }

  /// Dense: nothing between the pixels.
  public init(channels: Int, height: Int, width: Int) {
    let row = width * Self.lanes
    self.init(
      channels, height, width, offset: 0, block: height * row, row: row, pixel: Self.lanes,
      bufferCount: channels * height * width)
  }

  /// Inside a frame of one pixel, which must be zero when a convolution reads it.
  public var framed: ImagePlace {
    let row = (width + 2) * Self.lanes
    let block = (height + 2) * row
    return ImagePlace(
      channels, height, width, offset: row + Self.lanes, block: block, row: row, pixel: Self.lanes,
      bufferCount: channels / Self.lanes * block)
  }

  /// Every second row and pixel, from the first: ceil(height / 2) x ceil(width / 2).
  public var halved: ImagePlace {
    ImagePlace(
      channels, (height + 1) / 2, (width + 1) / 2, offset: offset, block: block, row: 2 * row, pixel: 2 * pixel,
      bufferCount: bufferCount)
  }

  /// Some of the blocks.
  public func channels(from first: Int, count: Int) -> ImagePlace {
    precondition(first % Self.lanes == 0 && first + count <= channels, "\(count) channels from \(first) of \(channels)")
    return ImagePlace(
      count, height, width, offset: offset + first / Self.lanes * block, block: block, row: row, pixel: pixel,
      bufferCount: bufferCount)
  }

  public var pixelCount: Int { height * width }

  /// The index of a scalar in the buffer.
  @inlinable
  public func index(channel: Int, y: Int, x: Int) -> Int {
    offset + channel / Self.lanes * block + y * row + x * pixel + channel % Self.lanes
  }
}
