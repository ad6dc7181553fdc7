public import DepthStopping

extension NetworkArchitecture {
  /// Floating-point operations by exit, a multiplication and an addition counting two.
  ///
  /// Of several answers a sample each has an equal share of entry and blocks: what one token's full depth costs, the keys and values
  /// that later tokens need of a halted one left out (`TokenHalting` counts what is really done). A pooling counts with the head and again with the gate that reads it: an upper bound, exact where there is no pooling.
  public var exitOperations: ExitOperations {
    func features(_ exit: Int) -> Double { Double(layout.headFeatures[exit]) }
    func pooling(_ exit: Int) -> Double { stages[stage(ofExit: exit)].pooling?.map.operations ?? 0 }
    var trunk = [stages[0].entry.map.operations]
    for block in 0..<blocks {
      let stage = layout.stageOfBlock[block]
      var total = trunk[block] + stages[stage].block.block.operations + 2 * Double(stages[stage].stateCount)
      if layout.firstBlocks.contains(block), stage > 0 { total += stages[stage].entry.map.operations }
      if let shown, block < shown.steps { total += 2 * Double(shown.count * stages[stage].stateCount) }
      trunk.append(total)
    }
    return ExitOperations(
      trunk: trunk.map { $0 / Double(answersPerSample) },
      head: (0..<exits).map { pooling($0) + 2 * features($0) * Double(classCount) },
      gate: (0..<exits).map { $0 < blocks ? pooling($0) + 2 * features($0) : 0 })
  }

  /// Floating-point operations to stop at exit k: its head, and the gates read up to there, its own included.
  public func operations(toExit k: Int) -> Double { exitOperations.totals(reading: .gates)[k] }
}
