import DepthRuns

extension ResidualNetwork {
  /// The network run far beyond its trained depth: the shared block again and again, block size unchanged, the last exit's head on
  /// every further exit; gates there as untrained (they never halt on their own).
  ///
  /// Exits up to L are the trained network's, bit for bit. From L on one head reads all exits, so that `||f_k|| -> 0` does bound gains.
  /// - Throws: `InputError.usage` for a network whose blocks have weights of their own, of several stages, or fewer blocks than it has.
  public func extended(toBlocks blocks: Int) throws -> ResidualNetwork {
    guard architecture.sharesWeights, architecture.stages.count == 1 else {
      throw InputError.usage(
        "a network can run beyond its depth only where all its blocks share their weights (--shared-weights, one stage)"
      )
    }
    let trained = architecture.blocks
    guard blocks >= trained, blocks <= Self.mostBlocks else {
      throw InputError.value(blocks, of: "beyond", allowed: "\(trained) to \(Self.mostBlocks) blocks")
    }
    let stage = architecture.stages[0]
    let longer = NetworkArchitecture(
      stages: [
        NetworkArchitecture.Stage(entry: stage.entry, block: stage.block, blocks: blocks, pooling: stage.pooling)
      ], shown: architecture.shown, classCount: architecture.classCount,
      depthHorizon: architecture.blockSize * Double(blocks), sharesWeights: true,
      answersPerSample: architecture.answersPerSample)
    let (old, new) = (architecture.layout, longer.layout)
    // entry, shared block and W_s come first in both
    var result = [Double](repeating: 0, count: new.parameterCount)
    result.replaceSubrange(0..<new.heads[0], with: parameters[0..<old.heads[0]])
    let classes = architecture.classCount
    for exit in 0...blocks {
      let source = min(exit, trained)
      let features = new.headFeatures[exit]
      let rows = min(old.headRows[source], new.headRows[exit])
      for i in 0..<(rows * features) { result[new.heads[exit] + i] = parameters[old.heads[source] + i] }
      for i in 0..<rows { result[new.headBiases[exit] + i] = parameters[old.headBiases[source] + i] }
      // a gate without weights whose sigmoid is nothing
      if exit >= trained, exit < blocks { result[new.headBiases[exit] + classes] = -30 }
    }
    return ResidualNetwork(architecture: longer, parameters: result)
  }

  /// Blocks of an extended network.
  public static let mostBlocks = 4096
}
