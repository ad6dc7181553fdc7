import DepthNumerics

/// Forward and hand-written backward pass of one chunk of samples, in buffers made once; used by one thread at a time.
///
/// Memory: about chunk x (states, tapes and logits of all blocks) scalars and one gradient.
final class NetworkWorkspace<Scalar: MatrixScalar> {
  let architecture: NetworkArchitecture
  let layout: ParameterLayout
  let capacity: Int
  /// Answers of one sample.
  let answers: Int
  /// `h_k` of each exit, and what each block reads: the same, but after a transition or a shown input.
  let states: [UnsafeMutablePointer<Scalar>]
  let blockInputs: [UnsafeMutablePointer<Scalar>]
  let stateCounts: [Int]
  /// The part of each exit's state that an answer owns.
  let answerParts: [(start: Int, size: Int)]
  /// What each exit's head reads.
  let features: [UnsafeMutablePointer<Scalar>]
  /// A row an answer: classes, and the gate's score where there is one; of each exit.
  let logits: [UnsafeMutablePointer<Scalar>]
  let probabilities: [UnsafeMutablePointer<Scalar>]
  /// Answer by answer, as regularisers read them: L + 1, L and L an answer.
  let losses: UnsafeMutablePointer<Double>
  let gates: UnsafeMutablePointer<Double>
  let residualSquares: UnsafeMutablePointer<Double>
  let lossSlopes: UnsafeMutablePointer<Double>
  let gateSlopes: UnsafeMutablePointer<Double>
  let residualSlopes: UnsafeMutablePointer<Double>
  /// The last exit's probabilities, which distillation holds fixed.
  let teacher: UnsafeMutablePointer<Scalar>
  /// For tests: differences in the parameters must not see the teacher move.
  var keepsTeacher = false
  let gradient: UnsafeMutableBufferPointer<Scalar>

  let entryWorkspaces: [BlockWorkspace<Scalar>]
  let blockWorkspaces: [BlockWorkspace<Scalar>]
  let poolingWorkspaces: [BlockWorkspace<Scalar>?]
  /// Three rows of the widest state, and one exit's slopes.
  let update: UnsafeMutablePointer<Scalar>
  var slope: UnsafeMutablePointer<Scalar>
  var otherSlope: UnsafeMutablePointer<Scalar>
  let exitSlope: UnsafeMutablePointer<Scalar>
  let featureSlope: UnsafeMutablePointer<Scalar>
  let softLosses: UnsafeMutablePointer<Double>
  private let memory: WorkspaceMemory

  init(architecture: NetworkArchitecture, capacity: Int) {
    let memory = WorkspaceMemory()
    let (stages, layout) = (architecture.stages, architecture.layout)
    let (exits, blocks, classes) = (architecture.exits, architecture.blocks, architecture.classCount)
    func rows(_ width: Int) -> UnsafeMutablePointer<Scalar> { memory.allocate(capacity * width) }
    let answers = architecture.answersPerSample
    func answerRows(_ width: Int) -> UnsafeMutablePointer<Scalar> { rows(answers * width) }
    func numbers(_ width: Int) -> UnsafeMutablePointer<Double> { memory.allocate(capacity * answers * width) }
    let stageOfExit = (0..<exits).map(architecture.stage(ofExit:))
    let widest = stages.map(\.stateCount).max() ?? 0
    let states = stageOfExit.map { rows(stages[$0].stateCount) }
    blockInputs = (0..<blocks).map { block in
      let stage = layout.stageOfBlock[block]
      let isTransition = stage > 0 && layout.firstBlocks[stage] == block
      return isTransition || block < architecture.shown?.steps ?? 0 ? rows(stages[stage].stateCount) : states[block]
    }
    features = stageOfExit.indices.map { exit in
      stages[stageOfExit[exit]].pooling.map { rows($0.map.outputCount) } ?? states[exit]
    }
    stateCounts = stageOfExit.map { stages[$0].stateCount }
    logits = layout.headRows.map { answerRows($0) }
    probabilities = (0..<exits).map { _ in answerRows(classes) }
    teacher = answerRows(classes)
    (losses, lossSlopes, softLosses) = (numbers(exits), numbers(exits), numbers(1))
    (gates, gateSlopes) = (numbers(blocks), numbers(blocks))
    (residualSquares, residualSlopes) = (numbers(blocks), numbers(blocks))
    (update, slope, otherSlope) = (rows(widest), rows(widest), rows(widest))
    (exitSlope, featureSlope) = (answerRows(classes + 1), answerRows(layout.headFeatures.max() ?? 0))
    gradient = UnsafeMutableBufferPointer(
      start: memory.allocate(layout.parameterCount), count: layout.parameterCount)
    // blocks and maps never work at the same time
    let maps = stages.map(\.entry.map) + stages.compactMap { $0.pooling?.map }
    let scratch = rows((stages.map(\.block.block.scratchCount) + maps.map(\.scratchCount)).max() ?? 0)
    entryWorkspaces = stages.map { $0.entry.map.makeWorkspace(capacity: capacity, scratch: scratch) }
    blockWorkspaces = layout.stageOfBlock.map {
      stages[$0].block.block.makeWorkspace(capacity: capacity, scratch: scratch)
    }
    poolingWorkspaces = stageOfExit.map {
      stages[$0].pooling.map { $0.map.makeWorkspace(capacity: capacity, scratch: scratch) }
    }
    (self.architecture, self.layout, self.capacity, self.states, self.memory) =
      (architecture, layout, capacity, states, memory)
    (self.answers, answerParts) = (answers, (0..<exits).map(architecture.answerPart(ofExit:)))
  }

  var blocks: Int { layout.stageOfBlock.count }
  var exits: Int { blocks + 1 }
  var blockSize: Scalar { Scalar(architecture.blockSize) }
  /// Whether block k, the first of a stage but the first, begins with a map from the stage before.
  func beginsWithTransition(_ block: Int) -> Bool {
    let stage = layout.stageOfBlock[block]
    return stage > 0 && layout.firstBlocks[stage] == block
  }

  /// l_k of answer i.
  func loss(_ answer: Int, _ exit: Int) -> Double { losses[answer * exits + exit] }
  func gate(_ answer: Int, _ block: Int) -> Double { gates[answer * blocks + block] }

  /// The first exit whose state or logits hold a number that is not finite; nil when all are.
  func firstNonFiniteExit(count: Int) -> Int? {
    (0..<exits).first { exit in
      Scalar.Kernels.firstNonFiniteRow(count, stateCounts[exit], states[exit]) >= 0
        || Scalar.Kernels.firstNonFiniteRow(count * answers, layout.headRows[exit], logits[exit]) >= 0
    }
  }
}

/// Buffers that live as long as their owner.
final class WorkspaceMemory {
  private var buffers: [UnsafeMutableRawPointer] = []

  /// Zeros, on a cache line of their own.
  func allocate<T: Numeric>(_ count: Int) -> UnsafeMutablePointer<T> {
    let count = max(1, count)
    let raw = UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<T>.stride, alignment: 64)
    buffers.append(raw)
    return raw.initializeMemory(as: T.self, repeating: 0, count: count)
  }

  deinit { for buffer in buffers { buffer.deallocate() } }
}
