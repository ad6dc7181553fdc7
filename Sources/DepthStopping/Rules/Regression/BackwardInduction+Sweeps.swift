/// Backward inductions over one set of columns: many horizons, or many costs.
extension BackwardInduction {
  /// `g_tau + c tau` of each sample of `test` under the rules of the network cut after N = 0...L blocks, all with the regression
  /// chosen for L.
  public static func truncatedCosts(
    fitting fit: StoppingPaths, judging test: StoppingPaths, runningCost c: Double, threads: Int = 1
  ) -> [[Double]] {
    let regression = ExitRegression(fit, threads: threads)
    let family = BackwardFamily(
      regression, problems: (0...fit.blockCount).map { (c, $0) }, BackwardFamily.select(regression, at: c))
    return family.depths(test).map { depths in
      depths.indices.map { test.loss($0, depths[$0]) + c * Double(depths[$0]) }
    }
  }

  /// tau of each sample of `test` at each cost, with the regression chosen at `chosenAt`.
  public static func depths(
    fitting fit: StoppingPaths, judging test: StoppingPaths, runningCosts: [Double], chosenAt c: Double,
    threads: Int = 1
  ) -> [[Int]] {
    let regression = ExitRegression(fit, threads: threads)
    let family = BackwardFamily(
      regression, problems: runningCosts.map { ($0, fit.blockCount) }, BackwardFamily.select(regression, at: c))
    return family.depths(test)
  }
}
