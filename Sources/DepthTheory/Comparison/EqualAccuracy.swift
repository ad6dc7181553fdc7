public import DepthNumerics
public import DepthRuns
public import DepthStopping

/// How deep two networks have to go for the same accuracy.
///
/// For each, the shallowest member of the threshold rules (confidence, entropy, gate, patience) that on its own fit part keeps the
/// baseline's accuracy at the last exit but for a tolerance; both are judged once on the test part. The reduction is
/// `1 - E tau / E tau_baseline`, with a bootstrap interval over samples, paired where both have the same test samples.
public struct EqualAccuracy: Sendable {
  public static let defaultTolerance = 0.002

  /// A network at its chosen rule.
  public struct Choice: Equatable, Sendable {
    public let rule: String
    /// Threshold or patience.
    public let parameter: Double
    public let fitAccuracy: Double
    /// On the test part.
    public let depths: [Double]
    /// 1 where the prediction is right, on the test part.
    public let correct: [Double]
  }

  /// What is required on the fit parts.
  public let target: Double
  public let baseline: Choice
  /// nil where no rule of the network reaches the target.
  public let other: Choice?
  public let reduction: Interval?
  /// Accuracy of the other minus the baseline's, test.
  public let accuracyDifference: Interval?

  /// - Throws: `InputError.data` for paths without labels and logits, or of different samples.
  public init(
    baseline: StoppingPaths, other: StoppingPaths, tolerance: Double = defaultTolerance, seed: UInt64 = 0,
    threads: Int = 1
  ) throws {
    guard tolerance >= 0, tolerance < 1 else {
      throw InputError.value(tolerance, of: "accuracy_tolerance", allowed: "numbers from 0 below 1")
    }
    let (first, second) = (try baseline.fitAndTest(), try other.fitAndTest())
    for paths in [first, second] where paths.fit.classCount == 0 || paths.fit.labels.isEmpty {
      throw InputError.data("equal accuracy needs logits and labels, these paths have none")
    }
    guard first.test.labels == second.test.labels else {
      throw InputError.data("equal accuracy needs networks with the same test samples in the same order")
    }
    let fit = first.fit
    let right = (0..<fit.sampleCount).filter { fit.isCorrect($0, fit.blockCount) == true }.count
    target = Double(right) / Double(fit.sampleCount) - tolerance
    guard let own = try Self.choose(first.fit, first.test, target, threads) else {
      preconditionFailure("the last exit keeps its own accuracy \(target)")
    }
    self.baseline = own
    self.other = try Self.choose(second.fit, second.test, target, threads)
    guard let other = self.other else {
      (reduction, accuracyDifference) = (nil, nil)
      return
    }
    let bootstrap = Bootstrap(sampleCount: own.depths.count, seed: seed)
    reduction = bootstrap.interval(threads: threads) { counts in
      let (mine, base) = (Self.sum(other.depths, counts), Self.sum(own.depths, counts))
      return base > 0 ? 1 - mine / base : 0
    }
    accuracyDifference = bootstrap.mean(zip(other.correct, own.correct).map { $0 - $1 }, threads: threads)
  }

  private static func sum(_ values: [Double], _ counts: [Double]) -> Double {
    var total = 0.0
    for i in values.indices { total += values[i] * counts[i] }
    return total
  }

  /// Depths of members must be spread finely: between two of them accuracy goes unused.
  private static let thresholdCount = 401

  private static func choose(
    _ fit: StoppingPaths, _ test: StoppingPaths, _ target: Double, _ threads: Int
  ) throws -> Choice? {
    let spread = try [
      ("confidence", "confidence", true), ("entropy", "entropy", false), ("tuned-gate", "halting_probability", true),
    ].filter { fit.featureNames.contains($0.1) }.flatMap { name, feature, stopsAbove in
      try ThresholdRule.spread(name, feature: feature, stopsAbove: stopsAbove, over: fit, count: thresholdCount)
    }
    let members: [(rule: any StoppingRule, parameter: Double)] =
      spread.map { ($0, $0.threshold) } + (0...fit.blockCount).map { (Patience($0), Double($0)) }
    let judged = Parallel.map(members.count, threads: threads) { index -> (depth: Double, accuracy: Double) in
      let depths = members[index].rule.stoppingDepths(fit)
      let right = depths.indices.filter { fit.isCorrect($0, depths[$0]) == true }.count
      return (Double(depths.reduce(0, +)) / Double(depths.count), Double(right) / Double(depths.count))
    }
    let kept = judged.indices.filter { judged[$0].accuracy >= target }
    guard let best = kept.min(by: { judged[$0].depth < judged[$1].depth }) else { return nil }
    let depths = members[best].rule.stoppingDepths(test)
    return Choice(
      rule: members[best].rule.name, parameter: members[best].parameter, fitAccuracy: judged[best].accuracy,
      depths: depths.map(Double.init),
      correct: depths.indices.map { test.isCorrect($0, depths[$0]) == true ? 1 : 0 })
  }
}

