import DepthNumerics

/// A workspace with room for the one image that a convolutional block or map works on at a time.
///
/// An image stays in the second-level cache through a whole block; only what the backward pass cannot cheaply recompute goes to
/// the tape. Frames are zero from the start and never written. Buffers begin on cache lines.
final class ImageWorkspace<Scalar: MatrixScalar>: BlockWorkspace<Scalar> {
  /// A framed input of a convolution, and a framed cotangent for the adjoint.
  let source: UnsafeMutablePointer<Scalar>
  let cotangent: UnsafeMutablePointer<Scalar>
  /// A dense image.
  let image: UnsafeMutablePointer<Scalar>
  /// Weights of the adjoint convolutions.
  let firstAdjoint: UnsafeMutablePointer<Scalar>
  let secondAdjoint: UnsafeMutablePointer<Scalar>
  /// For the gradient of a normalisation: twice the channels.
  let sums: UnsafeMutablePointer<Scalar>
  /// The gains and biases of a normalisation without parameters: ones, zeros.
  let ones: UnsafeMutablePointer<Scalar>
  let zeros: UnsafeMutablePointer<Scalar>
  private let memory: UnsafeMutableRawPointer

  /// Counts of scalars; a buffer that is not needed has none.
  struct Sizes {
    var source = 0
    var cotangent = 0
    var image = 0
    var firstAdjoint = 0
    var secondAdjoint = 0
    var channels = 0
  }

  init(capacity: Int, tapeCount: Int, scratch: UnsafeMutablePointer<Scalar>, sizes: Sizes) {
    let counts = [
      sizes.source, sizes.cotangent, sizes.image, sizes.firstAdjoint, sizes.secondAdjoint, 2 * sizes.channels,
      sizes.channels, sizes.channels,
    ]
    let rounded = counts.map { ($0 + 15) / 16 * 16 }
    let total = max(16, rounded.reduce(0, +))
    memory = .allocate(byteCount: total * MemoryLayout<Scalar>.stride, alignment: 64)
    let base = memory.initializeMemory(as: Scalar.self, repeating: 0, count: total)
    var next = base
    let buffers = rounded.map { count in
      defer { next += count }
      return next
    }
    (source, cotangent, image, firstAdjoint) = (buffers[0], buffers[1], buffers[2], buffers[3])
    (secondAdjoint, sums, ones, zeros) = (buffers[4], buffers[5], buffers[6], buffers[7])
    ones.update(repeating: 1, count: sizes.channels)
    super.init(capacity: capacity, tapeCount: tapeCount, scratch: scratch)
  }

  deinit { memory.deallocate() }

  /// The workspace that a block or map of images made.
  static func of(_ workspace: BlockWorkspace<Scalar>) -> ImageWorkspace<Scalar> {
    guard let workspace = workspace as? ImageWorkspace<Scalar> else {
      preconditionFailure("a workspace of another block")
    }
    return workspace
  }
}
