public import DepthNumerics

/// The rows of the last `answers` tokens of a state: what heads read that answer for a whole sequence (one row) or for some of its
/// tokens (a row an answer). No parameters.
public struct LastToken: StateMap, Equatable {
  public let tokens: Int
  public let tokenDimension: Int
  /// Rows that are read.
  public let answers: Int

  public init(tokens: Int, tokenDimension: Int, answers: Int = 1) {
    precondition(tokens > 0 && tokenDimension > 0, "\(tokens) tokens of \(tokenDimension)")
    precondition((1...tokens).contains(answers), "\(answers) answers of \(tokens) tokens")
    self.tokens = tokens
    self.tokenDimension = tokenDimension
    self.answers = answers
  }

  public var inputCount: Int { tokens * tokenDimension }
  public var outputCount: Int { answers * tokenDimension }
  public var parameterCount: Int { 0 }
  public var operations: Double { 0 }
  public var lipschitzConstant: Double? { 1 }
  private var offset: Int { (tokens - answers) * tokenDimension }

  public func initialise(_ parameters: UnsafeMutablePointer<Double>, stream: inout RandomStream) {}

  public func evaluate<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, into result: UnsafeMutablePointer<Scalar>
  ) {
    for sample in 0..<count {
      (result + sample * outputCount).update(from: states + sample * inputCount + offset, count: outputCount)
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
      Scalar.Kernels.addScaled(outputCount, 1, cotangent + sample * outputCount, target, target)
    }
  }
}
