import DepthNumerics
import DepthStopping

/// T1 to T3 on recorded paths, from an envelope and a fitted rule.
struct RecordedCheck {
  let test: StoppingPaths
  let heldOut: StoppingPaths
  let runningCost: Double
  let envelope: GainEnvelope
  let rule: RuleEvaluation
  let bootstrap: Bootstrap
  let threads: Int

  /// K(c); nil where the envelope does not establish it.
  var horizonBound: Int? {
    envelope.isInformative ? DepthTheory.horizonBound(gains: envelope.envelope, cost: runningCost) : nil
  }

  private var depths: [Double] { rule.depths.map(Double.init) }
  private var initialLosses: [Double] { (0..<test.sampleCount).map { test.loss($0, 0) } }

  /// A fitted rule that loses to stopping at once is far from tau*: the bounds on tau* say nothing of it.
  private var isSensible: Bool {
    bootstrap.mean(zip(rule.costs, initialLosses).map { $0 - $1 }, threads: threads).lower <= 0
  }

  private static let notOptimal =
    "the fitted rule does worse than stopping at once on the test part: its depth is not that of tau*"

  var budget: FiniteDepthReport.Theorem {
    let initial = bootstrap.mean(initialLosses, threads: threads)
    let right = initial.value / runningCost
    let slack = bootstrap.mean(zip(initialLosses, depths).map { $0 / runningCost - $1 }, threads: threads)
    guard isSensible else {
      return .init(
        bound: right, slack: slack.value, slackInterval: slack, verdict: .hypothesesNotMet, reason: Self.notOptimal)
    }
    return .init(
      bound: right, slack: slack.value, slackInterval: slack, verdict: slack.upper >= 0 ? .holds : .violated,
      reason:
        "E tau = \(rule.expectedStoppingDepth.value) against E g_0 / c with E g_0 in [\(initial.lower), \(initial.upper)]"
    )
  }

  /// T2 says that from K(c) on no further block pays: cutting the rule at K may not raise its objective.
  var horizon: FiniteDepthReport.Theorem {
    guard let bound = horizonBound else {
      return .silent(
        "too few samples, or even the last recorded block may gain more than c in some group: K(c) is not established")
    }
    let deepest = rule.depths.max() ?? 0
    let over = Double(rule.depths.filter { $0 > bound }.count) / Double(rule.depths.count)
    let cut = rule.depths.indices.map { sample -> Double in
      let depth = min(rule.depths[sample], bound)
      return test.loss(sample, depth) + runningCost * Double(depth) - rule.costs[sample]
    }
    let loss = bootstrap.mean(cut, threads: threads)
    let changed = "cutting them at K(c) changes J by \(loss.value) [\(loss.lower), \(loss.upper)]"
    return .init(
      bound: Double(bound), slack: Double(bound - deepest), verdict: over == 0 || loss.lower <= 0 ? .holds : .violated,
      reason: over == 0 ? "no test sample stops after K(c)" : "\(over) of the test samples stop later; \(changed)")
  }

  var gainSum: FiniteDepthReport.Theorem {
    guard let bound = horizonBound else { return .silent("K(c) is not established") }
    let right = envelope.envelope[..<bound].reduce(0) { $0 + max($1, 0) } / runningCost
    let depth = rule.expectedStoppingDepth
    let slack = Interval(value: right - depth.value, lower: right - depth.upper, upper: right - depth.lower)
    guard isSensible else {
      return .init(
        bound: right, slack: slack.value, slackInterval: slack, verdict: .hypothesesNotMet, reason: Self.notOptimal)
    }
    return .init(
      bound: right, slack: slack.value, slackInterval: slack, verdict: slack.upper >= 0 ? .holds : .violated,
      reason: "sum of the envelope's upper bounds over the first \(bound) blocks")
  }

  /// V^N against the rule of all blocks, paired.
  func truncation(_ costs: [[Double]]) -> [Truncation.Point] {
    let full = costs[costs.count - 1]
    let values = bootstrap.means(costs + costs.map { zip($0, full).map { $0 - $1 } }, threads: threads)
    let initial = Statistics.mean(initialLosses)
    let largest = greatestLoss
    return costs.indices.map { n in
      let bound = n > 0 ? largest.map { $0 / runningCost * initial / Double(n) } : nil
      return Truncation.Point(
        horizon: Double(n), value: values[n], excess: values[costs.count + n], bound: bound)
    }
  }

  /// G where it is known: errors are 0 or 1. Cross-entropy has no bound, whatever the largest loss seen.
  private var greatestLoss: Double? { heldOut.stoppingLoss.allSatisfy { $0 == 0 || $0 == 1 } ? 1 : nil }
}

