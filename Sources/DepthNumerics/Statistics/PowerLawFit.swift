import Foundation

/// The exponent of `y = C x^exponent` by least squares of ln y against ln x, with the error that y's own errors give it.
///
/// The exponent is a fixed linear combination of the ln y_i, so its variance is that combination of their covariances
/// (delta method): `Cov(ln y_i, ln y_j) = Cov(y_i, y_j) / (y_i y_j)`. The error says nothing of a law that is no power law.
public struct PowerLawFit: Equatable, Sendable {
  public let exponent: Double
  /// C.
  public let scale: Double
  /// Of the exponent, one standard deviation.
  public let standardError: Double

  /// A law that is known already.
  public init(exponent: Double, scale: Double, standardError: Double) {
    self.exponent = exponent
    self.scale = scale
    self.standardError = standardError
  }

  /// - Parameters:
  ///   - x: two or more different positive numbers.
  ///   - y: positive numbers.
  ///   - covariance: of the y_i, n x n; all zero for exact numbers.
  public init(x: [Double], y: [Double], covariance: [Double]) {
    let n = x.count
    precondition(n >= 2 && y.count == n && covariance.count == n * n, "\(n) and \(y.count) points of a power law")
    precondition((x + y).allSatisfy { $0 > 0 && $0.isFinite }, "a power law through numbers that are not positive")
    let (logX, logY) = (x.map { log($0) }, y.map { log($0) })
    let (meanX, meanY) = (Statistics.mean(logX), Statistics.mean(logY))
    let spread = logX.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
    precondition(spread > 0, "a power law through points of one x")
    let weights = logX.map { ($0 - meanX) / spread }
    exponent = zip(weights, logY).reduce(0) { $0 + $1.0 * $1.1 }
    scale = exp(meanY - exponent * meanX)
    var variance = 0.0
    for i in 0..<n {
      for j in 0..<n { variance += weights[i] * weights[j] * covariance[i * n + j] / (y[i] * y[j]) }
    }
    standardError = max(0, variance).squareRoot()
  }

  /// Of independent or exact y: standard errors one by one.
  public init(x: [Double], y: [Double], standardErrors: [Double]) {
    let n = x.count
    precondition(standardErrors.count == n, "\(standardErrors.count) errors of \(n) points")
    var covariance = [Double](repeating: 0, count: n * n)
    for i in 0..<n { covariance[i * n + i] = standardErrors[i] * standardErrors[i] }
    self.init(x: x, y: y, covariance: covariance)
  }
}
