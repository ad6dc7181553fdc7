public import DepthDynamics

extension ResidualNetwork {
  /// The blocks of a stage as one vector field in depth over [0, L_s Delta]: Euler with L_s steps is the network itself, bit for
  /// bit where Delta is a power of two (else but for the rounding of k Delta).
  ///
  /// Of networks without shown inputs; stages are joined by `enter`.
  public func field(ofStage stage: Int = 0) -> BlockwiseField<BlockField> {
    precondition(architecture.shown == nil, "shown inputs: the field depends on the sample")
    let kind = architecture.stages[stage].block
    return BlockwiseField(
      blocks: weights(ofStage: stage).map { BlockField(kind: kind, parameters: $0) }, blockSize: architecture.blockSize)
  }

  /// The same field of a network of tanh blocks, with the analytic derivatives, series and lanes of `TanhResidualField`: equal to
  /// `field(ofStage: 0)` but for rounding. nil for other networks.
  public var tanhField: BlockwiseField<TanhResidualField>? {
    guard architecture.stages.count == 1, architecture.shown == nil,
      case .tanh(let block) = architecture.stages[0].block
    else { return nil }
    return BlockwiseField(
      blocks: weights(ofStage: 0).map { TanhResidualField(core: block.core, parameters: $0) },
      blockSize: architecture.blockSize)
  }

  /// The state that a stage begins with, from the last state of the stage before (of the first stage: from the inputs).
  public func enter(stage: Int, from row: [Double]) -> [Double] {
    applied(architecture.stages[stage].entry, at: architecture.layout.entries[stage], to: row)
  }

  func weights(ofStage stage: Int) -> [[Double]] {
    let layout = architecture.layout
    let size = architecture.stages[stage].block.block.parameterCount
    return layout.blocks.indices.filter { layout.stageOfBlock[$0] == stage }.map {
      Array(parameters[layout.blocks[$0]..<(layout.blocks[$0] + size)])
    }
  }
}

extension ResidualNetwork {
  /// The state with which one input enters a stage, the blocks of the stages before having run.
  public func stateEntering(stage: Int, of input: [Double]) -> [Double] {
    var state = embed(input)
    for earlier in 0..<stage {
      let field = field(ofStage: earlier)
      for block in field.blocks {
        let update = block(depth: 0, state: state)
        state = zip(state, update).map { $0 + architecture.blockSize * $1 }
      }
      state = enter(stage: earlier + 1, from: state)
    }
    return state
  }
}
