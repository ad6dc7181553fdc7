public import DepthRuns

/// `one-step-look-ahead` and `m-step-look-ahead`: stop at the first k where no gain over the next 1...m blocks is expected to
/// pay, `E[g_k - g_{k+j} | F_k] <= c j` for all j; the conditional gains by ridge regression on `ExitBasis`, chosen out of fold.
///
/// Optimal in the monotone case (Chow and Robbins); elsewhere it stops too early.
public struct LookAhead: StoppingRule {
  public let name: String
  public let steps: Int
  public let runningCost: Double
  private let selection: RegressionSelection
  private let predictor: ExitPredictor

  /// - Parameter steps: m; 1 for one-step look-ahead.
  public init(steps: Int, fitting paths: StoppingPaths, runningCost: Double) {
    self.init(steps: steps, ExitRegression(paths), runningCost: runningCost)
  }

  init(steps: Int, _ regression: ExitRegression, runningCost c: Double) {
    precondition(steps > 0, "\(steps) steps")
    name = steps == 1 ? "one-step-look-ahead" : "m-step-look-ahead"
    self.steps = steps
    runningCost = c
    let blocks = regression.paths.blockCount
    selection = RegressionSelection(regression, horizon: blocks) { tasks, level in
      Self.fit(regression, tasks, level, steps: steps, runningCost: c).costs
    }
    let task = ExitRegression.Task(choice: selection.choice, fold: nil, horizon: blocks)
    let fitted = Self.fit(regression, [task], selection.choice.level, steps: steps, runningCost: c)
    predictor = ExitPredictor(
      basis: regression.basis, level: selection.choice.level, weights: fitted.weights, targets: steps)
  }

  public var reading: ExitReading { .everything }
  public var parameters: [String: JSONValue] { selection.parameters.merging(["steps": .integer(steps)]) { $1 } }

  public func stoppingDepths(_ paths: StoppingPaths) -> [Int] {
    depths(paths, runningCosts: [runningCost])[0]
  }

  /// tau with the same regressions, which no cost enters, at each cost.
  func depths(_ paths: StoppingPaths, runningCosts: [Double]) -> [[Int]] {
    let (steps, blocks) = (steps, paths.blockCount)
    return predictor.depths(paths, horizons: runningCosts.map { _ in blocks }) { rule, exit, gains in
      Self.stops(gains, min(steps, blocks - exit), runningCosts[rule])
    }
  }

  private static func stops(_ gains: UnsafePointer<Double>, _ steps: Int, _ c: Double) -> Bool {
    for step in 0..<steps where gains[step] > c * Double(step + 1) * (1 + 1e-12) { return false }
    return true
  }

  /// Weights of the gains over 1...m blocks, and each task's costs `g_tau + c tau`, n x tasks.
  private static func fit(
    _ regression: ExitRegression, _ tasks: [ExitRegression.Task], _ level: ExitBasis.Level, steps: Int,
    runningCost c: Double
  ) -> (weights: [[Double]], costs: [Double]) {
    let paths = regression.paths
    let (n, blocks, exits, count) = (paths.sampleCount, paths.blockCount, paths.exitCount, tasks.count * steps)
    var costs = (0..<n).flatMap { [Double](repeating: paths.loss($0, blocks), count: tasks.count) }
    let expanded = tasks.flatMap { [ExitRegression.Task](repeating: $0, count: steps) }
    let weights = regression.pass(expanded, level: level) { exit, target in
      for sample in 0..<n {
        let here = paths.stoppingLoss[sample * exits + exit]
        for step in 0..<steps {
          // beyond the last exit nothing is gained any more
          let gain = here - paths.stoppingLoss[sample * exits + min(blocks, exit + step + 1)]
          for task in 0..<tasks.count { target[sample * count + task * steps + step] = gain }
        }
      }
    } accept: { exit, gains in
      for sample in 0..<n {
        for task in 0..<tasks.count {
          let place = sample * tasks.count + task
          let isOver = stops(gains + sample * count + task * steps, min(steps, blocks - exit), c)
          costs[place] = isOver ? paths.loss(sample, exit) : c + costs[place]
        }
      }
    }
    return (weights, costs)
  }
}
