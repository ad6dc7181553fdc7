import DepthNumerics

/// Fitted regressions of every exit, ready to be read on other paths.
struct ExitPredictor: Sendable {
  let basis: ExitBasis
  let level: ExitBasis.Level
  /// Per exit below L: width x targets.
  let weights: [[Double]]
  let targets: Int

  /// For each of `rules` rules the first exit below its horizon where `stops` says so of the exit's predictions, else the horizon.
  func depths(
    _ paths: StoppingPaths, horizons: [Int], stops: (_ rule: Int, _ exit: Int, UnsafePointer<Double>) -> Bool
  ) -> [[Int]] {
    let deepest = horizons.max() ?? 0
    precondition(deepest <= weights.count, "\(weights.count) exits were fitted, \(deepest) are asked for")
    let n = paths.sampleCount
    let history = level == .history ? PathHistory(paths) : nil
    var depths = horizons.map { [Int](repeating: $0, count: n) }
    var predictions = [Double](repeating: 0, count: n * targets)
    for exit in 0..<deepest {
      let rows = basis.columns(paths, history, exit: exit, level: level)
      BLAS.multiply(
        rows: n, columns: targets, inner: basis.width(level), rows, .normal, weights[exit], into: &predictions)
      predictions.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        for (rule, horizon) in horizons.enumerated() where exit < horizon {
          for sample in 0..<n where depths[rule][sample] == horizon && stops(rule, exit, base + sample * targets) {
            depths[rule][sample] = exit
          }
        }
      }
    }
    return depths
  }
}
