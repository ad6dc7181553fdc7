import DepthNumerics
import DepthRuns
import DepthStopping
import DepthTheory
import Testing

@Suite struct ReplicatedComparisonTests {
  /// Three classes whose right logit grows by a noisy unit a block; half of the samples to fit, half to test.
  static func paths(_ n: Int, blocks: Int, seed: UInt64, labelSeed: UInt64) -> StoppingPaths {
    var (logits, losses, labels) = ([Double](), [Double](), [Int]())
    var labelStream = RandomStream(seed: labelSeed)
    for sample in 0..<n {
      var stream = RandomStream(seed: seed, stream: UInt64(sample))
      let label = labelStream.integer(below: 3)
      var z = [0.0, 0, 0]
      for _ in 0...blocks {
        let noise = stream.normals(3)
        for j in 0..<3 { z[j] += noise[j] + (j == label ? 0.8 : 0) }
        logits += z
        losses.append(z.indices.max { z[$0] < z[$1] } == label ? 0 : 1)
      }
      labels.append(label)
    }
    let ones = [Double](repeating: 1, count: blocks + 1)
    return StoppingPaths(
      sampleCount: n, exitCount: blocks + 1, stoppingLoss: losses, featureNames: LogitFeatures.names,
      features: LogitFeatures.all(logits, classes: 3), classCount: 3, logits: logits, labels: labels,
      split: (0..<n).map { $0 % 2 == 0 ? .fit : .test },
      operations: ExitOperations(trunk: (0...blocks).map { 100 * Double($0) }, head: ones, gate: ones))
  }

  static func comparison(_ paths: StoppingPaths, options: DepthComparison.Options = .init()) throws -> DepthComparison {
    try DepthComparison(paths, runningCost: 0.02, coordinate: nil, options: options)
  }

  @Test func sameTestSamplesAreCrossed() throws {
    let runs = try [1, 2, 3].map { seed in
      (name: "run \(seed)", comparison: try Self.comparison(Self.paths(600, blocks: 5, seed: seed, labelSeed: 9)))
    }
    let replicated = try ReplicatedComparison(runs)
    #expect(replicated.design == .crossed)
    for (index, rule) in replicated.rules.enumerated() {
      let means = runs.map { $0.comparison.rules[index].objective.value }
      #expect(abs(rule.objective.value - Statistics.mean(means)) < 1e-12)
      #expect(rule.objective.lower <= rule.objective.value && rule.operations != nil && rule.accuracy != nil)
    }
    let confidence = try #require(replicated.rules.first { $0.name == "confidence" })
    #expect(confidence.difference == Interval(value: 0, lower: 0, upper: 0))
    let others = try (1...2).map { seed in
      (
        name: "run \(seed)",
        comparison: try Self.comparison(Self.paths(600, blocks: 5, seed: UInt64(seed), labelSeed: UInt64(seed)))
      )
    }
    #expect(try ReplicatedComparison(others).design == .nested)
    let deeper = (name: "deeper", comparison: try Self.comparison(Self.paths(600, blocks: 6, seed: 1, labelSeed: 9)))
    #expect(throws: InputError.self) { try ReplicatedComparison([runs[0], deeper]) }
  }

  @Test func dedicatedNetworksArePairedOrRefused() throws {
    let main = Self.paths(600, blocks: 5, seed: 1, labelSeed: 9)
    let runs = [5, 2, 3].map { blocks in
      (name: "L\(blocks)", paths: Self.paths(600, blocks: blocks, seed: UInt64(blocks + 10), labelSeed: 9))
    }
    let comparison = try DepthComparison(main, runningCost: 0.02, coordinate: nil, dedicated: runs)
    let dedicated = try #require(comparison.dedicated)
    #expect(dedicated.names == ["L2", "L3", "L5"])
    #expect(dedicated.evaluations.map(\.expectedStoppingDepth.value) == [2, 3, 5])
    #expect(comparison.rules.last?.name == "dedicated" && comparison.differences.count == comparison.rules.count)
    let stranger = (name: "other", paths: Self.paths(600, blocks: 3, seed: 1, labelSeed: 8))
    #expect(throws: InputError.self) {
      try DepthComparison(main, runningCost: 0.02, coordinate: nil, dedicated: [stranger])
    }
  }

  @Test func optionsAreSaid() throws {
    let paths = Self.paths(500, blocks: 4, seed: 1, labelSeed: 9)
    let plain = try Self.comparison(paths)
    #expect(plain.baseline == "confidence" && plain.fixedDepths.count == 5 && plain.curve == nil)
    let scaled = try Self.comparison(paths, options: .init(calibrated: true, baseline: "entropy", curve: true))
    #expect(scaled.baseline == "entropy" && scaled.calibration == plain.calibration)
    #expect(scaled.json["rules"]?.arrayValue?.allSatisfy { $0["calibrated"] == true } == true)
    #expect((scaled.curve?.points.count ?? 0) > 50)
    // the losses that rules are judged by are those recorded
    #expect(scaled.fixedDepths.map(\.costs) == plain.fixedDepths.map(\.costs))
    #expect(throws: InputError.self) { try Self.comparison(paths, options: .init(baseline: "gate")) }
  }
}
