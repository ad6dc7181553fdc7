internal import CRandom

/// A seeded sequence of random numbers: Philox4x32-10, a pure function of (seed, stream, position).
///
/// Equal seeds and streams give equal numbers on any number of threads; give each path, sample or task a stream of
/// its own. Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
public struct RandomStream: Sendable {
  public let seed: UInt64
  public let stream: UInt64
  private var position: UInt64 = 0

  public init(seed: UInt64, stream: UInt64 = 0) {
    self.seed = seed
    self.stream = stream
  }

  /// Fills the buffer with uniforms in the open interval (0, 1).
  public mutating func uniforms(into buffer: UnsafeMutableBufferPointer<Double>) {
    guard let base = buffer.baseAddress else { return }
    depth_philox_uniforms(seed, stream, position, base, buffer.count)
    position += UInt64(buffer.count)
  }

  /// Fills the buffer with standard normals (Box-Muller).
  public mutating func normals(into buffer: UnsafeMutableBufferPointer<Double>) {
    guard let base = buffer.baseAddress else { return }
    depth_philox_normals(seed, stream, position, base, buffer.count)
    position += UInt64(buffer.count)
  }

  /// The same normals to rounding (3e-15 absolute), several times faster in runs of 64 and more; their bits are the same
  /// on every machine. For simulations; `normals` keeps the bits that recorded training runs rest on.
  public mutating func bulkNormals(into buffer: UnsafeMutableBufferPointer<Double>) {
    guard let base = buffer.baseAddress else { return }
    depth_philox_normals_vector(seed, stream, position, base, buffer.count)
    position += UInt64(buffer.count)
  }

  public mutating func uniforms(_ count: Int) -> [Double] {
    var values = [Double](repeating: 0, count: count)
    values.withUnsafeMutableBufferPointer { uniforms(into: $0) }
    return values
  }

  public mutating func normals(_ count: Int) -> [Double] {
    var values = [Double](repeating: 0, count: count)
    values.withUnsafeMutableBufferPointer { normals(into: $0) }
    return values
  }

  /// An integer in `0..<bound`; the bias of at most bound / 2^52 is below anything measurable here.
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "bound \(bound) must be positive")
    return min(bound - 1, Int(uniforms(1)[0] * Double(bound)))
  }

  /// A uniformly random permutation of `0..<count` (Fisher-Yates).
  public mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    guard count > 1 else { return order }
    let draws = uniforms(count)
    for i in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(i, min(i, Int(draws[i] * Double(i + 1))))
    }
    return order
  }
}

/// The generator's raw block, for the published known answers.
func philoxBlock(counter: [UInt32], key: [UInt32]) -> [UInt32] {
  var out = [UInt32](repeating: 0, count: 4)
  depth_philox4x32(counter, key, &out)
  return out
}
