extension StoppingPaths {
  /// The rank of each sample's group, from 0; each sample is its own group where there are none.
  var groupPlaces: [Int] {
    guard !groups.isEmpty else { return Array(0..<sampleCount) }
    let numbers = Set(groups).sorted()
    let places = Dictionary(uniqueKeysWithValues: zip(numbers, numbers.indices))
    return groups.map { places[$0] ?? 0 }
  }

  /// One path a group: losses, features and residual norms are the means over its samples, operations their sum; logits and labels
  /// are left out. The part is that of the group's first sample.
  ///
  /// A rule on these stops all tokens of a sequence at one exit: sequence-level halting. Groups come in ascending order. Paths
  /// without groups are returned as they are; groups of different sizes keep the operations of an average one.
  public func averagedByGroup() -> StoppingPaths {
    guard !groups.isEmpty else { return self }
    let place = groupPlaces
    let groupCount = (place.max() ?? -1) + 1
    var sizes = [Double](repeating: 0, count: groupCount)
    for group in place { sizes[group] += 1 }
    func means(_ values: [Double], _ width: Int) -> [Double] {
      guard !values.isEmpty else { return [] }
      var result = [Double](repeating: 0, count: groupCount * width)
      for sample in 0..<sampleCount {
        let (source, target) = (sample * width, place[sample] * width)
        for j in 0..<width { result[target + j] += values[source + j] }
      }
      for cell in result.indices { result[cell] /= sizes[cell / width] }
      return result
    }
    var parts: [Split] = []
    if !split.isEmpty {
      parts = [Split](repeating: .test, count: groupCount)
      for sample in (0..<sampleCount).reversed() { parts[place[sample]] = split[sample] }
    }
    let scale = Double(sampleCount) / Double(groupCount)
    return StoppingPaths(
      sampleCount: groupCount, exitCount: exitCount, stoppingLoss: means(stoppingLoss, exitCount),
      featureNames: featureNames, features: means(features, exitCount * featureCount),
      residualNorm: means(residualNorm, blockCount), split: parts, lipschitzConstant: lipschitzConstant,
      operations: operations.map { $0.scaled(by: scale) })
  }
}

extension ExitOperations {
  /// All counts times a factor.
  public func scaled(by factor: Double) -> ExitOperations {
    ExitOperations(trunk: trunk.map { factor * $0 }, head: head.map { factor * $0 }, gate: gate.map { factor * $0 })
  }
}
