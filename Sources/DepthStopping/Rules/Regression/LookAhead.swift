public import DepthRuns

/// `one-step-look-ahead` and `m-step-look-ahead`: stop at the first k where no gain over the next 1...m blocks is expected to
/// pay, `E[g_k - g_{k+j} | F_k] <= c j` for all j; the conditional gains by ridge regression on `ExitBasis`, each exit by itself,
/// columns and ridge chosen by the squared error out of fold.
///
/// Optimal in the monotone case (Chow and Robbins); elsewhere it stops too early.
public struct LookAhead: OnlineRule {
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
    selection = RegressionSelection(
      regression, horizon: blocks, candidates: RegressionChoice.candidates.filter { $0.forgetting == 0 },
      criterion: .squaredError, tolerance: 0
    ) { tasks, level in
      Self.fit(regression, tasks, level, steps: steps).errors
    }
    let task = ExitRegression.Task(choice: selection.choice, fold: nil, horizon: blocks)
    let fitted = Self.fit(regression, [task], selection.choice.level, steps: steps)
    predictor = ExitPredictor(regression, level: selection.choice.level, weights: fitted.weights, targets: steps)
  }

  public var reading: ExitReading { .everything }
  public var parameters: [String: JSONValue] { selection.parameters.merging(["steps": .integer(steps)]) { $1 } }

  public var inputs: RuleInputs { predictor.inputs }
  public var memoryCount: Int { predictor.memoryCount }
  public var scratchCount: Int { predictor.scratchCount }

  public func decide(_ shown: ExitObservation, into stops: UnsafeMutablePointer<Bool>) {
    shown.decide(into: stops) { features, logits, memory in
      let gains = predictor.predict(at: shown.exit, features, logits, memory: memory, scratch: shown.scratch)
      return Self.stops(gains, min(steps, shown.blocks - shown.exit), runningCost)
    }
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

  /// Weights of the gains over 1...m blocks, and each task's squared errors summed over exits and steps, n x tasks.
  static func fit(
    _ regression: ExitRegression, _ tasks: [ExitRegression.Task], _ level: ExitBasis.Level, steps: Int
  ) -> (weights: [[Double]], errors: [Double]) {
    let paths = regression.paths
    let (n, blocks, exits, count) = (paths.sampleCount, paths.blockCount, paths.exitCount, tasks.count * steps)
    var errors = [Double](repeating: 0, count: n * tasks.count)
    let expanded = tasks.flatMap { [ExitRegression.Task](repeating: $0, count: steps) }
    let weights = paths.stoppingLoss.withUnsafeBufferPointer { losses in
      // beyond the last exit nothing is gained any more
      func gain(_ sample: Int, _ exit: Int, _ step: Int) -> Double {
        losses[sample * exits + exit] - losses[sample * exits + min(blocks, exit + step + 1)]
      }
      return regression.pass(expanded, level: level) { exit, target in
        for sample in 0..<n {
          for step in 0..<steps {
            let value = gain(sample, exit, step)
            for task in 0..<tasks.count { target[sample * count + task * steps + step] = value }
          }
        }
      } accept: { exit, predictions in
        errors.withUnsafeMutableBufferPointer { errors in
          for sample in 0..<n {
            for step in 0..<min(steps, blocks - exit) {
              let value = gain(sample, exit, step)
              for task in 0..<tasks.count {
                let error = value - predictions[sample * count + task * steps + step]
                errors[sample * tasks.count + task] += error * error
              }
            }
          }
        }
      }
    }
    return (weights, errors)
  }
}