extension RecordedCheck {
  func hypotheses(
    _ evidence: FiniteDepthReport.Evidence, _ gains: ConditionalGains?
  ) -> [FiniteDepthReport.Hypothesis] {
    let given = envelope.coordinate.map { "given \($0) in \(envelope.binCount) bins" } ?? "unconditional"
    let grouped = gains == nil ? "" : " and given the gain predicted out of fold from all features"
    let from = horizonBound ?? max(0, envelope.envelope.count - 1)
    let rest = envelope.envelope[min(from, envelope.envelope.count)...].max()
    let largest = heldOut.stoppingLoss.max() ?? 0
    let bounded =
      greatestLoss != nil
      ? "every recorded loss is 0 or 1"
      : "the largest recorded loss is \(largest); nothing bounds the losses of other samples"
    let level = "approximate upper confidence bounds (Student 95 %, Bonferroni; optimistic for heavy tails)"
    let reach = "on \(heldOut.sampleCount) held-out samples; nothing is known beyond block \(heldOut.blockCount)"
    let estimated = "the estimate is the largest from \(horizonBound == nil ? "the last block" : "K(c)") on"
    var all: [FiniteDepthReport.Hypothesis] = [
      .init(
        name: "bounded-below", statement: "g >= 0 and c > 0", howChecked: "every recorded loss", isMet: true),
      .init(
        name: "bounded-above", statement: "g <= G: only for the truncation error", howChecked: bounded,
        isMet: greatestLoss != nil),
      .init(
        name: "diminishing-returns",
        statement:
          "E[g_k - g_{k+1} | F_k] <= delta_k, delta_j <= c for all j >= K(c), the heads' own improvement included",
        howChecked: "\(level) of the mean gains, \(given)\(grouped), \(reach); \(estimated)",
        isMet: horizonBound != nil, estimate: rest.map { Interval(value: $0, lower: $0, upper: $0) }),
    ]
    all += residualNorm(evidence)
    all += lipschitz(evidence)
    return all
  }

  private func residualNorm(_ evidence: FiniteDepthReport.Evidence) -> [FiniteDepthReport.Hypothesis] {
    guard let residuals = evidence.residuals, let first = residuals.mean.first, let last = residuals.mean.last else {
      return []
    }
    let law = residuals.fit.map { "; \($0.law.rawValue) with rate \($0.rate) fits better" } ?? ""
    let found = "mean over the held-out samples from \(first.value) to \(last.value) (the estimate)"
    return [
      .init(
        name: "residual-norm", statement: "||f_k|| falls with depth (that it tends to 0 no finite record shows)",
        howChecked: "\(found), largest of the last block \(residuals.maximum.last ?? .nan)\(law)",
        isMet: last.upper < first.lower, estimate: last)
    ]
  }

  /// With a head per block the Lipschitz route needs the heads' own improvement: said, not used for a verdict.
  private func lipschitz(_ evidence: FiniteDepthReport.Evidence) -> [FiniteDepthReport.Hypothesis] {
    guard let largest = test.lipschitzConstant.max(), let least = test.lipschitzConstant.min() else { return [] }
    var how = "a head per exit, Lambda_k = sqrt(2) ||U_k|| from \(least) to \(largest) (global)"
    var estimate: Interval?
    if let envelope = evidence.lipschitz {
      if let local = envelope.local.last, let upper = envelope.localQuantile.last {
        how += "; at the last exit's states mean \(local), 95 % quantile \(upper) (local)"
      }
      let shares = envelope.exceedingShare
      how +=
        "; the heads' own improvement is at least \(envelope.headImprovement.max() ?? 0) somewhere, and a gain exceeds Lambda times the move in up to \(shares.max() ?? 0) of the samples of a block"
      estimate = Interval(value: largest, lower: least, upper: largest)
    }
    return [
      .init(
        name: "shared-head",
        statement: "one head for all exits, so that ||f_k|| -> 0 alone implies diminishing returns",
        howChecked: how + ": residual norms alone prove nothing here", isMet: false, estimate: estimate)
    ]
  }

  /// One-step look-ahead against backward induction on the test part; whether samples leave B by the predictions of held-out gains.
  func monotone(_ lookAhead: RuleEvaluation, _ gains: ConditionalGains?) -> MonotoneCase {
    let regret = lookAhead.difference(from: rule, bootstrap: bootstrap, threads: threads)
    let early = zip(lookAhead.depths, rule.depths).map { $0 < $1 ? 1.0 : 0 }
    let leaving = gains.map { gains in
      let leaves = (0..<gains.sampleCount).count { sample in
        let inside = (0..<gains.blockCount).map { gains.prediction(sample, $0) <= runningCost }
        return zip(inside, inside.dropFirst()).contains { $0 && !$1 }
      }
      return Double(leaves) / Double(gains.sampleCount)
    }
    return MonotoneCase(
      violationRate: bootstrap.mean(early, threads: threads), regret: regret, isAbsorbing: nil,
      leavingRate: leaving,
      howChecked:
        "fitted rules on the test part, stopping before backward induction; the rate of leaving B is that of regressed gains, which noise moves too"
    )
  }
}
