import DepthRuns

extension NetworkKind {
  /// Heads of every transformer block.
  static let transformerHeads = 4

  /// Learnt embeddings of tokens and positions, causal blocks of four heads with `state_dimension` entries a token and hidden width
  /// `width`; on every exit heads read the last `answers` tokens, each with the same weights.
  func transformer(
    _ configuration: TrainingConfiguration, inputs: InputShape, classCount: Int, answers: Int
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
    // all tokens are the state itself: nothing to copy
    let pooling =
      answers > 1 && answers == length
      ? nil : MapKind.lastToken(LastToken(tokens: length, tokenDimension: dimension, answers: answers))
    return NetworkArchitecture(
      stages: [
        NetworkArchitecture.Stage(
          entry: .tokens(TokenEmbedding(tokens: length, vocabulary: vocabulary, tokenDimension: dimension)),
          block: .transformer(block), blocks: configuration.blocks,
          pooling: pooling)
      ], classCount: classCount, depthHorizon: configuration.depthHorizon, sharesWeights: configuration.sharesWeights,
      answersPerSample: answers)
  }
}
