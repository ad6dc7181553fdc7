public import DepthNumerics

extension DualBracket {
  /// The bracket of recorded paths: regressions fitted elsewhere, the bound taken on these.
  ///
  /// The martingale is regressed, so the bound is not exact. What it rests on is tested on the same paths: the increments' conditional
  /// means and the calibration of u against test functions; and priced: a rule is sought, on one half of the samples, that pays
  /// less than the dual value allows, and run on the other (`RegressedDual`). The 95 % upper confidence limit of what it
  /// gains, at least 0, is subtracted. The bound is relative to the regressions' columns; miscalibration that no rule of these
  /// columns can use is not seen, and need not be.
  ///
  /// nil where there are too few samples to attack with.
  ///
  /// - Parameters:
  ///   - values: of these paths, by regressions that were not fitted on them.
  ///   - upper: the rule whose objective closes the bracket, judged on these paths.
  public static func recorded(
    _ paths: StoppingPaths, values: ValueRegression.Values, upper rule: RuleEvaluation, runningCost c: Double,
    bootstrap: Bootstrap, threads: Int = 1
  ) -> DualBracket? {
    let dual = RegressedDual(values, on: paths, runningCost: c)
    guard let attack = dual.attack(paths, threads: threads) else { return nil }
    let gains = attack.map { -$0 }
    let means = bootstrap.means([dual.payoffs, rule.costs, gains], threads: threads)
    // one-sided 95 %, from the two-sided interval of the same resamples' spread
    let gainLimit = means[2].value + 1.645 / 1.96 * (means[2].upper - means[2].value)
    let widening = max(0, gainLimit)
    let ratio = ratioInterval(rule.costs, dual.payoffs.map { $0 - widening }, bootstrap, threads)
    let (martingale, calibration) = (dual.martingaleTest(), dual.calibrationTest())
    let functions = "1, u, u^2, a, a^2, |a| (u predicted excess, a predicted advantage)"
    return DualBracket(
      lower: Interval(
        value: means[0].value - widening, lower: means[0].lower - widening, upper: means[0].upper - widening),
      upper: rule.objective, ratio: ratio, widening: widening, isExact: false,
      checks: [
        Check(
          name: "martingale", statement: "E[increment x test function] = 0 at every exit, \(functions)",
          statistic: martingale.statistic, probability: martingale.probability,
          size: Interval(value: martingale.bias, lower: 0, upper: martingale.bias)),
        Check(
          name: "calibration", statement: "E[(loss_k - loss_L - u_k) x test function] = 0, worst exit, \(functions)",
          statistic: calibration.statistic, probability: calibration.probability,
          size: Interval(value: calibration.bias, lower: 0, upper: calibration.bias)),
        Check(
          name: "attack",
          statement:
            "what backward induction gains by wrong u and M, on samples it was not fitted on; its upper limit is subtracted",
          statistic: means[2].value, probability: nil, size: means[2]),
      ],
      lowerKind: "dual of a regressed martingale on the test part, less what an attack on it could gain",
      upperKind: "the rule \(rule.name) on the test part: fitted elsewhere, so unbiased",
      filtration: paths.featureCount == 0
        ? "constants" : "regressions on \(paths.featureNames.joined(separator: ", ")) and their past")
  }

  /// The ratio of two means over the same resamples.
  static func ratioInterval(
    _ above: [Double], _ below: [Double], _ bootstrap: Bootstrap, _ threads: Int
  ) -> Interval {
    let n = above.count
    return bootstrap.interval(threads: threads) { weights in
      let lower = BLAS.dot(n, weights, below)
      return lower > 0 ? BLAS.dot(n, weights, above) / lower : .infinity
    }
  }
}
