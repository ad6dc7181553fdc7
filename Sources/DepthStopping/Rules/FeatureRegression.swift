import DepthNumerics

/// Ridge regression of a target on a sample's features at one exit: constant, standardised features and their squares.
///
/// The ridge, a share of n on the standardised columns, is chosen by five-fold cross-validation (folds by index), up to a
/// ridge that leaves the mean alone. Features that do not vary drop out; with none left the prediction is the mean.
/// O(n m^2 + m^3) for m columns.
struct FeatureRegression: Sendable {
  private let used: [Int]
  private let center: [Double]
  private let scale: [Double]
  private let weights: [Double]

  static let ridgeShares = [0.001, 0.01, 0.1, 1, 10]
  private static let folds = 5

  init(_ paths: StoppingPaths, exit: Int, target: [Double]) {
    let n = paths.sampleCount
    precondition(target.count == n, "\(target.count) targets for \(n) samples")
    var (used, center, scale): ([Int], [Double], [Double]) = ([], [], [])
    for feature in 0..<paths.featureCount {
      let values = (0..<n).map { paths.feature($0, exit, feature) }
      let deviation = Statistics.variance(values).squareRoot()
      let mean = Statistics.mean(values)
      guard deviation > 1e-9 * abs(mean), deviation > 1e-150 else { continue }
      used.append(feature)
      center.append(mean)
      scale.append(deviation)
    }
    self.used = used
    self.center = center
    self.scale = scale
    let offset = Statistics.mean(target)
    guard !used.isEmpty else {
      weights = [offset]
      return
    }
    let rows = (0..<n).map { Self.basis(paths, $0, exit, used, center, scale) }
    let centred = target.map { $0 - offset }
    let share = n >= 10 * Self.folds ? Self.bestShare(rows, centred) : 1
    var solved = Self.solve(NormalEquations(rows, centred) { _ in true }, ridge: share * Double(n))
    solved[0] += offset
    weights = solved
  }

  /// `X^T X` and `X^T y` over the chosen samples.
  private struct NormalEquations {
    var matrix: [Double]
    var right: [Double]

    init(_ rows: [[Double]], _ target: [Double], where isIn: (Int) -> Bool) {
      let width = rows[0].count
      matrix = [Double](repeating: 0, count: width * width)
      right = [Double](repeating: 0, count: width)
      for sample in rows.indices where isIn(sample) {
        let row = rows[sample]
        for i in 0..<width {
          right[i] += row[i] * target[sample]
          for j in 0..<width { matrix[i * width + j] += row[i] * row[j] }
        }
      }
    }

    func minus(_ other: NormalEquations) -> NormalEquations {
      var result = self
      for i in matrix.indices { result.matrix[i] -= other.matrix[i] }
      for i in right.indices { result.right[i] -= other.right[i] }
      return result
    }
  }

  private static func bestShare(_ rows: [[Double]], _ target: [Double]) -> Double {
    let parts = (0..<folds).map { fold in NormalEquations(rows, target) { $0 % folds == fold } }
    let whole = NormalEquations(rows, target) { _ in true }
    let errors = ridgeShares.map { share -> Double in
      var sum = 0.0
      for fold in 0..<folds {
        let weights = solve(whole.minus(parts[fold]), ridge: share * Double(rows.count))
        for sample in stride(from: fold, to: rows.count, by: folds) {
          let residual = target[sample] - BLAS.dot(weights.count, rows[sample], weights)
          sum += residual * residual
        }
      }
      return sum
    }
    return ridgeShares[errors.indices.min { errors[$0] < errors[$1] }!]
  }

  /// The constant is not penalised. The ridge makes the matrix definite; should it overflow, the mean is the honest answer.
  private static func solve(_ equations: NormalEquations, ridge: Double) -> [Double] {
    var matrix = equations.matrix
    let width = equations.right.count
    for i in 1..<width { matrix[i * width + i] += ridge }
    let zero = [Double](repeating: 0, count: width)
    let solved = (try? LinearSystems.solve(matrix, equations.right)) ?? zero
    return solved.allSatisfy(\.isFinite) ? solved : zero
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
