import DepthNumerics
import DepthRuns
public import DepthStopping

/// The theorem checked on recorded paths.
extension FiniteDepthReport {
  /// Rule and envelope that the check used, for tables and figures.
  public struct Evidence: Sendable {
    public let envelope: GainEnvelope
    public let residuals: ResidualEnvelope?
    public let rule: RuleEvaluation
    /// J of backward induction truncated to the first N blocks, N = 0...L, on the test part.
    public let truncated: [Double]
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
    let envelope = try GainEnvelope(heldOut, coordinate: coordinate)
    let bootstrap = Bootstrap(sampleCount: test.sampleCount, seed: seed, groups: test.groups)
    let rule = RuleEvaluation(
      BackwardInduction(fitting: fit, runningCost: c), on: test, runningCost: c, bootstrap: bootstrap, threads: threads)
    let evidence = Evidence(
      envelope: envelope, residuals: ResidualEnvelope(heldOut), rule: rule,
      truncated: truncation(fit, test, c))
    return (report(test, heldOut, evidence, c, fit, bootstrap, threads), evidence)
  }

  private static func report(
    _ test: StoppingPaths, _ heldOut: StoppingPaths, _ evidence: Evidence, _ c: Double, _ fit: StoppingPaths,
    _ bootstrap: Bootstrap, _ threads: Int
  ) -> FiniteDepthReport {
    let envelope = evidence.envelope
    let bound = envelope.isInformative ? horizonBound(gains: envelope.envelope, cost: c) : nil
    let depth = evidence.rule.expectedStoppingDepth
    let initialLoss = bootstrap.mean((0..<test.sampleCount).map { test.loss($0, 0) }, threads: threads)
    // a fitted rule that loses to stopping at once is far from tau*: the bounds on tau* say nothing of it
    let atOnce = bootstrap.mean(
      (0..<test.sampleCount).map { evidence.rule.costs[$0] - test.loss($0, 0) }, threads: threads)
    let isSensible = atOnce.lower <= 0
    let given = envelope.coordinate.map { "given \($0) in \(envelope.binCount) bins" } ?? "unconditional"
    let bounded = Hypothesis(
      name: "bounded-below", statement: "g >= 0 and c > 0",
      howChecked: "every recorded loss; the largest is \(heldOut.stoppingLoss.max() ?? 0)", isMet: true)
    let returns = Hypothesis(
      name: "diminishing-returns", statement: "E[g_k - g_{k+1} | F_k] <= delta_k, delta_j <= c for all j >= K(c)",
      howChecked:
        "approximate upper confidence bounds (Student 95 %, Bonferroni; optimistic for heavy tails) of the mean gains, \(given), on \(heldOut.sampleCount) held-out "
        + "samples; nothing is known beyond block \(heldOut.blockCount)",
      isMet: bound != nil && envelope.isInformative)
    return FiniteDepthReport(
      filtration:
        "rules of the recorded features \(test.featureNames.joined(separator: ", ")); tau is that of backward induction",
      runningCost: c, hypotheses: [bounded, returns] + lipschitz(heldOut), expectedStoppingDepth: depth,
      budget: budget(initialLoss, depth, c, isSensible),
      horizon: horizon(bound, evidence.rule, test, c, bootstrap, threads),
      gainSum: gainSum(bound, envelope.envelope, depth, c, isSensible),
      findings: findings(evidence, fit, test, c, bootstrap, threads))
  }

  private static func budget(
    _ initialLoss: Interval, _ depth: Interval, _ c: Double, _ isSensible: Bool
  ) -> Theorem {
    let right = initialLoss.value / c
    guard isSensible else { return notOptimal(right, depth) }
    return Theorem(
      bound: right, slack: right - depth.value, verdict: depth.lower <= initialLoss.upper / c ? .holds : .violated,
      reason: "E tau = \(depth.value) against E g_0 / c with E g_0 in [\(initialLoss.lower), \(initialLoss.upper)]")
  }

  private static func notOptimal(_ bound: Double, _ depth: Interval) -> Theorem {
    Theorem(
      bound: bound, slack: bound - depth.value, verdict: .hypothesesNotMet,
      reason: "the fitted rule does worse than stopping at once on the test part: its depth is not that of tau*")
  }

