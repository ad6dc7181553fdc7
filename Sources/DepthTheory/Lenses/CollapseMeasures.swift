import DepthNumerics
import DepthStopping

/// Neural collapse of one exit's features: NC1, NC2, NC3 (Papyan, Han and Donoho 2020; arXiv 2505.15239).
///
/// With class means mu_k, their mean mu, M = (mu_1 - mu, ..., mu_K - mu)/sqrt(K), S_B = M M^T and S_W the mean over classes of the
/// within-class covariances (divided by the class's size):
/// - NC1 = tr(S_W S_B^+)/K, invariant under rotations and scales of the features; nil where all class means coincide;
/// - NC2 = ||G/||G|| - E/||E|| || in Frobenius' norm, G = M^T M, E = I - 1 1^T/K the simplex frame's Gram matrix;
/// - NC3 = ||U/||U|| - M^T/||M|| || with the head's weights U, their mean over classes taken off (softmax does not see it).
///
/// S_B^+ = M (G^+)^2 M^T, so that everything after the projections `M^T x` is K x K: O(n d K), no d x d matrix. Singular values of G
/// below 1e-12 of the largest count as zero.
struct CollapseMeasures {
  let nc1: Double?
  let nc2: Double?
  let nc3: Double?
  /// tr(S_W,k S_B^+)/K of each class; their mean is NC1.
  let classes: [Double]
  /// `|| (S_B^+)^(1/2) (x - mu_class) ||^2 / K` of each sample.
  let samples: [Double]

  static let relativeRank = 1e-12
}

/// Sums from which the measures of an exit come, group by group of samples, so that leaving a group out costs a subtraction.
struct CollapseSums {
  private let exit: RecordedLayers.Exit
  private let labels: [Int]
  private let classes: Int
  private let groups: Int
  /// groups x classes x d.
  private var sums: [Double]
  /// groups x classes.
  private var counts: [Double]

  /// - Parameter labels: below `classes`; every class has samples.
  init(_ exit: RecordedLayers.Exit, labels: [Int], classes: Int, groups: Int) {
    let d = exit.featureCount
    (self.exit, self.labels, self.classes, self.groups) = (exit, labels, classes, groups)
    sums = [Double](repeating: 0, count: groups * classes * d)
    counts = [Double](repeating: 0, count: groups * classes)
    exit.features.withUnsafeBufferPointer { x in
      for (i, label) in labels.enumerated() {
        let cell = i % groups * classes + label
        counts[cell] += 1
        for j in 0..<d { sums[cell * d + j] += x[i * d + j] }
      }
    }
  }

  /// The measures of all samples but those of one group.
  ///
  /// - Throws: `LinearAlgebraError` where features are not finite.
  func measures(without left: Int? = nil) throws -> CollapseMeasures {
    let (d, n) = (exit.featureCount, labels.count)
    let (means, sizes) = means(without: left)
    var centre = [Double](repeating: 0, count: d)
    for k in 0..<classes { for j in 0..<d { centre[j] += means[k * d + j] / Double(classes) } }
    // K x d: the rows of M^T
    let scale = 1 / Double(classes).squareRoot()
    var m = means
    for k in 0..<classes { for j in 0..<d { m[k * d + j] = (means[k * d + j] - centre[j]) * scale } }
    var gram = [Double](repeating: 0, count: classes * classes)
    BLAS.multiply(rows: classes, columns: classes, inner: d, m, .normal, m, .transposed, into: &gram)
    let nc2 = Self.frameDistance(gram, classes)
    let nc3 = dualityDistance(m)
    guard let root = try Self.inverse(gram, classes, scale: means.reduce(0) { max($0, abs($1)) }) else {
      return CollapseMeasures(nc1: nil, nc2: nil, nc3: nil, classes: [], samples: [])
    }
    // P = (G^+) M^T, so that ||P (x - mu)||^2 is the squared length in S_B^+
    var projection = [Double](repeating: 0, count: classes * d)
    BLAS.multiply(rows: classes, columns: d, inner: classes, root, .normal, m, .normal, into: &projection)
    var rows = [Double](repeating: 0, count: n * classes)
    BLAS.multiply(
      rows: n, columns: classes, inner: d, exit.features, .normal, projection, .transposed, into: &rows)
    var centres = [Double](repeating: 0, count: classes * classes)
    BLAS.multiply(
      rows: classes, columns: classes, inner: d, means, .normal, projection, .transposed, into: &centres)
    return collect(rows, centres, sizes, left, nc2, nc3)
  }

