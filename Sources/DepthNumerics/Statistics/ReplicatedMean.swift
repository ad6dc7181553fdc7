internal import CGSL

/// Intervals of a mean over replicates (seeds, each a training run) and samples at once.
public enum ReplicatedMean {
  /// How the samples of the replicates are related.
  public enum Design: String, Sendable {
    /// Every replicate is judged on the same samples.
    case crossed
    /// Every replicate has samples of its own.
    case nested
  }

  /// The interval of the mean of `x_ri = mu + a_r + b_i + e_ri`, replicates r and samples i both random.
  ///
  /// Crossed: `Var = (MS_r + max(MS_i - MS_e, 0)) / (R n)`, Student's t with Hillis' degrees of freedom
  /// `(MS_r + max(MS_i - MS_e, 0))^2 / (MS_r^2 / (R - 1))`. Nested: Student's t of the replicates' means, R - 1 degrees, which holds
  /// the samples' noise too. One replicate: samples alone. A bootstrap over a handful of seeds would be too narrow by
  /// `sqrt((R-1)/R)` and ignore Student. Exact for normal effects in balanced designs but for Satterthwaite's approximation.
  /// Source: Hillis, Statistics in Medicine 26 (2007), equations 4 and 14.
  public static func interval(_ values: [[Double]], design: Design, level: Double = 0.95) -> Interval {
    precondition(!values.isEmpty && values.allSatisfy { !$0.isEmpty }, "replicates: \(values.map(\.count))")
    guard values.count > 1 else {
      return student(
        Statistics.mean(values[0]), Statistics.standardError(values[0]), Double(values[0].count - 1), level)
    }
    let means = values.map(Statistics.mean)
    guard design == .crossed, values[0].count > 1 else { return Interval(replicates: means, level: level) }
    let (replicates, samples) = (Double(values.count), Double(values[0].count))
    precondition(values.allSatisfy { $0.count == values[0].count }, "crossed replicates: \(values.map(\.count))")
    let mean = Statistics.mean(means)
    let bySample = values[0].indices.map { i in values.reduce(0) { $0 + $1[i] } / replicates }
    var residual = 0.0
    for (row, own) in zip(values, means) {
      for i in row.indices {
        let rest = row[i] - own - bySample[i] + mean
        residual += rest * rest
      }
    }
    let residualSquare = residual / ((replicates - 1) * (samples - 1))
    let replicateSquare = samples * Statistics.variance(means)
    let sampleSquare = replicates * Statistics.variance(bySample)
    let total = replicateSquare + max(0, sampleSquare - residualSquare)
    let degrees =
      replicateSquare > 0 ? total * total * (replicates - 1) / (replicateSquare * replicateSquare) : .infinity
    return student(mean, (total / (replicates * samples)).squareRoot(), degrees, level)
  }

  private static func student(_ mean: Double, _ error: Double, _ degrees: Double, _ level: Double) -> Interval {
    guard error > 0, degrees > 0 else { return Interval(value: mean, lower: mean, upper: mean) }
    let quantile =
      degrees > 1e6
      ? Statistics.normalQuantile(0.5 + level / 2) : GSL.value { gsl_cdf_tdist_Pinv(0.5 + level / 2, degrees) }
    return Interval(value: mean, lower: mean - quantile * error, upper: mean + quantile * error)
  }
}
