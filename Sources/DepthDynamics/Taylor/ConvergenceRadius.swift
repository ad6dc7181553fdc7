import DepthNumerics
import Foundation

/// Where a flow's Taylor series stops converging: the distance to the nearest singularity in complex depth, estimated.
///
/// Near the singularities of least modulus the coefficients obey a recurrence of three terms,
/// `c_{n+1} = s c_n - pi c_{n-1}`, whose roots are `1/t*`: one real root or a conjugate pair. The recurrence is fitted by
/// least squares over components and eight orders, at the highest orders and at half of them, and the growth rates
/// `rho_n = rho (1 + beta/n)` are extrapolated to infinite order. The root test over whole halves of the orders stands beside
/// it: it tells entire flows, and replaces the fit where several singularities of nearly one modulus defeat it. An estimate,
/// good to some per cent there and to 1e-3 and better with one singularity or pair.
/// Sources: Mercer and Roberts, SIAM J. Appl. Math. 50 (1990), appendix; Domb and Sykes (1957).
public struct ConvergenceRadius: Equatable, Sendable {
  /// R; nil where the coefficients show no finite radius.
  public let radius: Double?
  /// The angle of the nearest singularity in complex depth, 0 ahead, pi behind; in [0, pi].
  public let angle: Double
  /// The growth rate at the highest orders, before extrapolation: `||c_{n+1}|| / ||c_n||` there, smoothed.
  public let lastRate: Double

  /// Orders below this leave too little to fit.
  public static let leastOrder = 16

  /// nil when the series is shorter than `leastOrder`.
  public init?(of series: FlowSeries) {
    guard series.order >= Self.leastOrder else { return nil }
    let centre = series.order / 2 - 2
    guard let upper = Self.rootTest(series, series.order / 2...(series.order - 1)),
      let lower = Self.rootTest(series, series.order / 4...(series.order / 2)),
      let high = Self.fit(series, around: series.order - 5), let low = Self.fit(series, around: max(5, centre))
    else {
      (radius, angle, lastRate) = (nil, 0, 0)
      return
    }
    lastRate = max(high.rate, upper) / series.scale
    // the rates of an entire flow fall like 1/n, to half from one half of the orders to the next
    guard upper > 0.7 * lower else {
      (radius, angle) = (nil, 0)
      return
    }
    // several singularities of one modulus defeat the fit: then the root test alone
    guard abs(high.rate - upper) < 0.25 * upper else {
      (radius, angle) = (series.scale / upper, high.angle)
      return
    }
    let (last, middle) = (Double(series.order) - 4.5, Double(max(5, centre)) + 0.5)
    let limit = (last * high.rate - middle * low.rate) / (last - middle)
    let bounded = max(0.85 * high.rate, min(1.15 * high.rate, limit))
    (radius, angle) = (series.scale / bounded, high.angle)
  }

  /// `||c_{n+1}|| / ||c_n||` in units of the scale, from a straight line through the logarithms; nil when coefficients vanish.
  private static func rootTest(_ series: FlowSeries, _ orders: ClosedRange<Int>) -> Double? {
    let norms = series.scaledNorms
    // the size of two neighbours: one alone may vanish by parity
    let logarithms = orders.map { log(hypot(norms[$0], norms[$0 + 1])) }
    guard logarithms.allSatisfy(\.isFinite) else { return nil }
    let middle = 0.5 * Double(orders.lowerBound + orders.upperBound)
    let (covariance, variance) = zip(orders, logarithms).reduce((0.0, 0.0)) { sums, pair in
      let shift = Double(pair.0) - middle
      return (sums.0 + shift * pair.1, sums.1 + shift * shift)
    }
    return exp(covariance / variance)
  }

  /// Whether imbedded networks over `length`, all L terms kept, tend to the flow as L grows; judged by the nearest
  /// singularity alone.
  ///
  /// `sum_n C(L, n) n! (w/L)^n = int_0^inf e^-s (1 + s w/L)^L ds` tends to `1/(1 - w)` where `|1 + u w| < e^u` for all u > 0:
  /// a region wider than the disc of the series, which reaches to w = -3.59 (`ln y = 1 + 1/y`) and 2.49 i. By Cauchy's
  /// formula the network converges where `w = length/t*` lies in it for the singularities t*.
  public func imbeddedNetworkConverges(over length: Double) -> Bool {
    guard let radius else { return true }
    let (real, imaginary) = (length / radius * cos(angle), length / radius * sin(angle))
    // |1 + u w| grows like u: beyond u = 2 ln(2 + |w|) + 4 the exponential has won
    let last = 4 + 2 * log(2 + length / radius)
    let count = 2000
    return (1...count).allSatisfy { k in
      let u = last * Double(k) / Double(count)
      return hypot(1 + u * real, u * imaginary) < exp(u)
    }
  }

  /// The larger root of the fitted recurrence over the orders centre - 4 ... centre + 4; nil when the coefficients vanish.
  private static func fit(_ series: FlowSeries, around centre: Int) -> (rate: Double, angle: Double)? {
    let norms = series.scaledNorms
    let orders = (centre - 4)...(centre + 4)
    func pair(_ n: Int) -> Double { hypot(norms[n], norms[n + 1]) }
    guard pair(orders.lowerBound) > 0, pair(orders.upperBound) > 0 else { return nil }
    let span = Double(orders.count - 1)
    let rate = pow(pair(orders.upperBound) / pair(orders.lowerBound), 1 / span)
    guard rate > 0, rate.isFinite else { return nil }
    // normal equations for s and pi in units of the rate, each order weighted alike
    var (ss, sp, pp, sr, pr, rr) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for n in orders.dropFirst() {
      let size = hypot(hypot(norms[n - 1] * rate, norms[n]), norms[n + 1] / rate)
      guard size > 0 else { continue }
      for row in series.scaled {
        let (a, b, c) = (row[n - 1] * rate / size, row[n] / size, row[n + 1] / rate / size)
        ss += b * b
        sp -= a * b
        pp += a * a
        sr += b * c
        pr -= a * c
        rr += c * c
      }
    }
    // two terms suffice for a geometric series; three would be undetermined
    if ss > 0, rr - sr * sr / ss < 1e-12 * rr { return (rate * abs(sr / ss), sr >= 0 ? 0 : .pi) }
    let ridge = 1e-12 * (ss + pp)
    let determinant = (ss + ridge) * (pp + ridge) - sp * sp
    guard determinant > 0 else { return nil }
    let s = ((pp + ridge) * sr - sp * pr) / determinant
    let product = ((ss + ridge) * pr - sp * sr) / determinant
    let discriminant = s * s - 4 * product
    if discriminant < 0 {
      let modulus = product.squareRoot()
      return (rate * modulus, acos(max(-1, min(1, s / (2 * modulus)))))
    }
    let root = (abs(s) + discriminant.squareRoot()) / 2
    return (rate * root, s >= 0 ? 0 : .pi)
  }
}
