import DepthNumerics
import Foundation

/// Where a flow's Taylor series stops converging: the distance to the nearest singularity in complex depth, estimated.
///
/// Near the singularities of least modulus the coefficients obey a recurrence of three terms,
/// `c_{n+1} = s c_n - pi c_{n-1}`, whose roots are `1/t*`: one real root or a conjugate pair. The recurrence is fitted by
/// least squares over components and eight orders, at the highest orders and at half of them; the growth rates
/// `rho_n = rho (1 + beta/n)` are extrapolated to infinite order. An entire flow extrapolates to rate zero.
/// An estimate: singularities of nearly one modulus need higher orders to tell apart.
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
    let last = Double(series.order) - 4.5
    guard let high = Self.fit(series, around: series.order - 5),
      let low = Self.fit(series, around: max(5, series.order / 2 - 2))
    else {
      (radius, angle, lastRate) = (nil, 0, 0)
      return
    }
    let middle = Double(max(5, series.order / 2 - 2)) + 0.5
    let limit = (last * high.rate - middle * low.rate) / (last - middle)
    // what falls to a fifth by extrapolation is on its way to zero
    let isFinite = limit > 0.2 * high.rate
    radius = isFinite ? series.scale / limit : nil
    angle = isFinite ? high.angle : 0
    lastRate = high.rate / series.scale
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
    // the size of two neighbours: one alone may vanish by parity
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
