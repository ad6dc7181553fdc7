/// A term that makes early exits cheap or late gains small: a function of what one sample meets at its exits.
///
/// Total loss of a sample: `sum_k w_k l_k + alpha R`. `evaluate` is O(L).
public protocol DepthRegularizer: Sendable {
  /// Kebab-case: "soft-stop".
  var name: String { get }
  /// Whether R reads the residual norms, which then are recorded.
  var usesResidualSquares: Bool { get }

  /// R; its derivatives are added to `slopes`, whose buffers are zero when it is called.
  func evaluate(_ exits: SampleExits, slopes: SampleExitSlopes) -> Double
}

extension DepthRegularizer {
  public var usesResidualSquares: Bool { false }
}

/// One sample at its exits.
public struct SampleExits {
  /// `l_0, ..., l_L`.
  public let losses: UnsafeBufferPointer<Double>
  /// `lambda_0, ..., lambda_{L-1}`, in the open interval (0, 1) but for rounding; `lambda_L = 1` is not there.
  public let gates: UnsafeBufferPointer<Double>
  /// `||f_k(h_k)||^2 / d_k`, k = 0...L-1: the mean square of a residual's entries; empty unless asked for.
  public let residualSquares: UnsafeBufferPointer<Double>

  /// L.
  public var blocks: Int { gates.count }
}

/// Derivatives of R, in the shapes of `SampleExits`.
public struct SampleExitSlopes {
  public let losses: UnsafeMutableBufferPointer<Double>
  public let gates: UnsafeMutableBufferPointer<Double>
  public let residualSquares: UnsafeMutableBufferPointer<Double>
}

/// No term: the gates are not trained.
public struct NoDepthRegularizer: DepthRegularizer {
  public let name = "none"
  public init() {}
  public func evaluate(_ exits: SampleExits, slopes: SampleExitSlopes) -> Double { 0 }
}
