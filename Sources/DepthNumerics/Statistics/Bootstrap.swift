/// Seeded nonparametric bootstrap over samples, paired: every statistic of one `Bootstrap` sees the same resamples.
///
/// Percentile intervals. Resample r is stream r of the seed, so results do not depend on threads. Memory: none kept; O(n) a
/// resample. Source: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13.
public struct Bootstrap: Sendable {
  public let sampleCount: Int
  public let resamples: Int
  public let seed: UInt64
  public let level: Double

  public init(sampleCount: Int, resamples: Int = 1000, seed: UInt64 = 0, level: Double = 0.95) {
    precondition(sampleCount > 0 && resamples >= 20, "\(sampleCount) samples, \(resamples) resamples")
    self.sampleCount = sampleCount
    self.resamples = resamples
    self.seed = seed
    self.level = level
  }

  /// The interval of a statistic of the multiplicities (how often each sample was drawn; they sum to n); all ones give
  /// its value.
  public func interval(threads: Int = 1, of statistic: @Sendable ([Double]) -> Double) -> Interval {
    intervals(threads: threads) { [statistic($0)] }[0]
  }

  /// The intervals of several statistics of the same resamples.
  public func intervals(threads: Int = 1, of statistics: @Sendable ([Double]) -> [Double]) -> [Interval] {
    let (n, seed) = (sampleCount, seed)
    let draws = Parallel.map(resamples, threads: threads) { resample in
      var stream = RandomStream(seed: seed, stream: UInt64(resample))
      var counts = [Double](repeating: 0, count: n)
      for draw in stream.uniforms(n) { counts[min(n - 1, Int(draw * Double(n)))] += 1 }
      return statistics(counts)
    }
    return statistics([Double](repeating: 1, count: n)).enumerated().map { index, value in
      let values = draws.map { $0[index] }.sorted()
      return Interval(
        value: value, lower: Statistics.quantile(sorted: values, (1 - level) / 2),
        upper: Statistics.quantile(sorted: values, (1 + level) / 2))
    }
  }

  /// The interval of a mean.
  public func mean(_ values: [Double], threads: Int = 1) -> Interval { means([values], threads: threads)[0] }

  /// The intervals of many means over the same resamples: O(resamples n columns) in one matrix product a group of resamples.
  public func means(_ columns: [[Double]], threads: Int = 1) -> [Interval] {
    let (n, m, seed, resamples) = (sampleCount, columns.count, seed, resamples)
    guard m > 0 else { return [] }
    for values in columns { precondition(values.count == n, "\(values.count) values for \(n) samples") }
    let flat = columns.flatMap { $0 }
    let groups = (resamples + Self.group - 1) / Self.group
    let sums = Parallel.map(groups, threads: threads) { group -> [Double] in
      let first = group * Self.group
      let rows = min(Self.group, resamples - first)
      var counts = [Double](repeating: 0, count: rows * n)
      for row in 0..<rows {
        var stream = RandomStream(seed: seed, stream: UInt64(first + row))
        for draw in stream.uniforms(n) { counts[row * n + min(n - 1, Int(draw * Double(n)))] += 1 }
      }
      var result = [Double](repeating: 0, count: rows * m)
      BLAS.multiply(rows: rows, columns: m, inner: n, counts, .normal, flat, .transposed, into: &result)
      return result
    }.flatMap { $0 }
    return columns.indices.map { column in
      let values = (0..<resamples).map { sums[$0 * m + column] / Double(n) }.sorted()
      return Interval(
        value: Statistics.mean(columns[column]), lower: Statistics.quantile(sorted: values, (1 - level) / 2),
        upper: Statistics.quantile(sorted: values, (1 + level) / 2))
    }
  }

  /// Resamples a matrix product: enough to fill it, few enough to stay in the cache.
  private static let group = 16
}
