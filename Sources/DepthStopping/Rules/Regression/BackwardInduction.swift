public import DepthRuns

/// `backward-induction`: Longstaff and Schwartz's regression on the features, backwards from the last exit.
///
/// At exit k the advantage of stopping, `g_k - (c + Y_{k+1})` with Y the realised cost-to-go of the decisions already
/// fitted, is regressed on `ExitBasis`; stop where its prediction is <= 0. Ties stop. Columns, ridge and how far later exits'
/// samples count are chosen by the rule's own objective out of fold (`RegressionSelection`). O(L n m^2).
/// Source: Longstaff and Schwartz, Review of Financial Studies 14 (2001).
public struct BackwardInduction: OnlineRule {
  public let name = "backward-induction"
  public let runningCost: Double
  private let family: BackwardFamily

  public init(fitting paths: StoppingPaths, runningCost: Double) {
    self.init(ExitRegression(paths), runningCost: runningCost)
  }

  init(_ regression: ExitRegression, runningCost: Double) {
    self.init(regression, runningCost: runningCost, BackwardFamily.select(regression, at: runningCost))
  }

  init(_ regression: ExitRegression, runningCost: Double, _ selection: RegressionSelection) {
    self.runningCost = runningCost
    family = BackwardFamily(regression, problems: [(runningCost, regression.paths.blockCount)], selection)
  }

  /// J on `test` of the rules of the network cut after N = 0...L blocks, all with the regression chosen for L.
  public static func truncatedObjectives(
    fitting fit: StoppingPaths, judging test: StoppingPaths, runningCost c: Double
  ) -> [Double] {
    truncatedCosts(fitting: fit, judging: test, runningCost: c).map { $0.reduce(0, +) / Double($0.count) }
  }

  public var reading: ExitReading { .everything }
  public var parameters: [String: JSONValue] { family.selection.parameters }
  public var inputs: RuleInputs { family.predictor.inputs }
  public var memoryCount: Int { family.predictor.memoryCount }
  public var scratchCount: Int { family.predictor.scratchCount }

  public func decide(_ shown: ExitObservation, into stops: UnsafeMutablePointer<Bool>) {
    shown.decide(into: stops) { features, logits, memory in
      family.stops(
        0, family.predictor.predict(at: shown.exit, features, logits, memory: memory, scratch: shown.scratch))
    }
  }
}

/// Backward inductions over the same columns: several costs, or several horizons.
struct BackwardFamily: Sendable {
  let selection: RegressionSelection
  private let costs: [Double]
  private let horizons: [Int]
  let predictor: ExitPredictor

  /// The regression of least objective at a cost.
  static func select(_ regression: ExitRegression, at c: Double) -> RegressionSelection {
    RegressionSelection(
      regression, horizon: regression.paths.blockCount, candidates: RegressionChoice.candidates, criterion: .objective,
      tolerance: 1
    ) { tasks, level in
      Self.run(regression, tasks, level, [Double](repeating: c, count: tasks.count)).costs
    }
  }

  init(_ regression: ExitRegression, problems: [(cost: Double, horizon: Int)], _ selection: RegressionSelection) {
    let choice = selection.choice
    let tasks = problems.map { ExitRegression.Task(choice: choice, fold: nil, horizon: $0.horizon) }
    self.selection = selection
    costs = problems.map(\.cost)
    horizons = problems.map(\.horizon)
    predictor = ExitPredictor(
      regression, level: choice.level,
      weights: Self.run(regression, tasks, choice.level, problems.map(\.cost)).weights, targets: problems.count)
  }

  /// tau of each problem's rule.
  func depths(_ paths: StoppingPaths) -> [[Int]] {
    predictor.depths(paths, horizons: horizons) { rule, _, excess in stops(rule, excess) }
  }

  /// Whether the rule of a problem stops, given the predicted excess of each.
  func stops(_ problem: Int, _ excess: UnsafePointer<Double>) -> Bool { excess[problem] <= Self.slack * costs[problem] }

  /// Excesses below this share of the cost are ties.
  private static let slack = 1e-12

  /// One backward pass; afterwards a task's cost-to-go at exit 0 is what its rule pays, for samples left out too.
  private static func run(
    _ regression: ExitRegression, _ tasks: [ExitRegression.Task], _ level: ExitBasis.Level, _ costs: [Double]
  ) -> (weights: [[Double]], costs: [Double]) {
    let paths = regression.paths
    let (n, exits, count) = (paths.sampleCount, paths.exitCount, tasks.count)
    let horizons = tasks.map(\.horizon)
    var toGo = [Double](repeating: 0, count: n * count)
    for sample in 0..<n {
      for task in 0..<count { toGo[sample * count + task] = paths.stoppingLoss[sample * exits + horizons[task]] }
    }
    let weights = regression.pass(tasks, level: level) { exit, target in
      for sample in 0..<n {
        let here = paths.stoppingLoss[sample * exits + exit]
        for task in 0..<count {
          target[sample * count + task] = here - (costs[task] + toGo[sample * count + task])
        }
      }
    } accept: { exit, excess in
      toGo.withUnsafeMutableBufferPointer { toGo in
        for sample in 0..<n {
          let here = paths.stoppingLoss[sample * exits + exit]
          for task in 0..<count where exit < horizons[task] {
            let place = sample * count + task
            toGo[place] = excess[place] <= slack * costs[task] ? here : costs[task] + toGo[place]
          }
        }
      }
    }
    return (weights, toGo)
  }
}
