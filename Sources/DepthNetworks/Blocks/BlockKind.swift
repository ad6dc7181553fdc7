import DepthNumerics
public import DepthRuns

/// Which residual block a stage is made of. A new kind is a case and one line in each of the four switches below.
public enum BlockKind: Equatable, Sendable {
  case tanh(TanhBlock)
  case preNorm(PreNormBlock)
  case convolution(ConvolutionalBlock)
  case transformer(TransformerBlock)

  public var block: any ResidualBlock {
    switch self {
    case .tanh(let block): block
    case .preNorm(let block): block
    case .convolution(let block): block
    case .transformer(let block): block
    }
  }

  /// `f(h)`; see `ResidualBlock.evaluate`. By a switch, so that it is compiled for each kind and precision.
  func evaluate<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, into result: UnsafeMutablePointer<Scalar>
  ) {
    func run(_ block: some ResidualBlock) {
      block.evaluate(parameters, states: states, count: count, workspace: workspace, into: result)
    }
    switch self {
    case .tanh(let block): run(block)
    case .preNorm(let block): run(block)
    case .convolution(let block): run(block)
    case .transformer(let block): run(block)
    }
  }

  /// See `ResidualBlock.pullback`.
  func pullback<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, cotangent: UnsafePointer<Scalar>, scale: Scalar,
    gradient: UnsafeMutablePointer<Scalar>?, stateGradient: UnsafeMutablePointer<Scalar>
  ) {
    func run(_ block: some ResidualBlock) {
      block.pullback(
        parameters, states: states, count: count, workspace: workspace, cotangent: cotangent, scale: scale,
        gradient: gradient, stateGradient: stateGradient)
    }
    switch self {
    case .tanh(let block): run(block)
    case .preNorm(let block): run(block)
    case .convolution(let block): run(block)
    case .transformer(let block): run(block)
    }
  }

  /// `{"kind": ..., sizes}`.
  public var json: JSONValue {
    switch self {
    case .tanh(let block):
      ["kind": "tanh", "state_count": .integer(block.stateCount), "width": .integer(block.width)]
    case .preNorm(let block):
      [
        "kind": "pre-norm", "state_count": .integer(block.stateCount), "width": .integer(block.width),
        "activation": .string(block.activation.rawValue),
      ]
    case .convolution(let block): block.json
    case .transformer(let block):
      [
        "kind": "transformer", "tokens": .integer(block.tokens), "token_dimension": .integer(block.tokenDimension),
        "heads": .integer(block.heads), "width": .integer(block.width), "causal": .bool(block.isCausal),
      ]
    }
  }

  /// - Throws: `InputError.data` for an unknown kind or a size out of range.
  public init(json: JSONValue) throws {
    let reader = ArchitectureReader(json, "block")
    switch try reader.text("kind") {
    case "tanh": self = .tanh(TanhBlock(stateCount: try reader.size("state_count"), width: try reader.size("width")))
    case "pre-norm":
      let activation = try reader.text("activation")
      guard let activation = PreNormBlock.Activation(rawValue: activation) else {
        throw reader.failure("the activation '\(activation)'")
      }
      self = .preNorm(
        PreNormBlock(
          stateCount: try reader.size("state_count", from: 2), width: try reader.size("width"), activation: activation))
    case "convolution": self = .convolution(try ConvolutionalBlock(reader))
    case "transformer":
      let (dimension, heads) = (try reader.size("token_dimension", from: 2), try reader.size("heads"))
      guard dimension % heads == 0 else { throw reader.failure("\(heads) heads that do not divide \(dimension)") }
      self = .transformer(
        TransformerBlock(
          tokens: try reader.size("tokens"), tokenDimension: dimension, heads: heads, width: try reader.size("width"),
          isCausal: try reader.flag("causal")))
    case let kind: throw reader.failure("the kind '\(kind)'")
    }
  }
}
