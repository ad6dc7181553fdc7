import DepthRuns

/// The regression that a rule was made with, chosen on the fit part by what it does out of fold.
///
/// The stiffest candidate whose mean loss exceeds the least by no more than `tolerance` standard errors of the paired difference
/// (Breiman et al., "Classification and Regression Trees", 1984, section 3.4.3): with few samples the noise of a flexible
/// regression moves a rule more than its bias does.
struct RegressionSelection: Equatable, Sendable {
  /// What is least out of fold.
  enum Criterion: String, Sendable {
    /// The rule's own `g_tau + c tau`: for a rule that is a search for the best policy.
    case objective
    /// The squared error of what is regressed: for a rule that is defined by conditional expectations. By its objective a one-step
    /// rule would prefer regressions that are wrong in a way that looks further ahead.
    case squaredError = "squared_error"
  }

  let choice: RegressionChoice
  let criterion: Criterion
  /// Mean loss out of fold; nil when there are too few samples for folds.
  let validatedLoss: Double?
  let folds: Int
  let fitSamples: Int

  /// - Parameter losses: the criterion of the regressions of the given tasks: per sample, n x tasks, row-major.
  init(
    _ regression: ExitRegression, horizon: Int, candidates: [RegressionChoice], criterion: Criterion, tolerance: Double,
    losses: (_ tasks: [ExitRegression.Task], _ level: ExitBasis.Level) -> [Double]
  ) {
    let (n, parts) = (regression.paths.sampleCount, regression.folds)
    folds = parts.areSeveral ? parts.count : 0
    self.criterion = criterion
    fitSamples = n
    var outcomes: [(choice: RegressionChoice, losses: [Double])] = []
    if parts.areSeveral {
      for level in ExitBasis.Level.allCases {
        let choices = candidates.filter { $0.level == level }
        let tasks = choices.flatMap { choice in
          parts.members.indices.map { ExitRegression.Task(choice: choice, fold: $0, horizon: horizon) }
        }
        let all = losses(tasks, level)
        for (index, choice) in choices.enumerated() {
          outcomes.append((choice, (0..<n).map { all[$0 * tasks.count + index * parts.count + parts.of[$0]] }))
        }
      }
    }
    let means = outcomes.map { $0.losses.reduce(0, +) / Double(n) }
    guard let least = means.indices.min(by: { means[$0] < means[$1] }) else {
      choice = candidates[0]
      validatedLoss = nil
      return
    }
    let chosen =
      outcomes.indices.first { index in
        let (excess, error) = Self.paired(outcomes[index].losses, outcomes[least].losses)
        return excess <= tolerance * error
      } ?? least
    choice = outcomes[chosen].choice
    validatedLoss = means[chosen]
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
      "validated_\(criterion.rawValue)": JSONValue(validatedLoss),
    ]
  }
}
