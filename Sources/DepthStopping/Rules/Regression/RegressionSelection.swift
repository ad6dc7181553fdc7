import DepthRuns

/// The regression that a rule was made with, chosen on the fit part by the rule's own objective out of fold.
///
/// The stiffest candidate whose mean cost exceeds the least by no more than one standard error of the paired difference
/// (Breiman et al., "Classification and Regression Trees", 1984, section 3.4.3): with few samples the noise of a flexible
/// regression moves a rule more than its bias does.
struct RegressionSelection: Equatable, Sendable {
  let choice: RegressionChoice
  /// Mean of `g_tau + c tau` out of fold; nil when there are too few samples for folds.
  let validatedObjective: Double?
  let folds: Int
  let fitSamples: Int

  /// - Parameter costs: of the candidates' rules with the given tasks: `g_tau + c tau` per sample, n x tasks, row-major.
  init(
    _ regression: ExitRegression, horizon: Int,
    costs: (_ tasks: [ExitRegression.Task], _ level: ExitBasis.Level) -> [Double]
  ) {
    let (n, folds) = (regression.paths.sampleCount, regression.folds)
    self.folds = folds
    fitSamples = n
    var outcomes: [(choice: RegressionChoice, costs: [Double])] = []
    if folds > 0 {
      for level in ExitBasis.Level.allCases {
        let choices = RegressionChoice.candidates.filter { $0.level == level }
        let tasks = choices.flatMap { choice in
          (0..<folds).map { ExitRegression.Task(choice: choice, fold: $0, horizon: horizon) }
        }
        let all = costs(tasks, level)
        for (index, choice) in choices.enumerated() {
          outcomes.append((choice, (0..<n).map { all[$0 * tasks.count + index * folds + $0 % folds] }))
        }
      }
    }
    let means = outcomes.map { $0.costs.reduce(0, +) / Double(n) }
    guard let least = means.indices.min(by: { means[$0] < means[$1] }) else {
      choice = RegressionChoice.candidates[0]
      validatedObjective = nil
      return
    }
    let chosen =
      outcomes.indices.first { index in
        let (excess, error) = Self.paired(outcomes[index].costs, outcomes[least].costs)
        return excess <= error
      } ?? least
    choice = outcomes[chosen].choice
    validatedObjective = means[chosen]
  }

  /// Mean difference and its standard error.
  private static func paired(_ a: [Double], _ b: [Double]) -> (mean: Double, error: Double) {
    let n = Double(a.count)
    let mean = zip(a, b).reduce(0) { $0 + $1.0 - $1.1 } / n
    let squares = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1 - mean) * ($1.0 - $1.1 - mean) }
    return (mean, (squares / (n * max(1, n - 1))).squareRoot())
  }

  var parameters: [String: JSONValue] {
    [
      "columns": .string(choice.level.name), "forgetting": JSONValue(choice.forgetting),
      "ridge": JSONValue(choice.ridge),
      "fit_samples": .integer(fitSamples), "validation_folds": .integer(folds),
      "validation_samples": .integer(folds > 0 ? fitSamples / folds : 0),
      "validated_objective": JSONValue(validatedObjective),
    ]
  }
}
