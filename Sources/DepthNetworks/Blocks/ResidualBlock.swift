public import DepthNumerics

/// One residual block: the f of `h + Delta f(h)`, a shape without its weights, in single or double precision.
///
/// The one definition that the network's layer, the vector field that integrators see (`BlockField`) and backpropagation
/// share. A state is a row of `stateCount` scalars; `count` states lie one after the other. f of one state does not depend
/// on the others in its batch. Weights lie in a caller's flat buffer.
public protocol ResidualBlock: Sendable {
  /// Scalars of one state, in and out.
  var stateCount: Int { get }
  var parameterCount: Int { get }
  /// Scalars a sample that `evaluate` leaves in the workspace for `pullback`.
  var tapeCount: Int { get }
  /// Scalars a sample of scratch, shared by all blocks of a network.
  var scratchCount: Int { get }
  /// Floating-point operations of f for one state, a multiplication and an addition counting two.
  var operations: Double { get }
  /// The parameters that weight decay applies to: matrices, not biases and gains. By default all.
  var decayedRanges: [Range<Int>] { get }

  /// Seeded weights such that the sum of `blocks` blocks of size `blockSize` is of the state's size at the start.
  func initialise(
    _ parameters: UnsafeMutablePointer<Double>, stream: inout RandomStream, blocks: Int, blockSize: Double)

  /// `f(h)` of `count` states into `result` (overwritten).
  func evaluate<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, into result: UnsafeMutablePointer<Scalar>)

  /// The vector-Jacobian product after `evaluate` of the same states with the same workspace: given `cotangent = dl/df`, adds
  /// `scale` times `dl/dparameters` to `gradient` (unless nil) and `scale` times `dl/dh` to `stateGradient`.
  func pullback<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, cotangent: UnsafePointer<Scalar>, scale: Scalar,
    gradient: UnsafeMutablePointer<Scalar>?, stateGradient: UnsafeMutablePointer<Scalar>)

  /// A workspace for up to `capacity` states; `scratch` holds `capacity * scratchCount` scalars and may be shared by blocks
  /// that do not work at the same time.
  func makeWorkspace<Scalar: MatrixScalar>(
    capacity: Int, scratch: UnsafeMutablePointer<Scalar>
  ) -> BlockWorkspace<Scalar>
}

/// What one block keeps between `evaluate` and `pullback`; used by one thread at a time.
///
/// A block that needs more (a library's handles) makes a subclass.
public class BlockWorkspace<Scalar: MatrixScalar> {
  public let capacity: Int
  /// `capacity * tapeCount` scalars, on a cache line's boundary.
  public let tape: UnsafeMutablePointer<Scalar>
  /// Not owned.
  public let scratch: UnsafeMutablePointer<Scalar>
  private let memory: UnsafeMutableRawPointer

  public init(capacity: Int, tapeCount: Int, scratch: UnsafeMutablePointer<Scalar>) {
    self.capacity = capacity
    self.scratch = scratch
    let count = max(1, capacity * tapeCount)
    memory = .allocate(byteCount: count * MemoryLayout<Scalar>.stride, alignment: 64)
    tape = memory.initializeMemory(as: Scalar.self, repeating: 0, count: count)
  }

  deinit { memory.deallocate() }
}

extension ResidualBlock {
  public var decayedRanges: [Range<Int>] { [0..<parameterCount] }

  public func makeWorkspace<Scalar: MatrixScalar>(
    capacity: Int, scratch: UnsafeMutablePointer<Scalar>
  ) -> BlockWorkspace<Scalar> {
    BlockWorkspace(capacity: capacity, tapeCount: tapeCount, scratch: scratch)
  }
}
