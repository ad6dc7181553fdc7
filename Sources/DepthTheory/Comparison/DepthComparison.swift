public import DepthNumerics
import DepthRuns
public import DepthStopping

/// Where a network halts against where the theory says it should, at one running cost.
///
/// Rules and predictions are fitted on the fit part, judged once on the test part, with paired bootstrap intervals over samples.
public struct DepthComparison: Sendable {
  /// One prediction held against its own rule, run on the test part.
  public struct Judged: Equatable, Sendable {
    public let prediction: DepthPrediction
    /// The theory's stopping region used as a rule.
    public let realised: RuleEvaluation
    public let kolmogorovSmirnov: Interval
    /// In blocks.
    public let wasserstein: Interval
    /// `(realised J - predicted J) / realised J`.
    public let optimismGap: Interval
    /// J of the theory's rule minus J of backward induction, the reference declared beforehand.
    public let regret: Interval
    /// Distances between the predicted law and that of backward induction, the network's own best halting.
    public let distanceToBackwardInduction: (kolmogorovSmirnov: Double, wasserstein: Double)

    public static func == (a: Judged, b: Judged) -> Bool {
      a.prediction == b.prediction && a.realised == b.realised && a.regret == b.regret
    }
  }

  /// What is compared beyond the rules and the prediction, all declared before the test part is read.
  public struct Options: Sendable {
    /// Whether all rules and the coordinate read temperature-scaled logits.
    public var calibrated = false
    /// The rule that others are paired with; nil for `confidence`, or `fixed-depth` without logits.
    public var baseline: String?
    /// Whether every rule is also swept over its threshold or cost.
    public var curve = false

    public init(calibrated: Bool = false, baseline: String? = nil, curve: Bool = false) {
      self.calibrated = calibrated
      self.baseline = baseline
      self.curve = curve
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
  /// `J(rule) - J(baseline)`, of `rules` and then of the predictions' rules.
  public let differences: [Interval]
  /// Every depth 0...L as a rule.
  public let fixedDepths: [RuleEvaluation]
  /// nil without logits.
  public let calibration: CalibrationReport?
  /// nil unless asked for.
  public let curve: RuleCurve?
  /// nil unless dedicated networks were given.
  public let dedicated: DedicatedNetworks?
  /// Empty where the paths have no feature to serve as coordinate.
  public let predictions: [Judged]
  public let fit: KramersMoyalFit?

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
    let bootstrap = Bootstrap(sampleCount: test.sampleCount, seed: seed, groups: test.groups)
    let baseline = try Self.baseline(options, fit)
    let networks =
      try dedicated.isEmpty
      ? nil : DedicatedNetworks(dedicated, alongside: paths, runningCost: c, bootstrap: bootstrap, threads: threads)
    let rules = try RuleCatalogue.all(on: fit, runningCost: c, threads: threads)
    let evaluations =
      RuleEvaluation.evaluate(rules, on: test, runningCost: c, bootstrap: bootstrap, threads: threads)
      + (networks.map { [$0.best] } ?? [])
    let theory = try coordinate.map { try Self.theory(fit, test, $0, c, evaluations, bootstrap, threads) }
    self.init(
      c, coordinate, options, recorded: (fit, test), evaluations, baseline, theory, report, networks,
      try options.curve ? Self.curve(fit, test, c, theory, threads) : nil, bootstrap, threads)
  }

