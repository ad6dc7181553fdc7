public import DepthRuns

/// `E[g_k - g_{k+1} | F_k]`, regressed on `ExitBasis` and predicted out of fold: no prediction has seen its own sample's gain.
///
/// Columns and ridge are those of least squared error out of fold, each exit by itself, as in one-step look-ahead. Folds are of whole
/// groups of dependent samples (`SampleFolds`). O(L n m^2).
/// Source: cross-fitting as in Chernozhukov et al., Econometrics Journal 21 (2018).
public struct ConditionalGains: Equatable, Sendable {
  public let sampleCount: Int
  public let blockCount: Int
  /// n x L, sample-major.
  public let predictions: [Double]
  /// Columns, ridge, folds.
  public let parameters: [String: JSONValue]

  /// nil where there are too few samples to leave any out.
  public init?(_ paths: StoppingPaths, threads: Int = 1) {
    let regression = ExitRegression(paths, threads: threads)
    let (n, blocks, folds) = (paths.sampleCount, paths.blockCount, regression.folds)
    guard folds.areSeveral, blocks > 0 else { return nil }
    let selection = RegressionSelection(
      regression, horizon: blocks, candidates: RegressionChoice.candidates.filter { $0.forgetting == 0 },
      criterion: .squaredError, tolerance: 0
    ) { tasks, level in
      LookAhead.fit(regression, tasks, level, steps: 1).errors
    }
    let tasks = folds.members.indices.map { ExitRegression.Task(choice: selection.choice, fold: $0, horizon: blocks) }
    var predictions = [Double](repeating: 0, count: n * blocks)
    _ = regression.pass(tasks, level: selection.choice.level) { exit, target in
      for sample in 0..<n {
        let gain = paths.loss(sample, exit) - paths.loss(sample, exit + 1)
        for fold in 0..<folds.count { target[sample * folds.count + fold] = gain }
      }
    } accept: { exit, values in
      for sample in 0..<n { predictions[sample * blocks + exit] = values[sample * folds.count + folds.of[sample]] }
    }
    sampleCount = n
    blockCount = blocks
    self.predictions = predictions
    parameters = selection.parameters
  }

  /// Of sample i at exit k.
  public func prediction(_ sample: Int, _ exit: Int) -> Double { predictions[sample * blockCount + exit] }
}
