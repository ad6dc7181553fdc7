import DepthNumerics
import DepthStopping

/// All predictions at one cost: fitted and chosen on the fit part, then read once on the test part.
struct PredictionStudy: Sendable {
  /// Of the user's own feature: kernel and diffusion.
  let predictions: [DepthComparison.Judged]
  /// Every coordinate with both kernels; empty where the study was not asked for.
  let coordinates: [DepthComparison.Judged]
  /// The one chosen on the fit part, its rule called `theory-boundary`; nil without the study.
  let chosen: DepthComparison.Judged?
  let moments: KramersMoyalFit
  private let featureIndex: Int
  private let feature: CoordinateKernel
  private let chosenKernel: (kernel: CoordinateKernel, level: DepthPrediction.Level)?

  static let levels: [DepthPrediction.Level] = [.kernel, .stoppedKernel]

  /// - Parameter values: regressions on the fit part; nil leaves coordinates but the feature out.
  /// - Throws: `InputError` as the fits do.
  init(
    _ fit: StoppingPaths, _ test: StoppingPaths, feature name: String, runningCost c: Double, values: ValueRegression?,
    predicted: ValueRegression.Values?, against backward: RuleEvaluation, _ bootstrap: Bootstrap, _ threads: Int
  ) throws {
    featureIndex = try fit.featureIndex(name)
    let moments = try KramersMoyalFit(fitting: fit, coordinate: name, threads: threads)
    let kernels =
      try values.map { try TheoryBoundary.kernels(fit, feature: name, values: $0, threads: threads) }
      ?? [CoordinateKernel(PredictionCoordinate(feature: name, of: fit), on: fit)]
    let choice = values == nil ? nil : CoordinateChoice(kernels, runningCost: c, threads: threads)
    let own = Self.featureCandidates(kernels[0], moments, featureIndex, fit, test, c)
    let studied = choice == nil ? [] : Self.candidates(kernels, test, predicted, c, threads)
    let chosen = choice.map { studied[$0.chosen] }.map { best in
      guard let rule = best.rule as? CoordinateRule else { return best }
      let renamed = CoordinateRule(rule.coordinate, cells: rule.cells, stops: rule.stops)
      return best.renamed(renamed)
    }
    var judged = DepthComparison.Judged.judge(
      own + studied + (chosen.map { [$0] } ?? []), on: test, runningCost: c, against: backward, bootstrap, threads)
    if let choice {
      let tests = Parallel.map(kernels.count, threads: threads) { CoordinateTests(kernels[$0]) }
      for (index, candidate) in choice.candidates.enumerated() {
        let validation = DepthComparison.Validation(
          objective: candidate.objective, optimismGap: candidate.optimismGap,
          kolmogorovSmirnov: candidate.kolmogorovSmirnov, isChosen: index == choice.chosen)
        for place in [own.count + index] + (index == choice.chosen ? [judged.count - 1] : []) {
          judged[place].validation = validation
          judged[place].tests = tests[candidate.coordinate]
        }
      }
    }
    predictions = Array(judged.prefix(own.count))
    self.coordinates = Array(judged[own.count..<(own.count + studied.count)])
    self.chosen = chosen == nil ? nil : judged.last
    self.moments = moments
    feature = kernels[0]
    chosenKernel = choice.map { (kernels[$0.candidates[$0.chosen].coordinate], $0.candidates[$0.chosen].level) }
  }

  private static func featureCandidates(
    _ kernel: CoordinateKernel, _ moments: KramersMoyalFit, _ feature: Int, _ fit: StoppingPaths, _ test: StoppingPaths,
    _ c: Double
  ) -> [DepthComparison.Judged.Candidate] {
    [kernel.predict(runningCost: c), moments.predict(runningCost: c)].map { prediction in
      let rule = BoundaryRule(
        feature: feature, intervals: prediction.intervals, name: "theory-boundary-\(prediction.level.rawValue)")
      return DepthComparison.Judged.Candidate(
        prediction, rule, test: rule.stoppingDepths(test), fit: rule.stoppingDepths(fit), fit.stoppingLoss, c)
    }
  }

  private static func candidates(
    _ kernels: [CoordinateKernel], _ test: StoppingPaths, _ predicted: ValueRegression.Values?, _ c: Double,
    _ threads: Int
  ) -> [DepthComparison.Judged.Candidate] {
    let shown = Parallel.map(kernels.count, threads: threads) {
      kernels[$0].coordinate.values(test, predicted: predicted)
    }
    return Parallel.map(kernels.count * levels.count, threads: threads) { index in
      let (kernel, level) = (kernels[index / levels.count], levels[index % levels.count])
      let prediction = kernel.predict(runningCost: c, level: level)
      let rule = kernel.rule(
        runningCost: c, level: level, name: "theory-boundary-\(kernel.coordinate.name)-\(level.rawValue)")
      return DepthComparison.Judged.Candidate(
        prediction, rule, test: rule.stoppingDepths(shown[index / levels.count]), fit: kernel.paths.depths(rule.stops),
        kernel.paths.losses, c)
    }
  }

  /// The theory's boundaries as families, their regions computed again at each cost.
  func families(around c: Double, threads: Int) -> [RuleFamily] {
    let costs = RuleFamily.costs(around: c)
    let (index, feature, moments) = (featureIndex, feature, moments)
    let own = [DepthPrediction.Level.kernel, .diffusion].map { level in
      RuleFamily(
        Parallel.map(costs.count, threads: threads) { place -> any StoppingRule in
          let prediction =
            level == .kernel
            ? feature.predict(runningCost: costs[place]) : moments.predict(runningCost: costs[place])
          return BoundaryRule(
            feature: index, intervals: prediction.intervals, name: "theory-boundary-\(level.rawValue)")
        }, parameters: costs)
    }
    guard let chosen = chosenKernel else { return own }
    let rules = Parallel.map(costs.count, threads: threads) {
      chosen.kernel.rule(runningCost: costs[$0], level: chosen.level, name: "theory-boundary")
    }
    return own + [
      RuleFamily("theory-boundary", parameters: costs, reading: rules[0].reading) { paths in
        let values = chosen.kernel.coordinate.values(paths)
        return rules.map { $0.stoppingDepths(values) }
      }
    ]
  }
}
