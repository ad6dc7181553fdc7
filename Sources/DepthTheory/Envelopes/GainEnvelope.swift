public import DepthNumerics
import DepthRuns
public import DepthStopping

/// Bounds `delta_k` of the conditional gain `E[g_k - g_{k+1} | F_k]`, from recorded paths.
///
/// Per block the samples are grouped twice: by quantiles of one coordinate, and (`SortedGains`) by the gain that a regression on all
/// features predicts out of fold, with the tails of largest prediction as groups of their own. `delta_k` is the largest upper
/// bound of any group's mean gain: Student's at 95 %, Bonferroni over all groups and blocks, whole sequences at a time where samples
/// are dependent. A group's mean is an unbiased estimate of its conditional gain whatever the regression is worth; a bad
/// regression only makes groups that tell less. The level is approximate, optimistic for heavy-tailed gains in small groups; nothing
/// is claimed with fewer than 30 samples. A group is no single state: within it conditional gains may differ, and the envelope is
/// relative to the filtration of the groups.
/// Source: sorted groups of Chernozhukov, Demirer, Duflo and Fernandez-Val, arXiv 1712.04802.
public struct GainEnvelope: Equatable, Sendable {
  /// Mean gain per block with its own 95 % interval.
  public let mean: [Interval]
  /// delta_k.
  public let envelope: [Double]
  /// The largest upper bound over the coordinate's bins.
  public let binned: [Double]
  /// The largest upper bound over the groups of predicted gain; empty without a regression.
  public let conditional: [Double]
  /// The largest group mean, without its margin.
  public let largestBinMean: [Double]
  /// The largest gain that the regression predicts of any sample; empty without one.
  public let largestPrediction: [Double]
  /// The largest gain of any sample.
  public let maximum: [Double]
  /// Bins in the block that has most; equal states share a bin.
  public let binCount: Int
  public let sampleCount: Int
  /// The coordinate's name, nil when one bin holds all.
  public let coordinate: String?

  /// Fewer samples in a bin say too little of its mean.
  public static let leastPerBin = 30

  /// Whether there are enough samples for the bounds to mean anything.
  public var isInformative: Bool { sampleCount >= Self.leastPerBin }

  /// - Parameters:
  ///   - coordinate: a feature's name; nil for unconditional means.
  ///   - gains: predictions for the same samples; nil for the coordinate alone.
  /// - Throws: `InputError.usage` for an unknown feature.
  public init(_ paths: StoppingPaths, coordinate: String?, gains: ConditionalGains? = nil, bins: Int = 10) throws {
    let feature = try coordinate.map { try paths.featureIndex($0) }
    let count = feature == nil ? 1 : max(1, min(bins, paths.sampleCount / Self.leastPerBin))
    let groupCount = gains == nil ? 0 : SortedGains.largestCount(paths.sampleCount)
    // Bonferroni over every group of every block
    let bound = ClusteredBound(level: 1 - 0.05 / Double((count + groupCount) * max(1, paths.blockCount)), paths.groups)
    let blocks = (0..<paths.blockCount).map { block -> Block in
      let own = (0..<paths.sampleCount).map { paths.loss($0, block) - paths.loss($0, block + 1) }
      let states = feature.map { index in (0..<paths.sampleCount).map { paths.feature($0, block, index) } }
      let predicted = gains.map { gains in (0..<paths.sampleCount).map { gains.prediction($0, block) } }
      return Block(own, Self.bins(states, count, paths.sampleCount), predicted, bound)
    }
    mean = blocks.map(\.mean)
    binned = blocks.map(\.binned)
    conditional = gains == nil ? [] : blocks.map(\.conditional)
    envelope = blocks.map { max($0.binned, $0.conditional) }
    largestBinMean = blocks.map(\.largestMean)
    largestPrediction = gains == nil ? [] : blocks.map(\.largestPrediction)
    maximum = blocks.map(\.maximum)
    binCount = blocks.map(\.binCount).max() ?? 1
    sampleCount = paths.sampleCount
    self.coordinate = binCount > 1 ? coordinate : nil
  }

  private static func bins(_ states: [Double]?, _ count: Int, _ samples: Int) -> [[Int]] {
    guard let states else { return [Array(0..<samples)] }
    let quantiles = QuantileBins(states, count: count)
    var cells = [[Int]](repeating: [], count: quantiles.count)
    for (sample, state) in states.enumerated() { cells[quantiles.bin(of: state)].append(sample) }
    return cells.filter { !$0.isEmpty }
  }

