import DepthRuns

/// Recorded or simulated paths of a stopping problem in discrete depth: what rules, bounds and theorem checks read.
///
/// n samples, exits k = 0...L (exit 0 predicts before any block). Flat storage, sample-major: entry (i, k) of a
/// per-exit array is `i * exitCount + k`. Memory: 8 n (L+1) (1 + features + classes) bytes.
public struct StoppingPaths: Equatable, Sendable {
  /// Which part of the data a sample belongs to; rules are fitted on `.fit` and judged on `.test`.
  public enum Split: Int, CaseIterable, Sendable { case train = 0, fit = 1, test = 2 }

  public let sampleCount: Int
  /// L + 1.
  public let exitCount: Int
  /// Stopping loss `g_k` of each sample at each exit, n x (L+1).
  public let stoppingLoss: [Double]
  /// Names of the features z_k: "margin", "entropy", ...
  public let featureNames: [String]
  /// n x (L+1) x m.
  public let features: [Double]
  /// Classes in `logits`; 0 without.
  public let classCount: Int
  /// n x (L+1) x classes, or empty.
  public let logits: [Double]
  /// n, or empty.
  public let labels: [Int]
  /// `eps_k = ||f_k(h_k)||`, n x L, or empty.
  public let residualNorm: [Double]
  /// n, or empty: all samples then count as both fit and test, and results say so.
  public let split: [Split]
  /// Lipschitz constants `Lambda_k` of `g_k`, L+1, or empty.
  public let lipschitzConstant: [Double]
  /// Floating-point operations by exit, or nil.
  public let operations: ExitOperations?
  /// Which samples belong together (the tokens of one sequence): n numbers, equal within a group, or empty: each sample is its own.
  /// Samples of one group are dependent: intervals resample whole groups.
  public let groups: [Int]

  public var blockCount: Int { exitCount - 1 }
  public var featureCount: Int { featureNames.count }

  public init(
    sampleCount: Int, exitCount: Int, stoppingLoss: [Double], featureNames: [String] = [], features: [Double] = [],
    classCount: Int = 0, logits: [Double] = [], labels: [Int] = [], residualNorm: [Double] = [], split: [Split] = [],
    lipschitzConstant: [Double] = [], operations: ExitOperations? = nil, groups: [Int] = []
  ) {
    let cells = sampleCount * exitCount
    precondition(
      sampleCount > 0 && exitCount > 0 && stoppingLoss.count == cells,
      "stopping losses: \(stoppingLoss.count) for \(sampleCount) x \(exitCount)")
    precondition(features.count == cells * featureNames.count, "features: \(features.count)")
    precondition(logits.count == cells * classCount, "logits: \(logits.count)")
    precondition(labels.isEmpty || labels.count == sampleCount, "labels: \(labels.count)")
    precondition(
      residualNorm.isEmpty || residualNorm.count == sampleCount * (exitCount - 1),
      "residual norms: \(residualNorm.count)")
    precondition(split.isEmpty || split.count == sampleCount, "split: \(split.count)")
    precondition(groups.isEmpty || groups.count == sampleCount, "groups: \(groups.count)")
    precondition(
      lipschitzConstant.isEmpty || lipschitzConstant.count == exitCount,
      "Lipschitz constants: \(lipschitzConstant.count)")
    precondition(
      operations == nil || operations?.exitCount == exitCount, "operations: \(operations?.exitCount ?? 0) exits")
    self.sampleCount = sampleCount
    self.exitCount = exitCount
    self.stoppingLoss = stoppingLoss
    self.featureNames = featureNames
    self.features = features
    self.classCount = classCount
    self.logits = logits
    self.labels = labels
    self.residualNorm = residualNorm
    self.split = split
    self.lipschitzConstant = lipschitzConstant
    self.operations = operations
    self.groups = groups
  }

  /// `g_k` of sample i.
  public func loss(_ sample: Int, _ exit: Int) -> Double { stoppingLoss[sample * exitCount + exit] }

  /// Feature j of sample i at exit k.
  public func feature(_ sample: Int, _ exit: Int, _ index: Int) -> Double {
    features[(sample * exitCount + exit) * featureCount + index]
  }

  /// The column of a feature by name.
  ///
  /// - Throws: `InputError.usage` listing the features there are.
  public func featureIndex(_ name: String) throws -> Int {
    guard let index = featureNames.firstIndex(of: name) else {
      throw InputError.unknown(name, kindOfName: "feature", known: featureNames)
    }
    return index
  }

  /// The class of the largest logit of sample i at exit k; nil without logits.
  public func predictedClass(_ sample: Int, _ exit: Int) -> Int? {
    guard classCount > 0 else { return nil }
    return logits.withUnsafeBufferPointer { logits in
      logits.baseAddress.map {
        LogitFeatures.predictedClass($0 + (sample * exitCount + exit) * classCount, classes: classCount)
      }
    }
  }

  /// Whether the prediction at exit k is right; nil without logits and labels.
  public func isCorrect(_ sample: Int, _ exit: Int) -> Bool? {
    guard !labels.isEmpty, let predicted = predictedClass(sample, exit) else { return nil }
    return predicted == labels[sample]
  }

  /// Indices of the samples of a part; all of them where nothing was split.
  public func samples(of part: Split) -> [Int] {
    split.isEmpty ? Array(0..<sampleCount) : (0..<sampleCount).filter { split[$0] == part }
  }

  /// The paths of the given samples, in their order.
  public func selecting(_ samples: [Int]) -> StoppingPaths {
    func rows<T>(_ values: [T], _ width: Int) -> [T] {
      values.isEmpty ? [] : samples.flatMap { values[($0 * width)..<(($0 + 1) * width)] }
    }
    return StoppingPaths(
      sampleCount: samples.count, exitCount: exitCount, stoppingLoss: rows(stoppingLoss, exitCount),
      featureNames: featureNames, features: rows(features, exitCount * featureCount), classCount: classCount,
      logits: rows(logits, exitCount * classCount), labels: rows(labels, 1),
      residualNorm: rows(residualNorm, blockCount),
      split: rows(split, 1), lipschitzConstant: lipschitzConstant, operations: operations, groups: rows(groups, 1))
  }

  /// The same paths as if the network ended after `blocks` blocks.
  public func truncated(to blocks: Int) -> StoppingPaths {
    precondition((0...blockCount).contains(blocks), "\(blocks) of \(blockCount) blocks")
    func rows(_ values: [Double], _ kept: Int, _ all: Int, _ width: Int) -> [Double] {
      values.isEmpty
        ? [] : (0..<sampleCount).flatMap { values[($0 * all * width)..<(($0 * all + kept) * width)] }
    }
    return StoppingPaths(
      sampleCount: sampleCount, exitCount: blocks + 1, stoppingLoss: rows(stoppingLoss, blocks + 1, exitCount, 1),
      featureNames: featureNames, features: rows(features, blocks + 1, exitCount, featureCount), classCount: classCount,
      logits: rows(logits, blocks + 1, exitCount, classCount), labels: labels,
      residualNorm: rows(residualNorm, blocks, blockCount, 1), split: split,
      lipschitzConstant: Array(lipschitzConstant.prefix(blocks + 1)), operations: operations?.prefix(blocks + 1),
      groups: groups)
  }
}
