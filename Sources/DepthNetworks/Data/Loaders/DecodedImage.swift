internal import CImages
import DepthRuns
import Foundation

/// A PNG or JPEG decoded to bytes: rows of pixels, channels (1 grey, 3 colour) interleaved.
struct DecodedImage {
  let width: Int
  let height: Int
  let channels: Int
  let pixels: [UInt8]

  /// Sizes beyond this are refused before memory is taken.
  static let mostPixels = 1 << 26

  /// Decodes a file in memory; `place` appears in errors.
  ///
  /// - Parameter channels: 1 or 3; nil: what the file holds. Alpha lies over black.
  /// - Throws: `InputError.data` for a file that is neither, damaged, cut off or too large.
  init(_ data: Data, channels wanted: Int? = nil, place: String, mostPixels: Int = mostPixels) throws {
    var size = depth_image_size()
    var message = [CChar](repeating: 0, count: Int(DEPTH_IMAGE_MESSAGE))
    func failure() -> InputError {
      let reason = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      return .data("\(place) is no readable image: \(reason.filter { !$0.isNewline })")
    }
    let probed = data.withUnsafeBytes { raw in
      depth_image_probe(raw.bindMemory(to: UInt8.self).baseAddress, raw.count, &size, &message)
    }
    guard probed == 0 else { throw failure() }
    let (width, height) = (Int(size.width), Int(size.height))
    guard width > 0, height > 0, width <= mostPixels / height else {
      throw InputError.data("\(place): \(width) x \(height) pixels; allowed: up to \(mostPixels) in all")
    }
    let channels = wanted ?? Int(size.channels)
    precondition(channels == 1 || channels == 3, "\(channels) channels")
    var pixels = [UInt8](repeating: 0, count: width * height * channels)
    let decoded = data.withUnsafeBytes { raw in
      depth_image_decode(
        raw.bindMemory(to: UInt8.self).baseAddress, raw.count, size, UInt32(channels), &pixels, &message)
    }
    guard decoded == 0 else { throw failure() }
    (self.width, self.height, self.channels, self.pixels) = (width, height, channels, pixels)
  }

  /// The pixels in [0, 1], channel by channel.
  var planes: [Float] {
    var planes = [Float](repeating: 0, count: pixels.count)
    let area = width * height
    for i in 0..<area { for c in 0..<channels { planes[c * area + i] = Float(pixels[i * channels + c]) / 255 } }
    return planes
  }

  /// The largest centred square, resized to `side` by `side`, in [0, 1], channel by channel.
  ///
  /// A triangle filter, as wide as a target pixel where the image shrinks, so that nothing is aliased; linear where it grows.
  func square(side: Int) -> [Float] {
    let edge = min(width, height)
    let filter = TriangleFilter(from: edge, to: side)
    let (left, top) = ((width - edge) / 2, (height - edge) / 2)
    var rows = [Float](repeating: 0, count: edge * side * channels)
    for y in 0..<edge {
      for x in 0..<side {
        for (source, weight) in filter.taps[x] {
          let pixel = ((top + y) * width + left + source) * channels
          for c in 0..<channels { rows[(y * side + x) * channels + c] += weight * Float(pixels[pixel + c]) }
        }
      }
    }
    var result = [Float](repeating: 0, count: channels * side * side)
    for y in 0..<side {
      for (source, weight) in filter.taps[y] {
        for x in 0..<side {
          for c in 0..<channels {
            result[(c * side + y) * side + x] += weight * rows[(source * side + x) * channels + c] / 255
          }
        }
      }
    }
    return result.map { min(1, max(0, $0)) }
  }
}
