import DepthRuns

extension NetworkKind {
  /// Heads of every transformer block.
  static let transformerHeads = 4

  /// Learnt embeddings of tokens and positions, causal blocks of four heads with `state_dimension` entries a token and hidden width
  /// `width`, and on every exit the last token.
  func transformer(
    _ configuration: TrainingConfiguration, inputs: InputShape, classCount: Int
  ) throws -> NetworkArchitecture {
    guard case .tokens(let length, let vocabulary) = inputs else {
      throw InputError.usage("\(rawValue) cannot read \(inputs); allowed: tokens")
    }
    let dimension = configuration.stateDimension
    guard dimension % Self.transformerHeads == 0 else {
      throw InputError.value(
        dimension, of: "state_dimension", allowed: "multiples of \(Self.transformerHeads), the heads of \(rawValue)")
    }
    let block = TransformerBlock(
      tokens: length, tokenDimension: dimension, heads: Self.transformerHeads, width: configuration.width)
    return NetworkArchitecture(
      stages: [
        NetworkArchitecture.Stage(
          entry: .tokens(TokenEmbedding(tokens: length, vocabulary: vocabulary, tokenDimension: dimension)),
          block: .transformer(block), blocks: configuration.blocks,
          pooling: .lastToken(LastToken(tokens: length, tokenDimension: dimension)))
      ], classCount: classCount, depthHorizon: configuration.depthHorizon, sharesWeights: configuration.sharesWeights)
  }
}