  private struct Block {
    let mean: Interval
    let binned: Double
    let conditional: Double
    let largestMean: Double
    let largestPrediction: Double
    let maximum: Double
    let binCount: Int

    init(_ gains: [Double], _ cells: [[Int]], _ predicted: [Double]?, _ bound: ClusteredBound) {
      let groups = predicted.map { SortedGains.groups($0) } ?? []
      mean = Interval(meanOf: gains)
      binned = cells.map { bound.upper(gains, of: $0) }.max() ?? .infinity
      conditional = groups.map { bound.upper(gains, of: $0) }.max() ?? -.infinity
      largestMean =
        (cells + groups).map { cell in cell.reduce(0) { $0 + gains[$1] } / Double(cell.count) }.max() ?? .nan
      largestPrediction = predicted?.max() ?? .nan
      maximum = gains.max() ?? .nan
      binCount = cells.count
    }
  }

  /// Columns `block`, `gain_mean`, `gain_lower`, `gain_upper`, `gain_envelope`, `gain_binned`, `gain_conditional`, `gain_predicted`,
  /// `gain_maximum`.
  public var table: Table {
    let missing = [Double](repeating: .nan, count: envelope.count)
    var table = Table(name: "gain-envelope")
    table.add("block", Array(0..<envelope.count))
    table.add("gain_mean", mean.map(\.value))
    table.add("gain_lower", mean.map(\.lower))
    table.add("gain_upper", mean.map(\.upper))
    table.add("gain_envelope", envelope)
    table.add("gain_binned", binned)
    table.add("gain_conditional", conditional.isEmpty ? missing : conditional)
    table.add("gain_predicted", largestPrediction.isEmpty ? missing : largestPrediction)
    table.add("gain_maximum", maximum)
    return table
  }
}

/// Groups of samples by predicted gain: ten of equal size, and the tails of largest prediction.
enum SortedGains {
  private static let quantiles = 10
  private static let tails = [0.05, 0.02, 0.01]

  /// No more groups than these come of n samples.
  static func largestCount(_ n: Int) -> Int {
    max(1, min(quantiles, n / GainEnvelope.leastPerBin))
      + tails.count { Int($0 * Double(n)) >= GainEnvelope.leastPerBin }
  }

  /// Samples of equal prediction share a group.
  static func groups(_ predicted: [Double]) -> [[Int]] {
    let n = predicted.count
    let bins = QuantileBins(predicted, count: max(1, min(quantiles, n / GainEnvelope.leastPerBin)))
    var groups = [[Int]](repeating: [], count: bins.count)
    for (sample, value) in predicted.enumerated() { groups[bins.bin(of: value)].append(sample) }
    let descending = predicted.sorted(by: >)
    for share in tails {
      let count = Int(share * Double(n))
      guard count >= GainEnvelope.leastPerBin else { continue }
      let least = descending[count - 1]
      groups.append(predicted.indices.filter { predicted[$0] >= least })
    }
    return groups.filter { !$0.isEmpty }
  }
}

/// One-sided upper confidence bounds of means by Student's t; of dependent samples by sums over their clusters.
struct ClusteredBound {
  let level: Double
  /// Of each sample; empty where samples are independent.
  private let clusters: [Int]

  init(level: Double, _ clusters: [Int]) {
    self.level = level
    self.clusters = clusters
  }

  /// Of the mean of `values` over the given samples: `mean + t sqrt(sum_c (sum_{i in c} (x_i - mean))^2 C/(C - 1)) / n`.
  ///
  /// Infinite for one cluster; the mean itself where nothing varies.
  func upper(_ values: [Double], of samples: [Int]) -> Double {
    let own = samples.map { values[$0] }
    guard !clusters.isEmpty else { return Statistics.upperBound(ofMean: own, level: level) }
    let mean = Statistics.mean(own)
    var sums: [Int: Double] = [:]
    for (sample, value) in zip(samples, own) { sums[clusters[sample], default: 0] += value - mean }
    guard sums.count > 1 else { return .infinity }
    // in the order of the clusters, so that the sum's rounding is always the same
    let scale = Double(sums.count) / Double(samples.count)
    let scaled = sums.sorted { $0.key < $1.key }.map { $0.value * scale }
    let centred = Statistics.upperBound(ofMean: scaled, level: level)
    return mean + max(0, centred)
  }
}
