import DepthNumerics
public import DepthRuns

/// Which map leads into a stage, or from a state to what its head reads. A new kind is a case and one line in each of the four
/// switches below.
public enum MapKind: Equatable, Sendable {
  case linear(LinearMap)
  case imageStem(ImageStem)
  case stageTransition(StageTransition)
  case pixelMean(PixelMean)
  case tokens(TokenEmbedding)
  case lastToken(LastToken)

  public var map: any StateMap {
    switch self {
    case .linear(let map): map
    case .imageStem(let map): map
    case .stageTransition(let map): map
    case .pixelMean(let map): map
    case .tokens(let map): map
    case .lastToken(let map): map
    }
  }

  /// See `StateMap.evaluate`. By a switch, so that it is compiled for each kind and precision.
  func evaluate<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, into result: UnsafeMutablePointer<Scalar>
  ) {
    func run(_ map: some StateMap) {
      map.evaluate(parameters, states: states, count: count, workspace: workspace, into: result)
    }
    switch self {
    case .linear(let map): run(map)
    case .imageStem(let map): run(map)
    case .stageTransition(let map): run(map)
    case .pixelMean(let map): run(map)
    case .tokens(let map): run(map)
    case .lastToken(let map): run(map)
    }
  }

  /// See `StateMap.pullback`.
  func pullback<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, cotangent: UnsafePointer<Scalar>,
    gradient: UnsafeMutablePointer<Scalar>?, stateGradient: UnsafeMutablePointer<Scalar>?
  ) {
    func run(_ map: some StateMap) {
      map.pullback(
        parameters, states: states, count: count, workspace: workspace, cotangent: cotangent, gradient: gradient,
        stateGradient: stateGradient)
    }
    switch self {
    case .linear(let map): run(map)
    case .imageStem(let map): run(map)
    case .stageTransition(let map): run(map)
    case .pixelMean(let map): run(map)
    case .tokens(let map): run(map)
    case .lastToken(let map): run(map)
    }
  }

  public var json: JSONValue {
    switch self {
    case .linear(let map):
      ["kind": "linear", "input_count": .integer(map.inputCount), "output_count": .integer(map.outputCount)]
    case .imageStem(let map): map.json
    case .stageTransition(let map): map.json
    case .pixelMean(let map): map.json
    case .tokens(let map):
      [
        "kind": "tokens", "tokens": .integer(map.tokens), "vocabulary": .integer(map.vocabulary),
        "token_dimension": .integer(map.tokenDimension),
      ]
    case .lastToken(let map):
      [
        "kind": "last-token", "tokens": .integer(map.tokens), "token_dimension": .integer(map.tokenDimension),
        "answers": .integer(map.answers),
      ]
    }
  }

  /// - Throws: `InputError.data` for an unknown kind or a size out of range.
  public init(json: JSONValue) throws {
    let reader = ArchitectureReader(json, "map")
    switch try reader.text("kind") {
    case "linear":
      self = .linear(
        LinearMap(
          inputCount: try reader.size("input_count", from: 0), outputCount: try reader.size("output_count")))
    case "image-stem": self = .imageStem(try ImageStem(reader))
    case "stage-transition": self = .stageTransition(try StageTransition(reader))
    case "pixel-mean": self = .pixelMean(try PixelMean(reader))
    case "tokens":
      self = .tokens(
        TokenEmbedding(
          tokens: try reader.size("tokens"), vocabulary: try reader.size("vocabulary"),
          tokenDimension: try reader.size("token_dimension")))
    case "last-token":
      let (tokens, answers) = (try reader.size("tokens"), try reader.size("answers", or: 1))
      guard answers <= tokens else { throw reader.failure("\(answers) answers of \(tokens) tokens") }
      self = .lastToken(
        LastToken(tokens: tokens, tokenDimension: try reader.size("token_dimension"), answers: answers))
    case let kind: throw reader.failure("the kind '\(kind)'")
    }
  }
}
