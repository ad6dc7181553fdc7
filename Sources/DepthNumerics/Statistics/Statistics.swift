internal import CGSL
public import DepthRuns

/// Means, quantiles and confidence intervals.
public enum Statistics {
  public static func mean(_ values: [Double]) -> Double {
    precondition(!values.isEmpty, "mean of nothing")
    return values.reduce(0, +) / Double(values.count)
  }

  /// Unbiased; 0 for one value.
  public static func variance(_ values: [Double]) -> Double {
    guard values.count > 1 else { return 0 }
    let center = mean(values)
    return values.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(values.count - 1)
  }

  /// Standard error of the mean.
  public static func standardError(_ values: [Double]) -> Double {
    (variance(values) / Double(values.count)).squareRoot()
  }

  /// One-sided upper confidence bound of a mean by Student's t; the mean itself for a constant, infinite for one value.
  public static func upperBound(ofMean values: [Double], level: Double) -> Double {
    guard values.count > 1 else { return .infinity }
    let error = standardError(values)
    guard error > 0 else { return mean(values) }
    return mean(values) + GSL.value { gsl_cdf_tdist_Pinv(level, Double(values.count - 1)) } * error
  }

  /// The q-quantile of sorted values by linear interpolation (Hyndman and Fan's type 7).
  public static func quantile(sorted values: [Double], _ q: Double) -> Double {
    precondition(!values.isEmpty && (0...1).contains(q), "quantile \(q) of \(values.count) values")
    let position = q * Double(values.count - 1)
    let lower = Int(position)
    let upper = min(values.count - 1, lower + 1)
    return values[lower] + (position - Double(lower)) * (values[upper] - values[lower])
  }

  /// Student's quantile; GSL's Pinv.
  public static func studentQuantile(_ probability: Double, degrees: Double) -> Double {
    precondition(probability > 0 && probability < 1 && degrees > 0, "probability \(probability), \(degrees) degrees")
    return GSL.value { gsl_cdf_tdist_Pinv(probability, degrees) }
  }

  /// The standard normal quantile; GSL's Pinv.
  public static func normalQuantile(_ probability: Double) -> Double {
    precondition(probability > 0 && probability < 1, "probability \(probability)")
    return GSL.value { gsl_cdf_ugaussian_Pinv(probability) }
  }
}

/// A number with its confidence interval.
public struct Interval: Equatable, Sendable {
  public let value: Double
  public let lower: Double
  public let upper: Double

  public init(value: Double, lower: Double, upper: Double) {
    self.value = value
    self.lower = lower
    self.upper = upper
  }

  /// The mean of replicates with Student's interval, exact for independent normal ones: few replicates make it wide, one makes it a point.
  public init(replicates values: [Double], level: Double = 0.95) {
    let mean = Statistics.mean(values)
    guard values.count > 1 else {
      self.init(value: mean, lower: mean, upper: mean)
      return
    }
    let quantile = GSL.value { gsl_cdf_tdist_Pinv(0.5 + level / 2, Double(values.count - 1)) }
    let half = quantile * Statistics.standardError(values)
    self.init(value: mean, lower: mean - half, upper: mean + half)
  }

  /// The mean with its normal interval; a single value or a constant has zero width.
  public init(meanOf values: [Double], level: Double = 0.95) {
    let half = Statistics.normalQuantile(0.5 + level / 2) * Statistics.standardError(values)
    let mean = Statistics.mean(values)
    self.init(value: mean, lower: mean - half, upper: mean + half)
  }
}

extension Interval {
  /// `{"value": ..., "lower": ..., "upper": ...}`.
  public var json: JSONValue { ["value": JSONValue(value), "lower": JSONValue(lower), "upper": JSONValue(upper)] }
}
