public import DepthRuns

/// `confidence`, `entropy` and `tuned-gate`: stop at the first exit where a feature passes a threshold, one for all exits.
public struct ThresholdRule: OnlineRule {
  public let name: String
  public let feature: Int
  public let threshold: Double
  /// Whether large values stop (confidence) or small ones (entropy).
  public let stopsAbove: Bool
  public let reading: ExitReading
  public let parameters: [String: JSONValue]

  /// The threshold of least objective on these paths, among all that make a difference there.
  ///
  /// - Throws: `InputError.usage` when the paths lack the feature.
  public init(
    _ name: String, feature featureName: String, stopsAbove: Bool, fitting paths: StoppingPaths, runningCost: Double
  ) throws {
    let feature = try paths.featureIndex(featureName)
    let sweep = Self.sweep(paths, feature, stopsAbove, runningCost)
    self.init(
      name, feature: feature, threshold: stopsAbove ? sweep.best : -sweep.best, stopsAbove: stopsAbove,
      parameters: [
        "fit_samples": .integer(paths.sampleCount), "candidates": .integer(sweep.thresholds.count),
      ])
  }

  /// Rules of the same feature whose mean depths on these paths are spread evenly from 0 to L.
  ///
  /// - Throws: `InputError.usage` when the paths lack the feature.
  public static func spread(
    _ name: String, feature featureName: String, stopsAbove: Bool, over paths: StoppingPaths, count: Int
  ) throws -> [ThresholdRule] {
    let feature = try paths.featureIndex(featureName)
    return sweep(paths, feature, stopsAbove, 0).spread(count).map {
      ThresholdRule(name, feature: feature, threshold: stopsAbove ? $0 : -$0, stopsAbove: stopsAbove)
    }
  }

  private static func sweep(
    _ paths: StoppingPaths, _ feature: Int, _ stopsAbove: Bool, _ runningCost: Double
  ) -> ThresholdSweep {
    let (exits, width) = (paths.exitCount, paths.featureCount)
    return paths.features.withUnsafeBufferPointer { features in
      ThresholdSweep(paths, runningCost: runningCost) { sample, exit in
        let value = features[(sample * exits + exit) * width + feature]
        return stopsAbove ? value : -value
      }
    }
  }

  init(
    _ name: String, feature: Int, threshold: Double, stopsAbove: Bool, parameters: [String: JSONValue] = [:]
  ) {
    self.name = name
    self.feature = feature
    self.threshold = threshold
    self.stopsAbove = stopsAbove
    reading = name.hasSuffix("gate") ? .gates : .heads
    // JSON has no infinity: null says that the rule stops at once or never
    self.parameters = parameters.merging(["threshold": threshold.isFinite ? JSONValue(threshold) : .null]) { $1 }
  }

  public var inputs: RuleInputs { RuleInputs(features: [feature]) }

  public func decide(_ shown: ExitObservation, into stops: UnsafeMutablePointer<Bool>) {
    shown.decide(into: stops) { features, _, _ in
      stopsAbove ? features[feature] >= threshold : features[feature] <= threshold
    }
  }
}

/// `gate`: the network's own gate, stopping at the first exit whose halting probability reaches one half.
///
/// With hard gates this is the stop that `L_depth` relaxes.
public struct GateRule: OnlineRule {
  public let name = "gate"
  public let threshold: Double
  private let rule: ThresholdRule

  /// - Throws: `InputError.usage` when the paths carry no halting probabilities.
  public init(_ paths: StoppingPaths, threshold: Double = 0.5) throws {
    self.threshold = threshold
    rule = ThresholdRule(
      name, feature: try paths.featureIndex("halting_probability"), threshold: threshold, stopsAbove: true)
  }

  public var reading: ExitReading { .gates }
  public var parameters: [String: JSONValue] { ["threshold": JSONValue(threshold)] }
  public var inputs: RuleInputs { rule.inputs }

  public func decide(_ shown: ExitObservation, into stops: UnsafeMutablePointer<Bool>) {
    rule.decide(shown, into: stops)
  }
}

/// `patience`: stop when the predicted class has been the same at p exits beyond its first.
///
/// Source: Zhou et al., "BERT Loses Patience", NeurIPS 2020.
public struct Patience: OnlineRule {
  public let name = "patience"
  public let patience: Int
  private let fitSamples: Int?

  public init(_ patience: Int) {
    self.patience = patience
    fitSamples = nil
  }

  /// The p in 0...L of least objective on these paths; the least among ties.
  ///
  /// - Throws: `InputError.usage` when the paths have no logits.
  public init(fitting paths: StoppingPaths, runningCost: Double) throws {
    guard paths.classCount > 0 else { throw InputError.usage("patience needs logits, these paths have none") }
    let objectives = (0...paths.blockCount).map { patience in
      Patience(patience).stoppingDepths(paths).enumerated().reduce(0.0) {
        $0 + paths.loss($1.offset, $1.element) + runningCost * Double($1.element)
      }
    }
    patience = objectives.indices.min { objectives[$0] < objectives[$1] } ?? 0
    fitSamples = paths.sampleCount
  }

  public var parameters: [String: JSONValue] {
    ["patience": .integer(patience), "fit_samples": fitSamples.map { .integer($0) } ?? .null]
  }

  public var inputs: RuleInputs { RuleInputs(logits: true) }
  public var memoryCount: Int { ClassAgreement.memoryCount }

  public func decide(_ shown: ExitObservation, into stops: UnsafeMutablePointer<Bool>) {
    shown.decide(into: stops) { _, logits, memory in
      ClassAgreement.count(at: shown.exit, logits, classes: shown.classCount, memory: memory) >= patience
    }
  }
}
