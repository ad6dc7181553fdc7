public import DepthNumerics
import DepthRuns
public import DepthStopping

/// Where a network halts against where the theory says it should, at one running cost.
///
/// Rules and predictions are fitted on the fit part, judged once on the test part, with paired bootstrap intervals over samples.
public struct DepthComparison: Sendable {
  /// What is compared beyond the rules and the prediction, all declared before the test part is read.
  public struct Options: Sendable {
    /// Whether all rules and the coordinate read temperature-scaled logits.
    public var calibrated = false
    /// The rule that others are paired with; nil for `confidence`, or `fixed-depth` without logits.
    public var baseline: String?
    /// Whether every rule is also swept over its threshold or cost.
    public var curve = false
    /// Whether coordinates that remember are tried beside the feature, and the best of them chosen.
    public var coordinates = false
    /// Whether a dual martingale bounds the value from below.
    public var bracket = false

    public init(
      calibrated: Bool = false, baseline: String? = nil, curve: Bool = false, coordinates: Bool = false,
      bracket: Bool = false
    ) {
      self.calibrated = calibrated
      self.baseline = baseline
      self.curve = curve
      self.coordinates = coordinates
      self.bracket = bracket
    }
  }

  public let runningCost: Double
  public let coordinate: String?
  public let options: Options
  public let fitSamples: Int
  public let testSamples: Int
  /// n labels of the test part, or empty.
  public let testLabels: [Int]
  public let rules: [RuleEvaluation]
  /// The rule that others are paired with.
  public let baseline: String
  /// `J(rule) - J(baseline)`, of `allRules`.
  public let differences: [Interval]
  /// Every depth 0...L as a rule.
  public let fixedDepths: [RuleEvaluation]
  /// nil without logits.
  public let calibration: CalibrationReport?
  /// nil unless asked for.
  public let curve: RuleCurve?
  /// nil unless dedicated networks were given.
  public let dedicated: DedicatedNetworks?
  /// Kernel and diffusion of the coordinate; empty where the paths have no feature to serve as one.
  public let predictions: [Judged]
  /// Every coordinate that was tried, with both kernels; empty unless asked for.
  public let coordinates: [Judged]
  /// The coordinate and kernel that were chosen on the fit part; its rule is `theory-boundary`.
  public let chosen: Judged?
  /// nil unless asked for, and where test samples are too few.
  public let bracket: DualBracket?
  public let fit: KramersMoyalFit?
  /// Where the coordinate's boundaries lie, predicted and learned; nil without predictions.
  public let boundaries: BoundaryComparison?

  /// The rule of least test objective that sees no labels: a description, chosen on the test part and so too good as an estimate.
  public let best: RuleEvaluation

  /// - Parameters:
  ///   - coordinate: a feature; nil leaves predictions out.
  ///   - dedicated: paths of networks of other depths on the same samples, by name.
  /// - Throws: `InputError` as rules and fits do.
  public init(
    _ paths: StoppingPaths, runningCost c: Double, coordinate: String?, options: Options = Options(),
    dedicated: [(name: String, paths: StoppingPaths)] = [], seed: UInt64 = 0,
    threads: Int = 1
  ) throws {
    guard c > 0, c.isFinite else { throw InputError.value(c, of: "running_cost", allowed: "positive numbers") }
    let recorded = try paths.fitAndTest()
    let (fit, test, report) = try Self.calibrate(recorded.fit, recorded.test, options, threads)
    let bootstrap = Bootstrap(sampleCount: test.sampleCount, seed: seed, groups: test.groups).drawn(threads: threads)
    let baseline = try Self.baseline(options, fit)
    let networks =
      try dedicated.isEmpty
      ? nil : DedicatedNetworks(dedicated, alongside: paths, runningCost: c, bootstrap: bootstrap, threads: threads)
    let fitted = try FittedRules(
      on: fit, runningCost: c, hasValues: options.bracket || options.coordinates, threads: threads)
    let evaluations =
      RuleEvaluation.evaluate(fitted.rules, on: test, runningCost: c, bootstrap: bootstrap, threads: threads)
      + (networks.map { [$0.best] } ?? [])
    let backward = evaluations.first { $0.name == "backward-induction" } ?? evaluations[0]
    let values = fitted.values
    let predicted = values?.values(test)
    let study = try coordinate.map {
      try PredictionStudy(
        fit, test, feature: $0, runningCost: c, values: options.coordinates ? values : nil, predicted: predicted,
        against: backward, bootstrap, threads)
    }
    runningCost = c
    self.coordinate = coordinate
    self.options = options
    (fitSamples, testSamples, testLabels) = (fit.sampleCount, test.sampleCount, test.labels)
    self.rules = evaluations
    self.baseline = baseline
    calibration = report
    self.dedicated = networks
    predictions = study?.predictions ?? []
    coordinates = study?.coordinates ?? []
    chosen = study?.chosen
    self.fit = study?.moments
    boundaries = try coordinate.map { name in
      BoundaryComparison(
        (study?.predictions ?? []).map(\.prediction), learned: backward.depths, on: test,
        feature: try test.featureIndex(name))
    }
    bracket =
      options.bracket
      ? predicted.flatMap {
        DualBracket.recorded(
          test, values: $0, upper: backward, runningCost: c, bootstrap: bootstrap, threads: threads)
      } : nil
    let families =
      options.curve ? try fitted.families(threads: threads) + (study?.families(around: c, threads: threads) ?? []) : []
    curve = options.curve ? RuleCurve(families, fitting: fit, judging: test, threads: threads) : nil
    best = evaluations.filter { !$0.seesLabels }.min { $0.objective.value < $1.objective.value } ?? evaluations[0]
    fixedDepths = RuleEvaluation.evaluate(
      (0...test.blockCount).map { FixedDepth($0) }, on: test, runningCost: c, bootstrap: bootstrap, threads: threads)
    let paired = evaluations.first { $0.name == baseline } ?? evaluations[0]
    differences = RuleEvaluation.differences(
      evaluations + Self.theoryRules(study), from: paired, bootstrap: bootstrap, threads: threads)
  }

  private static func theoryRules(_ study: PredictionStudy?) -> [RuleEvaluation] {
    (study?.predictions.map(\.realised) ?? []) + (study?.chosen.map { [$0.realised] } ?? [])
  }

  /// `rules` and then those of the predictions and of the chosen one.
  public var allRules: [RuleEvaluation] {
    rules + predictions.map(\.realised) + (chosen.map { [$0.realised] } ?? [])
  }

  /// Temperatures are fitted on the fit part and judged on the test part, whether rules use them or not.
  private static func calibrate(
    _ fit: StoppingPaths, _ test: StoppingPaths, _ options: Options, _ threads: Int
  ) throws -> (fit: StoppingPaths, test: StoppingPaths, report: CalibrationReport?) {
    guard fit.classCount > 0, !fit.labels.isEmpty else {
      if options.calibrated { throw InputError.usage("--calibrated needs logits and labels, these paths have none") }
      return (fit, test, nil)
    }
    let scaling = try TemperatureScaling(fitting: fit, threads: threads)
    let report = try CalibrationReport(scaling, judging: test, threads: threads)
    return options.calibrated ? (scaling.apply(fit), scaling.apply(test), report) : (fit, test, report)
  }

  private static func baseline(_ options: Options, _ fit: StoppingPaths) throws -> String {
    let available = RuleCatalogue.available(on: fit)
    guard let asked = options.baseline else { return available.contains("confidence") ? "confidence" : "fixed-depth" }
    guard available.contains(asked) else {
      throw InputError.unknown(asked, kindOfName: "baseline", known: available)
    }
    return asked
  }
}
