public import DepthRuns

/// What a residual network is made of, without its weights: stages of residual blocks, and a head with a gate on every exit.
///
/// Stage s begins with a map (the first stage's from the inputs, the others' from the stage before) and has blocks
/// `h_{k+1} = h_k + Delta f_k(h_k)`, Delta = T/L, with L the blocks of all stages. Exits k = 0...L, exit 0 before any block; a
/// head reads the (pooled) state, `logits = U_k p(h_k) + v_k`, and at exits 0...L-1 so does a gate,
/// `lambda_k = sigmoid(w_k . p(h_k) + beta_k)`; `lambda_L = 1`.
///
/// With a answers a sample (a transformer that answers at every token) the features `p(h_k)` of one sample are a rows, and head and
/// gate read each row: a samples in one, each with losses, gates and a depth of its own.
public struct NetworkArchitecture: Equatable, Sendable {
  public struct Stage: Equatable, Sendable {
    public let entry: MapKind
    public let block: BlockKind
    public let blocks: Int
    /// From a state to the features of head and gate; nil: the state itself.
    public let pooling: MapKind?

    public init(entry: MapKind, block: BlockKind, blocks: Int, pooling: MapKind? = nil) {
      let (map, core) = (entry.map, block.block)
      precondition(blocks > 0, "\(blocks) blocks")
      precondition(map.outputCount == core.stateCount, "a map to \(map.outputCount), a block of \(core.stateCount)")
      precondition(
        pooling.map { $0.map.inputCount == core.stateCount && $0.map.parameterCount == 0 } ?? true,
        "a pooling of \(core.stateCount) entries without parameters is needed")
      self.entry = entry
      self.block = block
      self.blocks = blocks
      self.pooling = pooling
    }

    public var stateCount: Int { block.block.stateCount }
    public var featureCount: Int { pooling.map { $0.map.outputCount } ?? stateCount }
  }

  public let stages: [Stage]
  /// Rows of the inputs shown to the blocks one by one; only with a single stage, whose entry then has no inputs.
  public let shown: ShownInputs?
  public let classCount: Int
  /// T.
  public let depthHorizon: Double
  /// Whether all blocks of a stage have the same weights: an ordinary differential equation that does not depend on depth.
  public let sharesWeights: Bool
  /// Answers that heads and gates give of one sample.
  public let answersPerSample: Int
  /// Where the parameters lie.
  public let layout: ParameterLayout

  public init(
    stages: [Stage], shown: ShownInputs? = nil, classCount: Int, depthHorizon: Double, sharesWeights: Bool = false,
    answersPerSample: Int = 1
  ) {
    precondition(!stages.isEmpty && classCount > 1 && depthHorizon > 0, "\(stages.count) stages, \(classCount) classes")
    precondition(
      zip(stages, stages.dropFirst()).allSatisfy { $0.stateCount == $1.entry.map.inputCount },
      "a stage's entry does not fit the stage before")
    precondition(
      shown == nil || (stages.count == 1 && stages[0].entry.map.inputCount == 0),
      "shown inputs need one stage whose entry has no inputs")
    precondition(
      Self.answersFit(answersPerSample, stages), "\(answersPerSample) answers do not divide the features of every stage"
    )
    self.stages = stages
    self.shown = shown
    self.classCount = classCount
    self.depthHorizon = depthHorizon
    self.sharesWeights = sharesWeights
    self.answersPerSample = answersPerSample
    layout = ParameterLayout(
      stages: stages, shown: shown, classCount: classCount, sharesWeights: sharesWeights, answers: answersPerSample)
  }

  /// Whether features are that many rows of one token each, if more than one.
  private static func answersFit(_ answers: Int, _ stages: [Stage]) -> Bool {
    answers == 1
      || stages.allSatisfy { stage in
        guard answers > 1, case .transformer(let block) = stage.block else { return false }
        if case .lastToken(let pooling)? = stage.pooling { return pooling.answers == answers }
        return stage.pooling == nil && block.tokens == answers
      }
  }

  /// L.
  public var blocks: Int { layout.stageOfBlock.count }
  public var exits: Int { blocks + 1 }
  /// Delta = T/L.
  public var blockSize: Double { depthHorizon / Double(blocks) }
  /// Numbers of one sample.
  public var inputCount: Int { shown?.inputCount ?? stages[0].entry.map.inputCount }
  public var parameterCount: Int { layout.parameterCount }