  /// T2 says that from K(c) on no further block pays: cutting the rule at K may not raise its objective.
  private static func horizon(
    _ bound: Int?, _ rule: RuleEvaluation, _ test: StoppingPaths, _ c: Double, _ bootstrap: Bootstrap, _ threads: Int
  ) -> Theorem {
    guard let bound else {
      return Theorem(
        bound: nil, slack: nil, verdict: .hypothesesNotMet,
        reason:
          "too few samples, or even the last recorded block may gain more than c in some bin: K(c) is not established")
    }
    let deepest = rule.depths.max() ?? 0
    let over = Double(rule.depths.filter { $0 > bound }.count) / Double(rule.depths.count)
    let cut = rule.depths.indices.map { sample -> Double in
      let depth = min(rule.depths[sample], bound)
      return test.loss(sample, depth) + c * Double(depth) - rule.costs[sample]
    }
    let loss = bootstrap.mean(cut, threads: threads)
    return Theorem(
      bound: Double(bound), slack: Double(bound - deepest), verdict: over == 0 || loss.lower <= 0 ? .holds : .violated,
      reason: over == 0
        ? "no test sample stops after K(c)"
        : "\(over) of the test samples stop later; cutting them at K(c) changes J by \(loss.value) [\(loss.lower), \(loss.upper)]"
    )
  }

  private static func gainSum(
    _ bound: Int?, _ deltas: [Double], _ depth: Interval, _ c: Double, _ isSensible: Bool
  ) -> Theorem {
    guard let bound else {
      return Theorem(bound: nil, slack: nil, verdict: .hypothesesNotMet, reason: "K(c) is not reached")
    }
    let right = deltas[..<bound].reduce(0) { $0 + max($1, 0) } / c
    guard isSensible else { return notOptimal(right, depth) }
    return Theorem(
      bound: right, slack: right - depth.value, verdict: depth.lower <= right ? .holds : .violated,
      reason: "sum of the envelope over the first \(bound) blocks")
  }

  /// With a head per block the Lipschitz route needs the heads' own improvement: said, not used for a verdict.
  private static func lipschitz(_ paths: StoppingPaths) -> [Hypothesis] {
    guard let largest = paths.lipschitzConstant.max() else { return [] }
    return [
      Hypothesis(
        name: "shared-head",
        statement: "one head for all exits, so that ||f_k|| -> 0 alone implies diminishing returns",
        howChecked:
          "a head per exit, Lambda_k = sqrt(2) ||U_k|| up to \(largest): residual norms alone prove nothing here",
        isMet: false)
    ]
  }

  private static func findings(
    _ evidence: Evidence, _ fit: StoppingPaths, _ test: StoppingPaths, _ c: Double, _ bootstrap: Bootstrap,
    _ threads: Int
  ) -> [String: JSONValue] {
    let lookAhead = RuleEvaluation(
      LookAhead(steps: 1, fitting: fit, runningCost: c), on: test, runningCost: c, bootstrap: bootstrap,
      threads: threads)
    let regret = lookAhead.difference(from: evidence.rule, bootstrap: bootstrap, threads: threads)
    let early = zip(lookAhead.depths, evidence.rule.depths).filter { $0 < $1 }.count
    var members: [String: JSONValue] = [
      "monotone_case": [
        "violation_rate": JSONValue(Double(early) / Double(test.sampleCount)), "regret": JSONValue(regret.value),
        "regret_lower": JSONValue(regret.lower), "regret_upper": JSONValue(regret.upper),
      ],
      "truncated_objective": JSONValue(evidence.truncated),
    ]
    if let fit = evidence.residuals?.fit {
      members["residual_norm_fit"] = [
        "law": .string(fit.law.rawValue), "scale": JSONValue(fit.scale), "rate": JSONValue(fit.rate),
      ]
    }
    return members
  }

  /// `V^N` against N: backward induction on paths cut after N blocks.
  private static func truncation(_ fit: StoppingPaths, _ test: StoppingPaths, _ c: Double) -> [Double] {
    BackwardInduction.truncatedObjectives(fitting: fit, judging: test, runningCost: c)
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
