/// Mean and covariance of vectors that come in groups, without keeping the vectors.
///
/// Each group is centred on its own mean (two passes) and merged by
/// `M = M_a + M_b + (n_a n_b / n) (m_b - m_a) (m_b - m_a)^T`. The result depends on the order of merging in rounding only;
/// merge in a fixed order and it is the same to the last bit. Memory: d + d doubles, or d + d^2 with covariances.
/// Source: Chan, Golub and LeVeque, "Algorithms for computing the sample variance", Amer. Statist. 37 (1983).
public struct RunningMoments: Equatable, Sendable {
  public let dimension: Int
  /// Whether all covariances are kept, or the variances alone.
  public let hasCovariance: Bool
  public private(set) var count: Int
  public private(set) var mean: [Double]
  /// Sums of products of deviations from the mean: d, or d x d.
  private var products: [Double]

  /// Of nothing.
  public init(dimension: Int, hasCovariance: Bool) {
    precondition(dimension > 0, "moments of vectors of length \(dimension)")
    self.dimension = dimension
    self.hasCovariance = hasCovariance
    count = 0
    mean = [Double](repeating: 0, count: dimension)
    products = [Double](repeating: 0, count: hasCovariance ? dimension * dimension : dimension)
  }

  /// Of `count` rows of `dimension` numbers.
  public init(rows: UnsafePointer<Double>, count: Int, dimension d: Int, hasCovariance: Bool) {
    self.init(dimension: d, hasCovariance: hasCovariance)
    guard count > 0 else { return }
    self.count = count
    mean.withUnsafeMutableBufferPointer { mean in
      for row in 0..<count {
        for i in 0..<d { mean[i] += rows[row * d + i] }
      }
      for i in 0..<d { mean[i] /= Double(count) }
    }
    addProducts(rows, count)
  }

  private mutating func addProducts(_ rows: UnsafePointer<Double>, _ count: Int) {
    let d = dimension
    let isFull = hasCovariance
    mean.withUnsafeBufferPointer { mean in
      products.withUnsafeMutableBufferPointer { products in
        for row in 0..<count {
          let x = rows + row * d
          for i in 0..<d {
            let deviation = x[i] - mean[i]
            if !isFull { products[i] += deviation * deviation }
            // the lower triangle; `covariance` mirrors it
            if isFull { for j in 0...i { products[i * d + j] += deviation * (x[j] - mean[j]) } }
          }
        }
      }
    }
  }

  public mutating func merge(_ other: RunningMoments) {
    precondition(
      other.dimension == dimension && other.hasCovariance == hasCovariance,
      "moments of dimension \(other.dimension) into \(dimension)")
    guard other.count > 0 else { return }
    let total = Double(count + other.count)
    let (share, weight) = (Double(other.count) / total, Double(count) * Double(other.count) / total)
    let gap = (0..<dimension).map { other.mean[$0] - mean[$0] }
    for i in 0..<dimension {
      mean[i] += share * gap[i]
      if hasCovariance {
        for j in 0...i { products[i * dimension + j] += other.products[i * dimension + j] + weight * gap[i] * gap[j] }
      } else {
        products[i] += other.products[i] + weight * gap[i] * gap[i]
      }
    }
    count += other.count
  }

  /// Unbiased; 0 for fewer than two vectors.
  public var variance: [Double] {
    let degrees = Double(max(1, count - 1))
    return (0..<dimension).map { products[hasCovariance ? $0 * dimension + $0 : $0] / degrees }
  }

  /// d x d, unbiased; nil where the variances alone are kept.
  public var covariance: [Double]? {
    guard hasCovariance else { return nil }
    let degrees = Double(max(1, count - 1))
    return (0..<(dimension * dimension)).map { index in
      let (i, j) = (index / dimension, index % dimension)
      return products[max(i, j) * dimension + min(i, j)] / degrees
    }
  }

  /// Of the mean, one entry a component.
  public var standardError: [Double] {
    let n = Double(max(1, count))
    return variance.map { ($0 / n).squareRoot() }
  }
}
