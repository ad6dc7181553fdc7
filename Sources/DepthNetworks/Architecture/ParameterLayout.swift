/// Where a network's parameters lie in one flat buffer.
///
/// Order: per stage its entry and its blocks (one, where weights are shared); W_s of shown inputs; per exit the matrix of head and
/// gate, U_k (classes x features) with w_k as a further row at exits 0...L-1, then their biases v_k and beta_k. The gate is a row
/// of the head's matrix so that one product gives both.
public struct ParameterLayout: Equatable, Sendable {
  /// Of each stage.
  public let entries: [Int]
  /// Of each block of all stages; equal within a stage whose weights are shared.
  public let blocks: [Int]
  /// W_s.
  public let shown: Int
  /// Of each exit: weights, and the biases after them.
  public let heads: [Int]
  public let headBiases: [Int]
  /// Columns of each exit's matrix, and its rows: the classes, and one more where there is a gate.
  public let headFeatures: [Int]
  public let headRows: [Int]
  public let parameterCount: Int
  public let stageOfBlock: [Int]
  /// The first block of each stage.
  public let firstBlocks: [Int]
  /// What weight decay applies to, ascending.
  public let decayedRanges: [Range<Int>]

  init(
    stages: [NetworkArchitecture.Stage], shown: ShownInputs?, classCount: Int, sharesWeights: Bool, answers: Int = 1
  ) {
    var (position, decayed) = (0, [Range<Int>]())
    var (entries, blocks, stageOfBlock, firstBlocks) = ([Int](), [Int](), [Int](), [Int]())
    func decay(_ ranges: [Range<Int>]) {
      decayed += ranges.map { ($0.lowerBound + position)..<($0.upperBound + position) }
    }
    for (index, stage) in stages.enumerated() {
      let (map, block) = (stage.entry.map, stage.block.block)
      entries.append(position)
      decay(map.decayedRanges)
      position += map.parameterCount
      firstBlocks.append(blocks.count)
      for member in 0..<stage.blocks {
        stageOfBlock.append(index)
        guard member == 0 || !sharesWeights else {
          blocks.append(blocks[blocks.count - 1])
          continue
        }
        blocks.append(position)
        decay(block.decayedRanges)
        position += block.parameterCount
      }
    }
    self.shown = position
    if let shown {
      decay([0..<(shown.count * stages[0].stateCount)])
      position += shown.count * stages[0].stateCount
    }
    var (heads, biases, features, rows) = ([Int](), [Int](), [Int](), [Int]())
    for exit in 0...blocks.count {
      let stage = stages[exit == 0 ? 0 : stageOfBlock[exit - 1]]
      features.append(stage.featureCount / answers)
      rows.append(classCount + (exit < blocks.count ? 1 : 0))
      heads.append(position)
      decay([0..<(rows[exit] * features[exit])])
      position += rows[exit] * features[exit]
      biases.append(position)
      position += rows[exit]
    }
    (self.entries, self.blocks, self.stageOfBlock, self.firstBlocks) = (entries, blocks, stageOfBlock, firstBlocks)
    (self.heads, headBiases, headFeatures, headRows) = (heads, biases, features, rows)
    parameterCount = position
    decayedRanges = decayed.filter { !$0.isEmpty }
  }
}
