import DepthNumerics

/// Ridge regression of a target on a sample's features at one exit: constant, standardised features and their squares.
///
/// The ridge, `share x n` on the standardised columns, keeps few samples from being fitted exactly. Features that do
/// not vary drop out; with none left the prediction is the mean.
struct FeatureRegression: Sendable {
  private let used: [Int]
  private let center: [Double]
  private let scale: [Double]
  private let weights: [Double]

  init(_ paths: StoppingPaths, exit: Int, target: [Double], ridgeShare: Double = 0.01) {
    let n = paths.sampleCount
    precondition(target.count == n, "\(target.count) targets for \(n) samples")
    var (used, center, scale): ([Int], [Double], [Double]) = ([], [], [])
    for feature in 0..<paths.featureCount {
      let values = (0..<n).map { paths.feature($0, exit, feature) }
      let deviation = Statistics.variance(values).squareRoot()
      let mean = Statistics.mean(values)
      guard deviation > 1e-9 * max(1, abs(mean)) else { continue }
      used.append(feature)
      center.append(mean)
      scale.append(deviation)
    }
    self.used = used
    self.center = center
    self.scale = scale
    let offset = Statistics.mean(target)
    let width = 1 + 2 * used.count
    guard width > 1 else {
      weights = [offset]
      return
    }
    var normal = [Double](repeating: 0, count: width * width)
    var right = [Double](repeating: 0, count: width)
    for sample in 0..<n {
      let row = Self.basis(paths, sample, exit, used, center, scale)
      for i in 0..<width {
        right[i] += row[i] * (target[sample] - offset)
        for j in 0..<width { normal[i * width + j] += row[i] * row[j] }
      }
    }
    for i in 1..<width { normal[i * width + i] += ridgeShare * Double(n) }
    // positive definite by the ridge; a failure can only be overflow, and the mean is then the honest answer
    var solved = (try? LinearSystems.solve(normal, right)) ?? [Double](repeating: 0, count: width)
    if !solved.allSatisfy(\.isFinite) { solved = [Double](repeating: 0, count: width) }
    solved[0] += offset
    weights = solved
  }

  func predict(_ paths: StoppingPaths, _ sample: Int, _ exit: Int) -> Double {
    guard !used.isEmpty else { return weights[0] }
    let row = Self.basis(paths, sample, exit, used, center, scale)
    return BLAS.dot(row.count, row, weights)
  }

  private static func basis(
    _ paths: StoppingPaths, _ sample: Int, _ exit: Int, _ used: [Int], _ center: [Double], _ scale: [Double]
  ) -> [Double] {
    let z = used.indices.map { (paths.feature(sample, exit, used[$0]) - center[$0]) / scale[$0] }
    // clipped: a square must not extrapolate without bound
    let clipped = z.map { max(-4, min(4, $0)) }
    return [1] + clipped + clipped.map { $0 * $0 }
  }
}
