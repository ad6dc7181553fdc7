import DepthRuns

/// The networks that can be trained by name.
public enum NetworkKind: String, CaseIterable, Sendable {
  /// Pre-norm MLP blocks.
  case residualMLP = "residual-mlp"
  /// Tanh blocks, the residual core of `tanh-residual`: smooth, without normalisation.
  case tanhMLP = "tanh-mlp"
  /// Convolutional blocks in up to three stages of 16, 32 and 64 channels, for images.
  case residualCNN = "residual-cnn"
  /// Causal transformer blocks on tokens, answering at the last one or, where the data ask for more, at each of the last ones.
  case transformer

  /// - Throws: `InputError.usage` for an unknown name.
  public static func named(_ name: String) throws -> NetworkKind {
    guard let kind = NetworkKind(rawValue: name) else {
      throw InputError.unknown(name, kindOfName: "network", known: allCases.map(\.rawValue))
    }
    return kind
  }

  /// Which of the keys `width`, `state_dimension` and `activation` it reads.
  public var sizes: Set<String> {
    switch self {
    case .residualMLP: ["width", "state_dimension", "activation"]
    case .tanhMLP, .transformer: ["width", "state_dimension"]
    case .residualCNN: []
    }
  }

  /// The architecture for inputs of a shape and so many answers a sample.
  ///
  /// - Throws: `InputError.usage` when the network cannot read such inputs.
  public func architecture(
    _ configuration: TrainingConfiguration, inputs: InputShape, classCount: Int, answers: Int = 1
  ) throws -> NetworkArchitecture {
    guard answers == 1 || self == .transformer else {
      throw InputError.usage("\(rawValue) gives one answer a sample, the data ask for \(answers); allowed: transformer")
    }
    let (d, m) = (configuration.stateDimension, configuration.width)
    let block: BlockKind
    switch self {
    case .transformer:
      return try transformer(configuration, inputs: inputs, classCount: classCount, answers: answers)
    case .residualCNN: return try convolutional(configuration, inputs: inputs, classCount: classCount)
    case .residualMLP: block = .preNorm(PreNormBlock(stateCount: d, width: m, activation: configuration.activation))
    case .tanhMLP: block = .tanh(TanhBlock(stateCount: d, width: m))
    }
    var shown: ShownInputs?
    if case .shown(let steps, let count) = inputs {
      guard steps <= configuration.blocks else {
        throw InputError.value(
          configuration.blocks, of: "blocks", allowed: "from \(steps), for \(inputs): later rows would never be seen")
      }
      shown = ShownInputs(steps: steps, count: count)
    }
    if case .tokens = inputs { throw InputError.usage("\(rawValue) cannot read \(inputs); allowed: numbers") }
    let entry = MapKind.linear(LinearMap(inputCount: shown == nil ? inputs.count : 0, outputCount: d))
    return NetworkArchitecture(
      stages: [NetworkArchitecture.Stage(entry: entry, block: block, blocks: configuration.blocks)], shown: shown,
      classCount: classCount, depthHorizon: configuration.depthHorizon, sharesWeights: configuration.sharesWeights)
  }
}
