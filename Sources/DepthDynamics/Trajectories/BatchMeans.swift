import DepthNumerics

/// Sums over equal segments, with means of consecutive batches for a standard error that respects correlation.
struct BatchMeans {
  private let segments: Int
  private let length: Double
  private var done = 0
  private var batchSums: [[Double]]
  private let recordEvery: Int
  private(set) var totals: [Double]
  /// Averages per depth so far, and over which length, at most 200 of them.
  private(set) var running: [[Double]] = []
  private(set) var runningLengths: [Double] = []

  init(count: Int, segments: Int, length: Double) {
    self.segments = segments
    self.length = length
    totals = [Double](repeating: 0, count: count)
    batchSums = [[Double]](repeating: totals, count: min(20, segments))
    recordEvery = max(1, (segments + 199) / 200)
  }

  var batches: Int { batchSums.count }

  mutating func add(_ values: [Double]) {
    let batch = done * batches / segments
    for i in values.indices {
      totals[i] += values[i]
      batchSums[batch][i] += values[i]
    }
    done += 1
    if done % recordEvery == 0 || done == segments {
      runningLengths.append(Double(done) * length)
      running.append(totals.map { $0 / (Double(done) * length) })
    }
  }

  /// Of the averages per depth: standard deviation of the batch means over the root of their number.
  var standardErrors: [Double] { totals.indices.map { Statistics.standardError(means($0)) } }

  /// The same from differences of neighbouring batches, which a drift over all batches hardly touches (von Neumann).
  var driftlessErrors: [Double] {
    totals.indices.map { index in
      let means = means(index)
      let squares = zip(means, means.dropFirst()).map { ($1 - $0) * ($1 - $0) }
      return (squares.reduce(0, +) / Double(2 * max(1, squares.count) * means.count)).squareRoot()
    }
  }

  private func means(_ index: Int) -> [Double] {
    batchSums.enumerated().map { batch, sums in sums[index] / (Double(size(batch)) * length) }
  }

  /// Segments of a batch: those with `index * batches / segments` equal to it.
  private func size(_ batch: Int) -> Int {
    func first(_ b: Int) -> Int { (b * segments + batches - 1) / batches }
    return first(batch + 1) - first(batch)
  }
}
