import Foundation

/// A decay law fitted to positive values by least squares of their logarithms.
public struct DecayFit: Equatable, Sendable {
  public enum Law: String, Sendable {
    /// `scale rate^k`.
    case geometric
    /// `scale (k + 1)^-rate`.
    case power
  }

  public let law: Law
  public let scale: Double
  public let rate: Double
  /// Akaike's criterion of the log-residuals, up to a constant that both laws share: smaller is better.
  public let akaike: Double

  /// The law of smaller AIC, and the other; nil with fewer than three positive values.
  public static func best(_ values: [Double]) -> (best: DecayFit, other: DecayFit)? {
    let points = values.enumerated().filter { $0.element > 0 && $0.element.isFinite }
    guard points.count >= 3 else { return nil }
    let fits = [Law.geometric, .power].map { fit($0, points.map { ($0.offset, $0.element) }) }
    return fits[0].akaike <= fits[1].akaike ? (fits[0], fits[1]) : (fits[1], fits[0])
  }

  private static func fit(_ law: Law, _ points: [(Int, Double)]) -> DecayFit {
    let x = points.map { law == .geometric ? Double($0.0) : log(Double($0.0 + 1)) }
    let y = points.map { log($0.1) }
    let (meanX, meanY) = (Statistics.mean(x), Statistics.mean(y))
    let spread = x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
    let slope = zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) } / spread
    let intercept = meanY - slope * meanX
    let squares = zip(x, y).reduce(0) { sum, point in
      let residual = point.1 - intercept - slope * point.0
      return sum + residual * residual
    }
    let n = Double(points.count)
    return DecayFit(
      law: law, scale: exp(intercept), rate: law == .geometric ? exp(slope) : -slope,
      akaike: n * log(max(squares / n, .leastNormalMagnitude)) + 4)
  }
}
