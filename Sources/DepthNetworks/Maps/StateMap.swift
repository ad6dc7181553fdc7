public import DepthNumerics

/// A map from one vector to another that is no residual block: from inputs to the first state, from one stage's states to the
/// next's, from a state to the features that a head reads. A shape without its weights, in single or double precision.
///
/// Rows of `inputCount` scalars in, rows of `outputCount` out; the same conventions as `ResidualBlock`.
public protocol StateMap: Sendable {
  var inputCount: Int { get }
  var outputCount: Int { get }
  var parameterCount: Int { get }
  /// Scalars a sample that `evaluate` leaves in the workspace for `pullback`.
  var tapeCount: Int { get }
  /// Scalars a sample of scratch.
  var scratchCount: Int { get }
  /// Floating-point operations for one sample.
  var operations: Double { get }
  /// The parameters that weight decay applies to. By default all.
  var decayedRanges: [Range<Int>] { get }
  /// A bound of `||map(x) - map(y)|| / ||x - y||` that holds whatever the weights are; nil when there is none.
  var lipschitzConstant: Double? { get }

  func initialise(_ parameters: UnsafeMutablePointer<Double>, stream: inout RandomStream)

  /// The map of `count` rows into `result` (overwritten).
  func evaluate<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, into result: UnsafeMutablePointer<Scalar>)

  /// After `evaluate` of the same rows with the same workspace: adds `dl/dparameters` to `gradient` and `dl/dstates` to
  /// `stateGradient` (each unless nil), given `cotangent = dl/dresult`.
  func pullback<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, cotangent: UnsafePointer<Scalar>,
    gradient: UnsafeMutablePointer<Scalar>?, stateGradient: UnsafeMutablePointer<Scalar>?)

  func makeWorkspace<Scalar: MatrixScalar>(
    capacity: Int, scratch: UnsafeMutablePointer<Scalar>
  ) -> BlockWorkspace<Scalar>
}

extension StateMap {
  public var tapeCount: Int { 0 }
  public var scratchCount: Int { 0 }
  public var decayedRanges: [Range<Int>] { [0..<parameterCount] }
  public var lipschitzConstant: Double? { nil }

  public func makeWorkspace<Scalar: MatrixScalar>(
    capacity: Int, scratch: UnsafeMutablePointer<Scalar>
  ) -> BlockWorkspace<Scalar> {
    BlockWorkspace(capacity: capacity, tapeCount: tapeCount, scratch: scratch)
  }
}