  private init(
    _ c: Double, _ coordinate: String?, _ options: Options, recorded: (fit: StoppingPaths, test: StoppingPaths),
    _ evaluations: [RuleEvaluation], _ baseline: String, _ theory: Theory?, _ report: CalibrationReport?,
    _ networks: DedicatedNetworks?, _ curve: RuleCurve?, _ bootstrap: Bootstrap, _ threads: Int
  ) {
    let test = recorded.test
    runningCost = c
    self.coordinate = coordinate
    self.options = options
    fitSamples = recorded.fit.sampleCount
    testSamples = test.sampleCount
    testLabels = test.labels
    rules = evaluations
    self.baseline = baseline
    calibration = report
    dedicated = networks
    self.curve = curve
    predictions = theory?.judged ?? []
    fit = theory?.moments
    best = evaluations.filter { !$0.seesLabels }.min { $0.objective.value < $1.objective.value } ?? evaluations[0]
    fixedDepths = RuleEvaluation.evaluate(
      (0...test.blockCount).map { FixedDepth($0) }, on: test, runningCost: c, bootstrap: bootstrap, threads: threads)
    let paired = evaluations.first { $0.name == baseline } ?? evaluations[0]
    differences = RuleEvaluation.differences(
      evaluations + (theory?.judged.map(\.realised) ?? []), from: paired, bootstrap: bootstrap, threads: threads)
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

  private struct Theory {
    let feature: Int
    let kernel: CoordinateKernel
    let moments: KramersMoyalFit
    let judged: [Judged]
  }

  private static func theory(
    _ fit: StoppingPaths, _ test: StoppingPaths, _ coordinate: String, _ c: Double, _ rules: [RuleEvaluation],
    _ bootstrap: Bootstrap, _ threads: Int
  ) throws -> Theory {
    let feature = try fit.featureIndex(coordinate)
    let moments = try KramersMoyalFit(fitting: fit, coordinate: coordinate)
    let kernel = try CoordinateKernel(fitting: fit, coordinate: coordinate)
    let backward = rules.first { $0.name == "backward-induction" } ?? rules[0]
    let judged = [kernel.predict(runningCost: c), moments.predict(runningCost: c)]
      .map { Self.judge($0, feature, test, c, backward, bootstrap, threads) }
    return Theory(feature: feature, kernel: kernel, moments: moments, judged: judged)
  }

  /// The theory's boundary is one more family, its region computed again at each cost.
  private static func curve(
    _ fit: StoppingPaths, _ test: StoppingPaths, _ c: Double, _ theory: Theory?, _ threads: Int
  ) throws -> RuleCurve {
    var families = try RuleFamily.all(fitting: fit, runningCost: c, threads: threads)
    if let theory {
      let costs = RuleFamily.costs(around: c)
      for level in [DepthPrediction.Level.kernel, .diffusion] {
        let rules = Parallel.map(costs.count, threads: threads) { index -> any StoppingRule in
          let prediction =
            level == .kernel
            ? theory.kernel.predict(runningCost: costs[index]) : theory.moments.predict(runningCost: costs[index])
          return BoundaryRule(
            feature: theory.feature, intervals: prediction.intervals, name: "theory-boundary-\(level.rawValue)")
        }
        families.append(RuleFamily(rules, parameters: costs))
      }
    }
    return RuleCurve(families, fitting: fit, judging: test, threads: threads)
  }

  private static func judge(
    _ prediction: DepthPrediction, _ feature: Int, _ test: StoppingPaths, _ c: Double,
    _ backward: RuleEvaluation, _ bootstrap: Bootstrap, _ threads: Int
  ) -> Judged {
    let realised = RuleEvaluation(
      BoundaryRule(
        feature: feature, intervals: prediction.intervals, name: "theory-boundary-\(prediction.level.rawValue)"),
      on: test, runningCost: c, bootstrap: bootstrap,
      threads: threads)
    let (depths, costs, exits) = (realised.depths, realised.costs, test.exitCount)
    @Sendable func law(_ weights: [Double]) -> [Double] {
      var law = [Double](repeating: 0, count: exits)
      for (depth, weight) in zip(depths, weights) { law[depth] += weight / Double(depths.count) }
      return law
    }
    let found = bootstrap.intervals(threads: threads) { weights in
      let empirical = law(weights)
      let objective = BLAS.dot(weights.count, weights, costs) / Double(weights.count)
      return [
        LawDistance.kolmogorovSmirnov(prediction.law, empirical), LawDistance.wasserstein(prediction.law, empirical),
        (objective - prediction.objective) / objective,
      ]
    }
    return Judged(
      prediction: prediction, realised: realised, kolmogorovSmirnov: found[0], wasserstein: found[1],
      optimismGap: found[2], regret: realised.difference(from: backward, bootstrap: bootstrap, threads: threads),
      distanceToBackwardInduction: (
        LawDistance.kolmogorovSmirnov(prediction.law, backward.law),
        LawDistance.wasserstein(prediction.law, backward.law)
      ))
  }
}
