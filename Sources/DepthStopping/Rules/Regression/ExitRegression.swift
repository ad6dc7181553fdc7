import DepthNumerics

/// How a conditional expectation is regressed on an exit's columns.
struct RegressionChoice: Equatable, Sendable {
  let level: ExitBasis.Level
  /// omega in [0, 1): exit k + j counts omega^j in the regression of exit k. Neighbouring exits are alike, and their samples
  /// make a rule's decisions less noisy; 0 for every exit by itself.
  let forgetting: Double
  /// Penalty on the squared weights, the constant's aside, as a share of the samples' weight.
  let ridge: Double

  /// From the stiffest to the most flexible.
  static let candidates: [RegressionChoice] =
    [RegressionChoice(level: .constant, forgetting: 0, ridge: 0)]
    + [ExitBasis.Level.leading, .features, .history].flatMap { level in
      [0.8, 0.5, 0].flatMap { forgetting in
        [0.1, 0.001].map { RegressionChoice(level: level, forgetting: forgetting, ridge: $0) }
      }
    }
}

/// Ridge regressions at every exit of the same paths, many targets at once.
///
/// Normal equations per exit and fold are formed once; a pass then costs O(L n m) a target and O(L m^3) a solve.
/// Memory: 8 n L m bytes.
struct ExitRegression: Sendable {
  /// One target column of a pass.
  struct Task: Sendable {
    let choice: RegressionChoice
    /// Samples of this fold are left out; nil for none.
    let fold: Int?
    /// Only exits below take part.
    let horizon: Int
  }

  let paths: StoppingPaths
  let basis: ExitBasis
  let folds: SampleFolds
  /// Per exit below L: n x m, all levels.
  private let columns: [[Double]]
  /// Per exit and fold: m x m, the fold's own share of X^T X.
  private let grams: [[[Double]]]
  private let width: Int

  static let foldCount = 5

  init(_ paths: StoppingPaths, threads: Int = 1) {
    let history = PathHistory(paths)
    let basis = ExitBasis(fitting: paths, history: history)
    let folds = SampleFolds(paths, count: Self.foldCount)
    let m = basis.width(.history)
    self.paths = paths
    self.basis = basis
    self.folds = folds
    width = m
    let exits = Parallel.map(paths.blockCount, threads: threads) { exit in
      let rows = basis.columns(paths, history, exit: exit, level: .history)
      return (rows: rows, grams: Self.grams(rows, m, folds))
    }
    columns = exits.map(\.rows)
    grams = exits.map(\.grams)
  }

  private static func grams(_ rows: [Double], _ m: Int, _ folds: SampleFolds) -> [[Double]] {
    folds.members.map { members in
      var own: [Double] = []
      own.reserveCapacity(members.count * m)
      for sample in members { own += rows[(sample * m)..<((sample + 1) * m)] }
      var gram = [Double](repeating: 0, count: m * m)
      BLAS.multiply(rows: m, columns: m, inner: own.count / m, own, .transposed, own, into: &gram)
      return gram
    }
  }

  /// Passes backwards over the exits: `targets` writes n x tasks, `accept` reads the predictions, n x tasks; both row-major.
  /// All tasks must have the level of `level`.
  ///
  /// - Returns: weights per exit, width x tasks, row-major.
  func pass(
    _ tasks: [Task], level: ExitBasis.Level, targets: (_ exit: Int, UnsafeMutablePointer<Double>) -> Void,
    accept: (_ exit: Int, UnsafePointer<Double>) -> Void
  ) -> [[Double]] {
    let (n, m, count) = (paths.sampleCount, basis.width(level), tasks.count)
    var target = [Double](repeating: 0, count: n * count)
    var prediction = target
    var right = [Double](repeating: 0, count: m * count)
    var ownRight = right
    var weights = [[Double]](repeating: right, count: paths.blockCount)
    var matrices = NormalMatrices(tasks, order: m)
    for exit in stride(from: paths.blockCount - 1, through: 0, by: -1) {
      // the columns of a level are the first of all; their rows lie `width` apart
      let rows = width == m ? columns[exit] : Self.leading(columns[exit], n, width, m)
      target.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        targets(exit, base)
        Self.mask(base, tasks, folds)
      }
      BLAS.multiply(rows: m, columns: count, inner: n, rows, .transposed, target, into: &ownRight)
      matrices.add(grams[exit], width: width, exit: exit)
      for (index, task) in tasks.enumerated() where exit < task.horizon {
        for row in 0..<m {
          let place = row * count + index
          right[place] = ownRight[place] + task.choice.forgetting * right[place]
        }
      }
      matrices.solve(right, count: count, exit: exit, into: &weights[exit])
      BLAS.multiply(rows: n, columns: count, inner: m, rows, .normal, weights[exit], into: &prediction)
      prediction.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        accept(exit, base)
      }
    }
    return weights
  }

  private static func mask(_ target: UnsafeMutablePointer<Double>, _ tasks: [Task], _ folds: SampleFolds) {
    for (index, task) in tasks.enumerated() {
      guard let fold = task.fold else { continue }
      for sample in folds.members[fold] { target[sample * tasks.count + index] = 0 }
    }
  }

  private static func leading(_ rows: [Double], _ n: Int, _ width: Int, _ m: Int) -> [Double] {
    var result = [Double](repeating: 0, count: n * m)
    for sample in 0..<n {
      for column in 0..<m { result[sample * m + column] = rows[sample * width + column] }
    }
    return result
  }
}

