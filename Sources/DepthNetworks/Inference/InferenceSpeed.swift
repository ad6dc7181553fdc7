public import DepthNumerics
import DepthRuns

/// Measured seconds of a request where the network skips, against the same code that never halts.
///
/// Both run the same requests in turns; each figure is the median of its turns, the ratio the median of the turns' ratios, which a
/// machine's changing speed hardly moves.
public struct InferenceSpeed: Equatable, Sendable {
  public let batchSize: Int
  public let fullSecondsPerSample: Double
  public let skippingSecondsPerSample: Double
  /// Full over skipping.
  public let ratio: Double
  /// Of the turns' ratios: least and largest.
  public let ratioRange: ClosedRange<Double>
  /// Requests of a turn.
  public let requests: Int

  /// - Parameters:
  ///   - full: the same network with `FullDepth` and the same batch size.
  ///   - assigned: the index of each request's rule; nil for the first.
  ///   - seconds: about what a turn at full depth should take; at least one batch is run.
  public init<Scalar: MatrixScalar>(
    full: SkippingInference<Scalar>, skipping: SkippingInference<Scalar>, _ requests: InferenceRequests<Scalar>,
    rules assigned: [Int]? = nil, turns: Int, seconds: Double
  ) {
    precondition(turns > 0 && requests.count > 0, "\(turns) turns of \(requests.count) requests")
    precondition(full.batchSize == skipping.batchSize, "batches of \(full.batchSize) and \(skipping.batchSize)")
    let (count, passes) = Self.size(full, requests, seconds: seconds)
    func time(_ inference: SkippingInference<Scalar>, _ rules: [Int]?) -> Double {
      timed { for _ in 0..<passes { inference.run(all: requests, rules: rules, first: count) } }.seconds
    }
    skipping.run(all: requests, rules: assigned, first: count)
    var (fullTimes, skippingTimes) = ([Double](), [Double]())
    for turn in 0..<turns {
      // neither is always first
      if turn % 2 == 0 { fullTimes.append(time(full, nil)) }
      skippingTimes.append(time(skipping, assigned))
      if turn % 2 == 1 { fullTimes.append(time(full, nil)) }
    }
    let ratios = zip(fullTimes, skippingTimes).map { $0 / $1 }.sorted()
    batchSize = full.batchSize
    fullSecondsPerSample = Self.median(fullTimes) / Double(count * passes)
    skippingSecondsPerSample = Self.median(skippingTimes) / Double(count * passes)
    ratio = Self.median(ratios)
    ratioRange = ratios[0]...ratios[ratios.count - 1]
    self.requests = count
  }

  /// How many requests, and how often they, fill the given time at full depth; finding out warms up, too.
  private static func size<Scalar: MatrixScalar>(
    _ full: SkippingInference<Scalar>, _ requests: InferenceRequests<Scalar>, seconds: Double
  ) -> (requests: Int, passes: Int) {
    let batch = min(full.batchSize, requests.count)
    var (count, spent) = (0, 0.0)
    repeat {
      let next = min(requests.count, max(batch, 2 * count))
      spent = timed { full.run(all: requests, rules: nil, first: next) }.seconds
      count = next
    } while count < requests.count && spent < 0.5 * seconds
    return (count, max(1, Int(min(1000, seconds / max(spent, 1e-9)))))
  }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : 0.5 * (sorted[middle - 1] + sorted[middle])
  }
}
