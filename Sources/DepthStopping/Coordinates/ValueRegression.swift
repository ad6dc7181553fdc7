import DepthNumerics

/// Cross-fitted conditional expectations of a sample's losses given what it has shown, and the value function that they make.
///
/// At exits k < L, with the columns of `ExitBasis`: `m_k = E[loss_L | F_k]` (a martingale), `u_k = E[loss_k - loss_L | F_k]` and
/// `q_k = c + E[v_{k+1} | F_k]`, `v_k = min{u_k, q_k}`, `v_L = 0`: the stopping problem relative to what full depth would pay, so
/// that the noise of the last loss, common to all exits, is in none of its regressions. Then `g_k = m_k + u_k`, the value of
/// continuing is `m_k + q_k` and `V_0 = E loss_L + E v_0`. Columns, ridge and how far later exits' samples count are chosen by the
/// squared error of u out of fold. O(L n m) a target and fold. Source of the recursion on predicted values: Tsitsiklis and Van
/// Roy, IEEE Transactions on Neural Networks 12 (2001).
public struct ValueRegression: Sendable {
  /// The three numbers of every sample at every exit below L.
  public struct Values: Equatable, Sendable {
    public let sampleCount: Int
    /// L.
    public let blockCount: Int
    /// n x L x 3: m, u, q.
    let flat: [Double]

    /// `m_k`.
    public func finalLoss(_ sample: Int, _ exit: Int) -> Double { flat[(sample * blockCount + exit) * 3] }
    /// `u_k`.
    public func excess(_ sample: Int, _ exit: Int) -> Double { flat[(sample * blockCount + exit) * 3 + 1] }
    /// `q_k`.
    public func continuation(_ sample: Int, _ exit: Int) -> Double { flat[(sample * blockCount + exit) * 3 + 2] }
  }

  public let runningCost: Double
  /// On the samples that were fitted on, each by the regressions that leave its fold out.
  public let outOfFold: Values
  let selection: RegressionSelection
  let predictor: ExitPredictor

  /// - Parameter levels: columns that may be chosen; those with history need paths whose exits are shown in turn.
  init(_ regression: ExitRegression, runningCost c: Double, levels: [ExitBasis.Level] = ExitBasis.Level.allCases) {
    let blocks = regression.paths.blockCount
    let candidates = RegressionChoice.candidates.filter { levels.contains($0.level) && $0.forgetting != 0.8 }
    let selection = RegressionSelection(
      regression, horizon: blocks, candidates: candidates, criterion: .squaredError, tolerance: 0
    ) { tasks, level in
      Self.errors(regression, tasks, level)
    }
    let folds: [Int?] = (regression.folds.areSeveral ? regression.folds.members.indices.map { $0 } : []) + [nil]
    let tasks = folds.flatMap { fold in
      [ExitRegression.Task](
        repeating: ExitRegression.Task(choice: selection.choice, fold: fold, horizon: blocks), count: Self.targets)
    }
    let fitted = Self.run(regression, tasks, selection.choice.level, c)
    let width = regression.basis.width(selection.choice.level)
    let last = tasks.count - Self.targets
    let n = regression.paths.sampleCount
    var values = fitted.values
    for target in 0..<Self.targets {
      FoldAlignment.align(&values, regression.folds, blocks: blocks, width: Self.targets, component: target)
    }
    runningCost = c
    self.selection = selection
    outOfFold = Values(sampleCount: n, blockCount: blocks, flat: values)
    predictor = ExitPredictor(
      regression, level: selection.choice.level,
      weights: fitted.weights.map { all in
        (0..<width).flatMap { row in all[(row * tasks.count + last)..<((row + 1) * tasks.count)] }
      }, targets: Self.targets)
  }

  /// The regressions on `paths`, chosen among all levels.
  public init(fitting paths: StoppingPaths, runningCost: Double, threads: Int = 1) {
    self.init(ExitRegression(paths, threads: threads), runningCost: runningCost)
  }

