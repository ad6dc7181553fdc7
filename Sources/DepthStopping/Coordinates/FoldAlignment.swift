import DepthNumerics

/// Values that each fold's own regression gives, made comparable.
///
/// Every fold has a regression of its own, whose level differs by estimation error. Where a value hardly varies that error is all there
/// is to see, and quantiles would tell folds apart: a fold left out would then find its cells empty. So at every exit a
/// fold's mean is moved to the mean of all, and a value that does not vary within the folds becomes constant.
enum FoldAlignment {
  /// - Parameters:
  ///   - flat: n x blocks x width; sample i belongs to fold i % folds.
  static func align(_ flat: inout [Double], samples n: Int, blocks: Int, width: Int, component: Int, folds: Int) {
    guard folds > 1, n >= folds else { return }
    flat.withUnsafeMutableBufferPointer { flat in
      for exit in 0..<blocks {
        func place(_ sample: Int) -> Int { (sample * blocks + exit) * width + component }
        var (sums, counts) = ([Double](repeating: 0, count: folds), [Double](repeating: 0, count: folds))
        for sample in 0..<n {
          sums[sample % folds] += flat[place(sample)]
          counts[sample % folds] += 1
        }
        let mean = sums.reduce(0, +) / Double(n)
        var squares = 0.0
        for sample in 0..<n {
          let own = flat[place(sample)] - sums[sample % folds] / counts[sample % folds]
          squares += own * own
        }
        let isConstant = (squares / Double(n)).squareRoot() <= 1e-9 * max(1, abs(mean))
        for sample in 0..<n {
          let moved = flat[place(sample)] - sums[sample % folds] / counts[sample % folds] + mean
          flat[place(sample)] = isConstant ? mean : moved
        }
      }
    }
  }
}
