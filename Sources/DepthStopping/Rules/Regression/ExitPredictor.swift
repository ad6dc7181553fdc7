/// Fitted regressions of every exit, ready to be read on other paths, one sample at a time.
///
/// Sums run in the order of the columns, so that a prediction does not depend on what else is predicted.
struct ExitPredictor: Sendable {
  let basis: ExitBasis
  let level: ExitBasis.Level
  /// Per exit below L: width x targets.
  let weights: [[Double]]
  let targets: Int
  let history: PathHistory.Layout

  init(_ regression: ExitRegression, level: ExitBasis.Level, weights: [[Double]], targets: Int) {
    (basis, self.level, self.weights, self.targets) = (regression.basis, level, weights, targets)
    history = PathHistory.Layout(regression.paths)
  }

  var inputs: RuleInputs { basis.inputs(level, history: history) }
  /// Numbers a sample to be kept from exit to exit.
  var memoryCount: Int { level == .history ? history.memoryCount : 0 }
  /// Numbers of working space: columns, past, a law, predictions.
  var scratchCount: Int { basis.width(level) + history.width + history.classCount + targets }

  /// The predictions of one sample at one exit: `targets` numbers in `scratch`.
  func predict(
    at exit: Int, _ features: UnsafePointer<Double>, _ logits: UnsafePointer<Double>,
    memory: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Double>
  ) -> UnsafePointer<Double> {
    precondition(exit < weights.count, "\(weights.count) exits were fitted, exit \(exit) is asked for")
    let width = basis.width(level)
    let past = scratch + width
    let law = past + history.width
    let result = law + history.classCount
    if level == .history { history.advance(at: exit, features, logits, memory: memory, law: law, into: past) }
    basis.write(features, history: past, level: level, into: scratch)
    result.update(repeating: 0, count: targets)
    weights[exit].withUnsafeBufferPointer { weights in
      guard let base = weights.baseAddress else { return }
      for column in 0..<width {
        let (x, row) = (scratch[column], base + column * targets)
        for target in 0..<targets { result[target] += x * row[target] }
      }
    }
    return UnsafePointer(result)
  }

  /// For each of `horizons.count` rules the first exit below its horizon where `stops` says so of the exit's predictions, else
  /// the horizon.
  func depths(
    _ paths: StoppingPaths, horizons: [Int], stops: (_ rule: Int, _ exit: Int, UnsafePointer<Double>) -> Bool
  ) -> [[Int]] {
    let (n, exits, m, classes) = (paths.sampleCount, paths.exitCount, paths.featureCount, paths.classCount)
    let deepest = horizons.max() ?? 0
    let memory = UnsafeMutablePointer<Double>.allocate(capacity: memoryCount + scratchCount)
    defer { memory.deallocate() }
    var depths = horizons.map { [Int](repeating: $0, count: n) }
    paths.features.withUnsafeBufferPointer { features in
      paths.logits.withUnsafeBufferPointer { logits in
        for sample in 0..<n {
          memory.update(repeating: 0, count: memoryCount + scratchCount)
          var (exit, undecided) = (0, horizons.count)
          while exit < deepest, undecided > 0 {
            let cell = sample * exits + exit
            let predictions = predict(
              at: exit, features.baseAddress.map { $0 + cell * m } ?? UnsafePointer(memory),
              logits.baseAddress.map { $0 + cell * classes } ?? UnsafePointer(memory), memory: memory,
              scratch: memory + memoryCount)
            for rule in horizons.indices where exit < horizons[rule] && depths[rule][sample] == horizons[rule] {
              guard stops(rule, exit, predictions) else { continue }
              depths[rule][sample] = exit
              undecided -= 1
            }
            exit += 1
          }
        }
      }
    }
    return depths
  }
}
