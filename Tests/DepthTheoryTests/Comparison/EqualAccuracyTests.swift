import DepthNumerics
import DepthRuns
import DepthStopping
import DepthTheory
import Testing

@Suite struct EqualAccuracyTests {
  /// The exits that `keep` names, of the same samples.
  static func thinned(_ paths: StoppingPaths, keep: [Int]) -> StoppingPaths {
    let (n, width, classes) = (paths.sampleCount, paths.featureCount, paths.classCount)
    var (losses, features, logits) = ([Double](), [Double](), [Double]())
    for sample in 0..<n {
      for exit in keep {
        let cell = sample * paths.exitCount + exit
        losses.append(paths.loss(sample, exit))
        features += paths.features[(cell * width)..<((cell + 1) * width)]
        logits += paths.logits[(cell * classes)..<((cell + 1) * classes)]
      }
    }
    return StoppingPaths(
      sampleCount: n, exitCount: keep.count, stoppingLoss: losses, featureNames: paths.featureNames,
      features: features, classCount: classes, logits: logits, labels: paths.labels, split: paths.split)
  }

  static let paths = ReplicatedComparisonTests.paths(4000, blocks: 12, seed: 3, labelSeed: 4)

  /// A network of whose blocks each does what two of the baseline's do stops after half as many, rounded up: `tau' = ceil(tau / 2)`
  /// for the same threshold.
  @Test func blocksThatDoTwiceAsMuchHalveTheDepth() throws {
    let fast = Self.thinned(Self.paths, keep: Array(stride(from: 0, through: 12, by: 2)))
    let outcome = try EqualAccuracy(baseline: Self.paths, other: fast)
    let reduction = try #require(outcome.reduction)
    #expect(reduction.lower > 0.3 && reduction.upper < 0.55, "\(reduction)")
    let difference = try #require(outcome.accuracyDifference)
    #expect(difference.lower <= 0.003 && difference.upper >= -0.003, "\(difference)")
    #expect(outcome.baseline.fitAccuracy >= outcome.target && outcome.other?.fitAccuracy ?? 0 >= outcome.target)
  }

  @Test func aNetworkAgainstItselfGainsNothing() throws {
    let outcome = try EqualAccuracy(baseline: Self.paths, other: Self.paths, tolerance: 0.01)
    #expect(outcome.reduction == Interval(value: 0, lower: 0, upper: 0))
    #expect(outcome.accuracyDifference == Interval(value: 0, lower: 0, upper: 0))
  }

  @Test func aNetworkThatNeverGetsThereHasNoDepth() throws {
    let shallow = Self.thinned(Self.paths, keep: [0, 1])
    let outcome = try EqualAccuracy(baseline: Self.paths, other: shallow)
    #expect(outcome.other == nil && outcome.reduction == nil && outcome.accuracyDifference == nil)
    let study = EqualAccuracyStudy([.init(baseline: "a", other: "b", outcome: outcome)], tolerance: 0.002)
    #expect(study.reduction == nil && study.table.rowCount == 1)
  }

  @Test func otherSamplesAreRefused() throws {
    let others = ReplicatedComparisonTests.paths(4000, blocks: 12, seed: 3, labelSeed: 5)
    #expect(throws: InputError.self) { try EqualAccuracy(baseline: Self.paths, other: others) }
    #expect(throws: InputError.self) { try EqualAccuracy(baseline: Self.paths, other: Self.paths, tolerance: -1) }
  }
}