/// Several pairs, seeds of the same two trainings.
public struct EqualAccuracyStudy: Sendable {
  public struct Pair: Sendable {
    public let baseline: String
    public let other: String
    public let outcome: EqualAccuracy

    public init(baseline: String, other: String, outcome: EqualAccuracy) {
      (self.baseline, self.other, self.outcome) = (baseline, other, outcome)
    }
  }

  public let pairs: [Pair]
  public let tolerance: Double

  public init(_ pairs: [Pair], tolerance: Double) {
    precondition(!pairs.isEmpty, "no pairs")
    (self.pairs, self.tolerance) = (pairs, tolerance)
  }

  /// Over the pairs, Student; of a single pair its own interval. nil where one of them has none.
  public var reduction: Interval? { over(\.reduction) }
  public var accuracyDifference: Interval? { over(\.accuracyDifference) }

  private func over(_ member: (EqualAccuracy) -> Interval?) -> Interval? {
    let all = pairs.compactMap { member($0.outcome) }
    guard all.count == pairs.count else { return nil }
    return all.count == 1 ? all[0] : Interval(replicates: all.map(\.value))
  }

  public var table: Table {
    let missing = Interval(value: .nan, lower: .nan, upper: .nan)
    let outcomes = pairs.map(\.outcome)
    func numbers(_ value: (EqualAccuracy.Choice) -> Double) -> [Double] {
      outcomes.map { $0.other.map(value) ?? .nan }
    }
    var table = Table(name: "equal-accuracy-pairs")
    table.add("baseline_run", pairs.map(\.baseline))
    table.add("run", pairs.map(\.other))
    table.add("target_accuracy", outcomes.map(\.target))
    table.add("baseline_rule", outcomes.map(\.baseline.rule))
    table.add("rule", outcomes.map { $0.other?.rule ?? "none" })
    table.add("baseline_depth", outcomes.map { Statistics.mean($0.baseline.depths) })
    table.add("expected_stopping_depth", numbers { Statistics.mean($0.depths) })
    table.add("baseline_accuracy", outcomes.map { Statistics.mean($0.baseline.correct) })
    table.add("accuracy", numbers { Statistics.mean($0.correct) })
    table.add("reduction", outcomes.map { $0.reduction ?? missing })
    table.add("accuracy_difference", outcomes.map { $0.accuracyDifference ?? missing })
    return table
  }

  public var json: JSONValue {
    func choice(_ choice: EqualAccuracy.Choice) -> JSONValue {
      [
        "rule": .string(choice.rule), "parameter": choice.parameter.isFinite ? JSONValue(choice.parameter) : .null,
        "fit_accuracy": JSONValue(choice.fitAccuracy),
        "expected_stopping_depth": JSONValue(Statistics.mean(choice.depths)),
        "accuracy": JSONValue(Statistics.mean(choice.correct)),
      ]
    }
    return [
      "accuracy_tolerance": JSONValue(tolerance),
      "pairs": .array(
        pairs.map { pair in
          [
            "baseline_run": .string(pair.baseline), "run": .string(pair.other),
            "target_accuracy": JSONValue(pair.outcome.target), "baseline": choice(pair.outcome.baseline),
            "other": pair.outcome.other.map(choice) ?? .null, "reduction": pair.outcome.reduction?.json ?? .null,
            "accuracy_difference": pair.outcome.accuracyDifference?.json ?? .null,
          ]
        }),
      "reduction": reduction?.json ?? .null, "accuracy_difference": accuracyDifference?.json ?? .null,
    ]
  }
}
