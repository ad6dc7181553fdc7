/// Seeded nonparametric bootstrap over samples, paired: every statistic of one `Bootstrap` sees the same resamples.
///
/// Dependent samples (the tokens of one sequence) are drawn by whole groups: as many groups as there are, with replacement, their
/// multiplicities scaled to sum to n where groups differ in size (a ratio estimator).
///
/// Percentile intervals. Resample r is stream r of the seed, so results do not depend on threads. Memory: none kept; O(n) a
/// resample. Many questions of one bootstrap are cheaper after `drawn`, which keeps the resamples, 2 n bytes each. Source: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13.
public struct Bootstrap: Sendable {
  public let sampleCount: Int
  public let resamples: Int
  public let seed: UInt64
  public let level: Double
  /// Of each sample, 0 ..< groupCount; empty where every sample is drawn by itself.
  private let groups: [Int]
  private let groupCount: Int
  /// resamples x draws, or empty: how often each sample or group was drawn.
  private var kept: [UInt16] = []

  /// - Parameter groups: of each sample a number, equal for those drawn together; empty: each by itself.
  public init(
    sampleCount: Int, resamples: Int = 1000, seed: UInt64 = 0, level: Double = 0.95, groups: [Int] = []
  ) {
    precondition(sampleCount > 0 && resamples >= 20, "\(sampleCount) samples, \(resamples) resamples")
    precondition(groups.isEmpty || groups.count == sampleCount, "\(groups.count) groups of \(sampleCount) samples")
    let distinct = Set(groups).sorted()
    let index = Dictionary(uniqueKeysWithValues: zip(distinct, distinct.indices))
    self.groups = groups.map { index[$0] ?? 0 }
    groupCount = distinct.count
    self.sampleCount = sampleCount
    self.resamples = resamples
    self.seed = seed
    self.level = level
  }

  /// The same bootstrap with its resamples drawn once and for all.
  public func drawn(threads: Int = 1) -> Bootstrap {
    let width = drawCount
    var result = self
    result.kept = [UInt16](unsafeUninitializedCapacity: resamples * width) { buffer, count in
      let base = SendablePointer(buffer.baseAddress)
      Parallel.forEach(resamples, threads: threads) { resample in
        guard let row = base.pointer.map({ $0 + resample * width }) else { return }
        row.initialize(repeating: 0, count: width)
        var stream = RandomStream(seed: seed, stream: UInt64(resample))
        for draw in stream.uniforms(width) { row[min(width - 1, Int(draw * Double(width)))] &+= 1 }
      }
      count = resamples * width
    }
    return result
  }

  /// Samples, or groups, in a draw.
  private var drawCount: Int { groupCount > 0 ? groupCount : sampleCount }

  /// The interval of a statistic of the multiplicities (how often each sample was drawn; they sum to n); all ones give
  /// its value.
  public func interval(threads: Int = 1, of statistic: @Sendable ([Double]) -> Double) -> Interval {
    intervals(threads: threads) { [statistic($0)] }[0]
  }

  /// The intervals of several statistics of the same resamples.
  public func intervals(threads: Int = 1, of statistics: @Sendable ([Double]) -> [Double]) -> [Interval] {
    let n = sampleCount
    let draws = Parallel.map(resamples, threads: threads) { resample in
      var counts = [Double](repeating: 0, count: n)
      counts.withUnsafeMutableBufferPointer { draw(resample, into: $0) }
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
    let (n, m, resamples) = (sampleCount, columns.count, resamples)
    guard m > 0 else { return [] }
    for values in columns { precondition(values.count == n, "\(values.count) values for \(n) samples") }
    let flat = columns.flatMap { $0 }
    let groups = (resamples + Self.group - 1) / Self.group
    let sums = Parallel.map(groups, threads: threads) { group -> [Double] in
      let first = group * Self.group
      let rows = min(Self.group, resamples - first)
      var counts = [Double](repeating: 0, count: rows * n)
      counts.withUnsafeMutableBufferPointer { buffer in
        for row in 0..<rows {
          draw(first + row, into: UnsafeMutableBufferPointer(rebasing: buffer[(row * n)..<((row + 1) * n)]))
        }
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

  /// The multiplicities of one resample, which are zero before.
  private func draw(_ resample: Int, into counts: UnsafeMutableBufferPointer<Double>) {
    let (n, width) = (sampleCount, drawCount)
    guard groupCount > 0 else {
      add(resample, width, to: counts)
      return
    }
    var drawn = [Double](repeating: 0, count: groupCount)
    drawn.withUnsafeMutableBufferPointer { add(resample, width, to: $0) }
    var total = 0.0
    for i in 0..<n {
      counts[i] = drawn[groups[i]]
      total += counts[i]
    }
    guard total != Double(n) else { return }
    for i in 0..<n { counts[i] *= Double(n) / total }
  }

  private func add(_ resample: Int, _ width: Int, to counts: UnsafeMutableBufferPointer<Double>) {
    guard kept.isEmpty else {
      kept.withUnsafeBufferPointer { kept in
        for i in 0..<width { counts[i] += Double(kept[resample * width + i]) }
      }
      return
    }
    var stream = RandomStream(seed: seed, stream: UInt64(resample))
    for draw in stream.uniforms(width) { counts[min(width - 1, Int(draw * Double(width)))] += 1 }
  }

  /// Resamples a matrix product: enough to fill it, few enough to stay in the cache.
  private static let group = 16
}
