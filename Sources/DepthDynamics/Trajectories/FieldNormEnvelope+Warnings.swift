import Foundation

extension FieldNormEnvelope {
  /// Local rates whose largest exceeds the least by more than this factor are no single exponential.
  public static let driftFactor = 1.5

  /// What a reader of a fitted law should know before believing it.
  public var warnings: [String] {
    var result: [String] = []
    if omitted > 0 {
      result.append("\(omitted) norms of \(norms.count) are at the level of the integrator's error and were left out")
    }
    guard let laws, let range = rateRange else { return result + ["too few norms above zero: no decay law was fitted"] }
    if range.lowerBound < 0 {
      result.append(
        range.upperBound <= 0
          ? "||f|| grows throughout: the laws describe growth, not decay"
          : "||f|| grows at some depths (local rates from \(range.lowerBound) to \(range.upperBound)): it has no decay law here"
      )
    } else if range.upperBound > Self.driftFactor * range.lowerBound {
      result.append(
        "local rates drift from \(range.lowerBound) to \(range.upperBound): no single exponential; a mixture of exponentials mimics a power or stretched law on a finite range, so do not extrapolate beyond it"
      )
    }
    if laws.isUndecided, let rival = laws.runnerUp {
      result.append(
        "AIC differs by only \(rival.difference) between \(laws.best.law.rawValue) and \(rival.fit.law.rawValue): undecided"
      )
    }
    if laws.best.worstDeviation > 0.05 {
      result.append(
        "the best law, \(laws.best.law.rawValue), misses ||f|| by up to a factor \(exp(laws.best.worstDeviation)): none of the three describes it"
      )
    }
    if let deviation = rateDeviation(of: laws.best), deviation > 0.1 {
      result.append(
        "the best law, \(laws.best.law.rawValue), misses the exact local rates by \(deviation) (relative, root mean square): it fits the range, not the mechanism"
      )
    }
    return result
  }
}
