import DepthNumerics

/// Values that each fold's own regression gives, made comparable.
///
/// Every fold has a regression of its own, whose level differs by estimation error. Where a value hardly varies that error is all there
/// is to see, and quantiles would tell folds apart: a fold left out would then find its cells empty. So at every exit a
/// fold's mean is moved to the mean of all, and a value that does not vary within the folds becomes constant.
enum FoldAlignment {
  /// - Parameter flat: n x blocks x width.
  static func align(_ flat: inout [Double], _ folds: SampleFolds, blocks: Int, width: Int, component: Int) {
    guard folds.areSeveral else { return }
    let n = folds.of.count
    flat.withUnsafeMutableBufferPointer { flat in
      for exit in 0..<blocks {
        func place(_ sample: Int) -> Int { (sample * blocks + exit) * width + component }
        let sums = folds.members.map { $0.reduce(0) { $0 + flat[place($1)] } }
        let means = zip(sums, folds.members).map { $0 / Double($1.count) }
        let mean = sums.reduce(0, +) / Double(n)
        var squares = 0.0
        for sample in 0..<n {
          let own = flat[place(sample)] - means[folds.of[sample]]
          squares += own * own
        }
        let isConstant = (squares / Double(n)).squareRoot() <= 1e-9 * max(1, abs(mean))
        for sample in 0..<n {
          let moved = flat[place(sample)] - means[folds.of[sample]] + mean
          flat[place(sample)] = isConstant ? mean : moved
        }
      }
    }
  }
}