  /// The regressions of all fitted samples on other paths of as many exits. O(n L m).
  public func values(_ paths: StoppingPaths) -> Values {
    let (n, blocks, exits) = (paths.sampleCount, paths.blockCount, paths.exitCount)
    let (m, classes) = (paths.featureCount, paths.classCount)
    let memory = UnsafeMutablePointer<Double>.allocate(capacity: predictor.memoryCount + predictor.scratchCount + 1)
    defer { memory.deallocate() }
    var flat = [Double](repeating: 0, count: n * blocks * Self.targets)
    flat.withUnsafeMutableBufferPointer { flat in
      paths.features.withUnsafeBufferPointer { features in
        paths.logits.withUnsafeBufferPointer { logits in
          guard let out = flat.baseAddress else { return }
          for sample in 0..<n {
            memory.update(repeating: 0, count: predictor.memoryCount + predictor.scratchCount + 1)
            for exit in 0..<blocks {
              let cell = sample * exits + exit
              let predicted = predictor.predict(
                at: exit, features.baseAddress.map { $0 + cell * m } ?? UnsafePointer(memory),
                logits.baseAddress.map { $0 + cell * classes } ?? UnsafePointer(memory), memory: memory,
                scratch: memory + predictor.memoryCount)
              (out + (sample * blocks + exit) * Self.targets).update(from: predicted, count: Self.targets)
            }
          }
        }
      }
    }
    return Values(sampleCount: n, blockCount: blocks, flat: flat)
  }

  static let targets = 3

  /// Squared errors of u, summed over exits; n x tasks.
  private static func errors(
    _ regression: ExitRegression, _ tasks: [ExitRegression.Task], _ level: ExitBasis.Level
  ) -> [Double] {
    let paths = regression.paths
    let (n, exits, count) = (paths.sampleCount, paths.exitCount, tasks.count)
    var errors = [Double](repeating: 0, count: n * count)
    paths.stoppingLoss.withUnsafeBufferPointer { losses in
      _ = regression.pass(tasks, level: level) { exit, target in
        for sample in 0..<n {
          let value = losses[sample * exits + exit] - losses[(sample + 1) * exits - 1]
          (target + sample * count).update(repeating: value, count: count)
        }
      } accept: { exit, predictions in
        errors.withUnsafeMutableBufferPointer { errors in
          for sample in 0..<n {
            let value = losses[sample * exits + exit] - losses[(sample + 1) * exits - 1]
            for place in (sample * count)..<((sample + 1) * count) {
              let error = value - predictions[place]
              errors[place] += error * error
            }
          }
        }
      }
    }
    return errors
  }

  /// Weights of all tasks (three a fold), and m, u, q of each sample by the task that leaves it out, n x L x 3.
  private static func run(
    _ regression: ExitRegression, _ tasks: [ExitRegression.Task], _ level: ExitBasis.Level, _ c: Double
  ) -> (weights: [[Double]], values: [Double]) {
    let paths = regression.paths
    let (n, exits, blocks, count) = (paths.sampleCount, paths.exitCount, paths.blockCount, tasks.count)
    let (groups, folds) = (count / targets, regression.folds.of)
    var values = [Double](repeating: 0, count: n * blocks * targets)
    var next = [Double](repeating: 0, count: n * groups)
    let weights = paths.stoppingLoss.withUnsafeBufferPointer { losses in
      regression.pass(tasks, level: level) { exit, target in
        for sample in 0..<n {
          let last = losses[(sample + 1) * exits - 1]
          let excess = losses[sample * exits + exit] - last
          for group in 0..<groups {
            let place = target + sample * count + group * targets
            (place[0], place[1], place[2]) = (last, excess, c + next[sample * groups + group])
          }
        }
      } accept: { exit, predictions in
        for sample in 0..<n {
          for group in 0..<groups {
            let place = predictions + sample * count + group * targets
            next[sample * groups + group] = place[1] < place[2] ? place[1] : place[2]
          }
          // of one fold alone every sample is in the first, and the only task's
          let own = predictions + sample * count + folds[sample] * targets
          for j in 0..<targets { values[(sample * blocks + exit) * targets + j] = own[j] }
        }
      }
    }
    return (weights, values)
  }
}
