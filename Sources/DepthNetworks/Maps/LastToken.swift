public import DepthNumerics

/// The last token's row of a state: what a head reads that answers for a whole sequence. No parameters.
public struct LastToken: StateMap, Equatable {
  public let tokens: Int
  public let tokenDimension: Int

  public init(tokens: Int, tokenDimension: Int) {
    precondition(tokens > 0 && tokenDimension > 0, "\(tokens) tokens of \(tokenDimension)")
    self.tokens = tokens
    self.tokenDimension = tokenDimension
  }

  public var inputCount: Int { tokens * tokenDimension }
  public var outputCount: Int { tokenDimension }
  public var parameterCount: Int { 0 }
  public var operations: Double { 0 }
  public var lipschitzConstant: Double? { 1 }
  private var offset: Int { (tokens - 1) * tokenDimension }

  public func initialise(_ parameters: UnsafeMutablePointer<Double>, stream: inout RandomStream) {}

  public func evaluate<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, into result: UnsafeMutablePointer<Scalar>
  ) {
    for sample in 0..<count {
      (result + sample * tokenDimension).update(from: states + sample * inputCount + offset, count: tokenDimension)
    }
  }

  public func pullback<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, cotangent: UnsafePointer<Scalar>,
    gradient: UnsafeMutablePointer<Scalar>?, stateGradient: UnsafeMutablePointer<Scalar>?
  ) {
    guard let stateGradient else { return }
    for sample in 0..<count {
      let target = stateGradient + sample * inputCount + offset
      Scalar.Kernels.addScaled(tokenDimension, 1, cotangent + sample * tokenDimension, target, target)
    }
  }
}