/// `S_k = X_k^T X_k + omega S_{k+1}` of the tasks' samples, one matrix for all tasks that share it, factored once for all right-hand
/// sides with the same ridge.
private struct NormalMatrices {
  private struct Key: Hashable {
    let forgetting: Double
    let fold: Int?
    let horizon: Int
  }

  private struct Group {
    let key: Int
    let ridge: Double
    var tasks: [Int]
  }

  private var keys: [Key] = []
  private var matrices: [[Double]] = []
  private var groups: [Group] = []
  private let order: Int

  init(_ tasks: [ExitRegression.Task], order: Int) {
    self.order = order
    var places: [Key: Int] = [:]
    for (index, task) in tasks.enumerated() {
      let key = Key(forgetting: task.choice.forgetting, fold: task.fold, horizon: task.horizon)
      let place = places[key] ?? keys.count
      if places[key] == nil {
        places[key] = place
        keys.append(key)
        matrices.append([Double](repeating: 0, count: order * order))
      }
      if let group = groups.firstIndex(where: { $0.key == place && $0.ridge == task.choice.ridge }) {
        groups[group].tasks.append(index)
      } else {
        groups.append(Group(key: place, ridge: task.choice.ridge, tasks: [index]))
      }
    }
  }

  mutating func add(_ grams: [[Double]], width: Int, exit: Int) {
    for place in keys.indices where exit < keys[place].horizon {
      let key = keys[place]
      matrices[place].withUnsafeMutableBufferPointer { matrix in
        for i in matrix.indices { matrix[i] *= key.forgetting }
        for (fold, gram) in grams.enumerated() where fold != key.fold {
          gram.withUnsafeBufferPointer { gram in
            for row in 0..<order {
              for column in 0..<order { matrix[row * order + column] += gram[row * width + column] }
            }
          }
        }
      }
    }
  }

  /// Weights, order x count, of right-hand sides of the same shape. The constant is not penalised. The ridge makes the matrix definite;
  /// should it overflow, the mean is the honest answer.
  func solve(_ right: [Double], count: Int, exit: Int, into weights: inout [Double]) {
    for group in groups where exit < keys[group.key].horizon {
      var matrix = matrices[group.key]
      let weight = matrix[0]
      for i in 1..<max(1, order) { matrix[i * order + i] += group.ridge * weight }
      var sides = [Double](repeating: 0, count: order * group.tasks.count)
      for (side, task) in group.tasks.enumerated() {
        for row in 0..<order { sides[side * order + row] = right[row * count + task] }
      }
      // symmetric: its columns are its rows
      let isSolved =
        order > 1 && LinearSystems.solve(columnMajor: &matrix, size: order, sides: group.tasks.count, &sides)
      for (side, task) in group.tasks.enumerated() {
        let own = sides[(side * order)..<((side + 1) * order)]
        let isUsable = isSolved && own.allSatisfy(\.isFinite)
        for row in 0..<order {
          let mean = row == 0 && weight > 0 ? right[task] / weight : 0
          weights[row * count + task] = isUsable ? sides[side * order + row] : mean
        }
      }
    }
  }
}
