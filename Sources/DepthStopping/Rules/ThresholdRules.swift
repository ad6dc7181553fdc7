import DepthRuns

/// `confidence` and `entropy`: stop at the first exit where a feature passes a threshold.
public struct ThresholdRule: StoppingRule {
  public let name: String
  public let feature: Int
  public let threshold: Double
  /// Whether large values stop (confidence) or small ones (entropy).
  public let stopsAbove: Bool

  /// The threshold of least objective on these paths, among 101 quantiles of the feature and never stopping.
  ///
  /// - Throws: `InputError.usage` when the paths lack the feature.
  public init(
    _ name: String, feature featureName: String, stopsAbove: Bool, fitting paths: StoppingPaths, runningCost: Double
  ) throws {
    let feature = try paths.featureIndex(featureName)
    let pooled = (0..<(paths.sampleCount * paths.exitCount)).map { paths.features[$0 * paths.featureCount + feature] }
      .sorted()
    let grid = (0...100).map { pooled[$0 * (pooled.count - 1) / 100] } + [stopsAbove ? Double.infinity : -.infinity]
    let candidates = grid.map {
      ThresholdRule(name: name, feature: feature, threshold: $0, stopsAbove: stopsAbove)
    }
    self = candidates.min {
      RuleEvaluation.objective($0, paths, runningCost) < RuleEvaluation.objective($1, paths, runningCost)
    }!
  }

  private init(name: String, feature: Int, threshold: Double, stopsAbove: Bool) {
    self.name = name
    self.feature = feature
    self.threshold = threshold
    self.stopsAbove = stopsAbove
  }

  public func stoppingDepths(_ paths: StoppingPaths) -> [Int] {
    (0..<paths.sampleCount).map { sample in
      (0..<paths.blockCount).first { exit in
        let value = paths.feature(sample, exit, feature)
        return stopsAbove ? value >= threshold : value <= threshold
      } ?? paths.blockCount
    }
  }
}

/// `patience`: stop when the predicted class has been the same at p exits beyond its first.
///
/// Source: Zhou et al., "BERT Loses Patience", NeurIPS 2020.
public struct Patience: StoppingRule {
  public let name = "patience"
  public let patience: Int
  public init(_ patience: Int) { self.patience = patience }

  /// - Throws: `InputError.usage` when the paths have no logits.
  public init(fitting paths: StoppingPaths, runningCost: Double) throws {
    guard paths.classCount > 0 else { throw InputError.usage("patience needs logits, these paths have none") }
    patience = (0...paths.blockCount).min {
      RuleEvaluation.objective(Patience($0), paths, runningCost)
        < RuleEvaluation.objective(Patience($1), paths, runningCost)
    }!
  }

  public func stoppingDepths(_ paths: StoppingPaths) -> [Int] {
    (0..<paths.sampleCount).map { sample in
      var (agreement, previous) = (0, paths.predictedClass(sample, 0))
      for exit in 0..<paths.blockCount {
        let predicted = paths.predictedClass(sample, exit)
        if exit > 0 { agreement = predicted == previous ? agreement + 1 : 0 }
        if agreement >= patience { return exit }
        previous = predicted
      }
      return paths.blockCount
    }
  }
}
