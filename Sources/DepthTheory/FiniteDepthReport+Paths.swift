import DepthNumerics
public import DepthRuns
public import DepthStopping

/// The theorem checked on recorded paths.
extension FiniteDepthReport {
  /// Rule and envelopes that the check used, for tables and figures.
  public struct Evidence: Sendable {
    public let envelope: GainEnvelope
    public let residuals: ResidualEnvelope?
    public let lipschitz: LipschitzEnvelope?
    public let rule: RuleEvaluation
    /// J of backward induction truncated to the first N blocks, N = 0...L, on the test part.
    public let truncated: [Double]

    /// The tables of a run folder beside the report's own.
    public var tables: [Table] { [envelope.table] + [residuals?.table, lipschitz?.table].compactMap { $0 } }
  }

  /// Rules are fitted on the fit part and judged on the test part; the envelope is estimated on both, never on the part
  /// that the network was trained on.
  ///
  /// - Throws: `InputError.usage` for an unknown coordinate or a cost that is not positive; `.data` for an empty part.
  public static func checking(
    _ paths: StoppingPaths, runningCost c: Double, coordinate: String?, seed: UInt64 = 0, threads: Int = 1
  ) throws -> (report: FiniteDepthReport, evidence: Evidence) {
    guard c > 0, c.isFinite else { throw InputError.value(c, of: "running_cost", allowed: "positive numbers") }
    let (fit, test) = try paths.fitAndTest()
    let heldOut = paths.split.isEmpty ? paths : paths.selecting(paths.samples(of: .fit) + paths.samples(of: .test))
    let gains = ConditionalGains(heldOut, threads: threads)
    let envelope = try GainEnvelope(heldOut, coordinate: coordinate, gains: gains)
    let bootstrap = Bootstrap(sampleCount: test.sampleCount, seed: seed, groups: test.groups)
    let rules = RuleEvaluation.evaluate(
      [
        BackwardInduction(fitting: fit, runningCost: c),
        LookAhead(steps: 1, fitting: fit, runningCost: c),
      ], on: test, runningCost: c, bootstrap: bootstrap, threads: threads)
    let costs = BackwardInduction.truncatedCosts(fitting: fit, judging: test, runningCost: c, threads: threads)
    let evidence = Evidence(
      envelope: envelope, residuals: ResidualEnvelope(heldOut), lipschitz: LipschitzEnvelope(heldOut), rule: rules[0],
      truncated: costs.map { Statistics.mean($0) })
    let check = RecordedCheck(
      test: test, heldOut: heldOut, runningCost: c, envelope: envelope, rule: rules[0], bootstrap: bootstrap,
      threads: threads)
    let bound = check.horizonBound
    let report = FiniteDepthReport(
      filtration:
        "rules of the recorded features \(test.featureNames.joined(separator: ", ")); tau is that of backward induction",
      runningCost: c, hypotheses: check.hypotheses(evidence, gains),
      expectedStoppingDepth: rules[0].expectedStoppingDepth, budget: check.budget, horizon: check.horizon,
      gainSum: check.gainSum,
      truncation: Truncation(
        points: check.truncation(costs), horizonBound: bound.map(Double.init), isOptimal: false),
      monotone: check.monotone(rules[1], gains), findings: findings(evidence))
    return (report, evidence)
  }

  private static func findings(_ evidence: Evidence) -> [String: JSONValue] {
    var members: [String: JSONValue] = ["truncated_objective": JSONValue(evidence.truncated)]
    if let fit = evidence.residuals?.fit {
      members["residual_norm_fit"] = [
        "law": .string(fit.law.rawValue), "scale": JSONValue(fit.scale), "rate": JSONValue(fit.rate),
      ]
    }
    for (key, gains) in [
      ("gain_envelope_fit", evidence.envelope.envelope), ("gain_fit", evidence.envelope.mean.map(\.value)),
    ] {
      guard let fit = DecayFit.best(gains)?.best else { continue }
      members[key] = ["law": .string(fit.law.rawValue), "scale": JSONValue(fit.scale), "rate": JSONValue(fit.rate)]
    }
    return members
  }
}

extension StoppingPaths {
  /// The parts that rules are fitted and judged on; both all samples where nothing was split.
  ///
  /// - Throws: `InputError.data` when a part is empty.
  public func fitAndTest() throws -> (fit: StoppingPaths, test: StoppingPaths) {
    guard !split.isEmpty else { return (self, self) }
    let (fit, test) = (samples(of: .fit), samples(of: .test))
    guard !fit.isEmpty, !test.isEmpty else {
      throw InputError.data(
        "'split' leaves \(fit.count) samples to fit and \(test.count) to test; both parts are needed")
    }
    return (selecting(fit), selecting(test))
  }
}