  private func collect(
    _ rows: [Double], _ centres: [Double], _ sizes: [Double], _ left: Int?, _ nc2: Double?, _ nc3: Double?
  ) -> CollapseMeasures {
    var (within, samples) = (
      [Double](repeating: 0, count: classes), [Double](repeating: 0, count: labels.count)
    )
    for (i, label) in labels.enumerated() {
      var square = 0.0
      for j in 0..<classes {
        let difference = rows[i * classes + j] - centres[label * classes + j]
        square += difference * difference
      }
      samples[i] = square / Double(classes)
      if i % groups != left { within[label] += samples[i] / sizes[label] }
    }
    return CollapseMeasures(
      nc1: within.reduce(0, +) / Double(classes), nc2: nc2, nc3: nc3, classes: within, samples: samples)
  }

  private func means(without left: Int?) -> (means: [Double], sizes: [Double]) {
    let d = exit.featureCount
    var (means, sizes) = (
      [Double](repeating: 0, count: classes * d), [Double](repeating: 0, count: classes)
    )
    for group in 0..<groups where group != left {
      for k in 0..<classes {
        sizes[k] += counts[group * classes + k]
        for j in 0..<d { means[k * d + j] += sums[(group * classes + k) * d + j] }
      }
    }
    for k in 0..<classes { for j in 0..<d { means[k * d + j] /= sizes[k] } }
    return (means, sizes)
  }

  /// G^+ ; nil where G is zero but for rounding of means as large as `scale`.
  private static func inverse(_ gram: [Double], _ n: Int, scale: Double) throws -> [Double]? {
    let (values, vectors) = try SymmetricEigenvalues.decomposition(gram, count: n)
    let largest = values[n - 1]
    guard largest > 0, largest > 1e-24 * scale * scale else { return nil }
    var result = [Double](repeating: 0, count: n * n)
    for (index, value) in values.enumerated() where value > CollapseMeasures.relativeRank * largest {
      for i in 0..<n {
        for j in 0..<n { result[i * n + j] += vectors[index * n + i] * vectors[index * n + j] / value }
      }
    }
    return result
  }

  private static func frameDistance(_ gram: [Double], _ n: Int) -> Double? {
    let norm = BLAS.norm(gram.count, gram)
    guard norm > 0 else { return nil }
    let frame = 1 / Double(n - 1).squareRoot()
    var sum = 0.0
    for i in 0..<n {
      for j in 0..<n {
        let simplex = frame * ((i == j ? 1 : 0) - 1 / Double(n))
        let difference = gram[i * n + j] / norm - simplex
        sum += difference * difference
      }
    }
    return sum.squareRoot()
  }

  private func dualityDistance(_ m: [Double]) -> Double? {
    guard !exit.headWeights.isEmpty else { return nil }
    let d = exit.featureCount
    var head = exit.headWeights
    for j in 0..<d {
      let mean = (0..<classes).reduce(0) { $0 + head[$1 * d + j] } / Double(classes)
      for k in 0..<classes { head[k * d + j] -= mean }
    }
    let (a, b) = (BLAS.norm(head.count, head), BLAS.norm(m.count, m))
    guard a > 0, b > 0 else { return nil }
    return zip(head, m).reduce(0) { $0 + ($1.0 / a - $1.1 / b) * ($1.0 / a - $1.1 / b) }.squareRoot()
  }
}