  /// Scalars that the blocks of all stages keep of one sample for its backward pass.
  public var tapeCount: Double { Self.tapeCount(stages) }
  /// More than this would take gigabytes for a few samples.
  public static let mostTape = Double(1 << 25)

  private static func tapeCount(_ stages: [Stage]) -> Double {
    stages.reduce(0) { $0 + Double($1.blocks) * Double($1.block.block.tapeCount) }
  }

  /// Where the part of exit k's state begins that its first answer owns, and how long an answer's part is: of one answer the whole
  /// state, else its token's row.
  func answerPart(ofExit k: Int) -> (start: Int, size: Int) {
    let stage = stages[stage(ofExit: k)]
    guard answersPerSample > 1 else { return (0, stage.stateCount) }
    let size = layout.headFeatures[k]
    return (stage.stateCount - answersPerSample * size, size)
  }

  /// The stage whose state exit k reads.
  public func stage(ofExit k: Int) -> Int { k == 0 ? 0 : layout.stageOfBlock[k - 1] }
}

extension NetworkArchitecture {
  public var json: JSONValue {
    [
      "stages": .array(
        stages.map {
          [
            "entry": $0.entry.json, "block": $0.block.json, "blocks": .integer($0.blocks),
            "pooling": $0.pooling?.json ?? .null,
          ]
        }),
      "shown": shown.map { ["steps": .integer($0.steps), "count": .integer($0.count)] } ?? .null,
      "classes": .integer(classCount), "depth_horizon": JSONValue(depthHorizon),
      "shared_weights": .bool(sharesWeights), "answers_per_sample": .integer(answersPerSample),
    ]
  }

  /// - Throws: `InputError.data` naming what is missing, out of range, or does not fit.
  public init(json: JSONValue) throws {
    let reader = ArchitectureReader(json, "network")
    let stages = try reader.list("stages").map { value in
      let reader = ArchitectureReader(value, "stage")
      let (entry, block) = (
        try MapKind(json: reader.member("entry") ?? .null), try BlockKind(json: reader.member("block") ?? .null)
      )
      let pooling = try reader.member("pooling").map { try MapKind(json: $0) }
      let size = block.block.stateCount
      guard entry.map.outputCount == size, pooling.map({ $0.map.inputCount == size }) ?? true,
        pooling.map({ $0.map.parameterCount == 0 }) ?? true
      else { throw reader.failure("maps that do not fit its block of \(size) entries") }
      return Stage(entry: entry, block: block, blocks: try reader.size("blocks"), pooling: pooling)
    }
    let shown = try reader.member("shown").map { value in
      let reader = ArchitectureReader(value, "shown input")
      return ShownInputs(steps: try reader.size("steps"), count: try reader.size("count"))
    }
    let fits =
      zip(stages, stages.dropFirst()).allSatisfy { $0.stateCount == $1.entry.map.inputCount }
      && (shown == nil || (stages.count == 1 && stages[0].entry.map.inputCount == 0))
    let answers = try reader.size("answers_per_sample", or: 1)
    guard Self.answersFit(answers, stages) else {
      throw reader.failure("\(answers) answers a sample that are no tokens")
    }
    guard fits else { throw reader.failure("stages that do not fit each other") }
    // a sum of doubles cannot overflow, and bounds what the integers may become
    let classes = try reader.size("classes", from: 2)
    let parameters = stages.reduce(0.0) {
      let block = Double($1.block.block.parameterCount) + Double(classes + 1) * Double($1.featureCount)
      return $0 + block * Double($1.blocks + 1) + Double($1.entry.map.parameterCount)
    }
    guard parameters < 1e10 else { throw reader.failure("\(parameters) parameters") }
    let tape = Self.tapeCount(stages)
    guard tape <= Self.mostTape else { throw reader.failure("\(tape) intermediate values a sample") }
    guard Double(answers) * Double(classes) <= Self.mostTape else {
      throw reader.failure("\(answers) answers of \(classes) classes")
    }
    self.init(
      stages: stages, shown: shown, classCount: classes,
      depthHorizon: try reader.positive("depth_horizon"), sharesWeights: try reader.flag("shared_weights"),
      answersPerSample: answers)
  }
}
