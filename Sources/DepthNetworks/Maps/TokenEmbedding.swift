public import DepthNumerics

/// Tokens to the first state: row i is `E_(x_i) + P_i`, E (vocabulary x d) and P (tokens x d) learnt.
///
/// Inputs are the token numbers 0 ..< vocabulary as floating-point values. Parameters in the order E, P.
public struct TokenEmbedding: StateMap, Equatable {
  public let tokens: Int
  public let vocabulary: Int
  /// d.
  public let tokenDimension: Int

  public init(tokens: Int, vocabulary: Int, tokenDimension: Int) {
    precondition(tokens > 0 && vocabulary > 0 && tokenDimension > 0, "\(tokens) tokens of \(vocabulary)")
    self.tokens = tokens
    self.vocabulary = vocabulary
    self.tokenDimension = tokenDimension
  }

  public var inputCount: Int { tokens }
  public var outputCount: Int { tokens * tokenDimension }
  private var positions: Int { vocabulary * tokenDimension }
  public var parameterCount: Int { positions + outputCount }
  public var operations: Double { Double(outputCount) }
  public var decayedRanges: [Range<Int>] { [] }

  /// E of variance 1, P of 0.01.
  public func initialise(_ parameters: UnsafeMutablePointer<Double>, stream: inout RandomStream) {
    parameters.fill(normals: positions, deviation: 1, &stream)
    (parameters + positions).fill(normals: outputCount, deviation: 0.1, &stream)
  }

  public func evaluate<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, into result: UnsafeMutablePointer<Scalar>
  ) {
    let d = tokenDimension
    for sample in 0..<count {
      for token in 0..<tokens {
        let row = result + (sample * tokens + token) * d
        let symbol = parameters + number(states[sample * tokens + token]) * d
        Scalar.Kernels.addScaled(d, 1, symbol, parameters + positions + token * d, row)
      }
    }
  }

  public func pullback<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, cotangent: UnsafePointer<Scalar>,
    gradient: UnsafeMutablePointer<Scalar>?, stateGradient: UnsafeMutablePointer<Scalar>?
  ) {
    guard let gradient else { return }
    let d = tokenDimension
    for sample in 0..<count {
      for token in 0..<tokens {
        let row = cotangent + (sample * tokens + token) * d
        for target in [number(states[sample * tokens + token]) * d, positions + token * d] {
          Scalar.Kernels.addScaled(d, 1, row, gradient + target, gradient + target)
        }
      }
    }
  }

  private func number<Scalar: MatrixScalar>(_ value: Scalar) -> Int {
    let symbol = Int(value)
    precondition((0..<vocabulary).contains(symbol), "token \(symbol) of \(vocabulary)")
    return symbol
  }
}
