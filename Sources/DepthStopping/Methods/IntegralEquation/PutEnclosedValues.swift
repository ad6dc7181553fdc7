import DepthNumerics
import Foundation

/// V and b of the put of strike 1 with proven bounds, from a certified curve B.
///
/// V: the premium formula by panels whose rules err by no more than proven, plus the bounds of `W - V`.
///
/// b: with `u = V - (1 - S)`, convex and nondecreasing in S, `u = u_S = 0` at b, and V nondecreasing in tau, above b
/// `sigma^2 S^2 u_SS / 2 >= r - q S - (r - q)^+ S u_S`; so `u(B) <= U` with b < B gives `alpha x^2 (1 - beta x/3) / 2 <= U` for
/// `x = B - b`, `alpha = 2 (r - q B)/(sigma B)^2`, `beta = 2 (r - q)^+/(sigma^2 b)`: from below. From above, b < S wherever
/// `V > 1 - S` is proven.
/// Source: Peskir and Shiryaev, "Optimal Stopping and Free-Boundary Problems" (2006), section 25, for what is known of V and b.
struct PutEnclosedValues {
  let certificate: PutCertificate
  let boundary: PutBoundary
  private var integrand: PutIntegrand { certificate.integrand }
  private let rule = GaussLegendreRule(count: ResidualPanels.count)

  private static let unit = 0x1p-53
  private static let tolerance = 2e-15

  /// - Parameter sampled: an estimate of the bound, so that nothing is proven much more precisely.
  /// - Throws: `PutCertificate.Failure`; `LinearAlgebraError`.
  init(_ computed: PutBoundary, sampled: Double = 0) throws {
    boundary = try computed.withRootFactor()
    certificate = try PutCertificate(boundary, tolerance: max(2e-13, 0.2 * sampled))
  }

  /// V and a proven bound of its error; nil so near to expiry that nothing is proven.
  func value(_ state: Double, _ tau: Double) -> (value: Double, error: Double)? {
    let share = boundary.scale.share(tau)
    guard share > certificate.firstShare else { return nil }
    let stop = boundary.state(tau)
    if state <= stop {
      return (1 - state, certificate.above + certificate.below + 8 * Self.unit)
    }
    guard let premium = premium(state, tau, share) else { return nil }
    return (premium.value, max(certificate.above, certificate.below) + premium.error)
  }

  /// W.
  private func premium(_ state: Double, _ tau: Double, _ share: Double) -> (value: Double, error: Double)? {
    let (equation, scale) = (boundary.equation, boundary.scale)
    let (rate, dividend, sigma) = (equation.rate, equation.dividend, equation.volatility)
    var (point, series) = (2 * share - 1, 0.0)
    boundary.series(at: &point, into: &series, count: 1)
    let power = boundary.hasRootFactor ? share * share * share * share : 1
    let logState = log(state / equation.limit)
    let gap = logState - power * series
    let scaleOfGain = rate + dividend * state
    let least = min(1e-3, Self.tolerance / (scaleOfGain * tau))
    // the disc covers the rounding of s
    let place = integrand.place(ComplexDisc(share, radius: 16 * Self.unit))
    guard
      let panels = ResidualPanels(
        power: 2 * integrand.k, least: least, tolerance: Self.tolerance, rule: rule,
        bound: { integrand.premium(place, integrand.node($0), state: state, gap: gap) },
        cut: { integrand.premiumRest(place, from: $0, state: state, gap: gap) })
    else { return nil }
    let m = panels.nodes.count
    let rho = tau.squareRoot()
    let seriesError =
      integrand.discs.evaluationError + (scale.turn == nil ? 8 * share : 16) * Self.unit * integrand.discs.steepest
    var (sum, size, slip) = (0.0, 0.0, 0.0)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 4 * m) { buffer in
      let base = buffer.baseAddress!
      let (powers, points, inner) = (base, base + m, base + 2 * m)
      for k in 0..<m { powers[k] = panels.nodes[k].w }
      scale.shares(share, powers, into: points, count: m)
      for k in 0..<m { points[k] = 2 * points[k] - 1 }
      boundary.series(at: points, into: inner, count: m)
      for k in 0..<m {
        let node = panels.nodes[k]
        let root = rho * node.cosine * node.span
        let ratio = boundary.hasRootFactor ? power * node.w * node.w * node.w * node.w : 1
        let d = (logState - ratio * inner[k]) / (sigma * root) + equation.logDrift * root / sigma
        let mass = tau * node.measure
        let paid = mass * rate * exp(-rate * root * root) * NormalLaw.cdf(-d)
        let lost = mass * dividend * state * exp(-dividend * root * root) * NormalLaw.cdf(-d - sigma * root)
        sum += paid - lost
        size += (paid + lost) * (1 + d * d)
        let error =
          (ratio * seriesError + 8 * Self.unit * (1 + abs(logState))) / (sigma * root) + 16 * Self.unit * (1 + abs(d))
        let distance = max(0, abs(d) - min(error, 1))
        slip += mass * scaleOfGain * 0.4 * exp(-0.5 * distance * distance) * min(error, 2.5)
      }
    }
    let unseen = scaleOfGain * (least * tau + 4 * scale.timeToGo(certificate.negativeFrom))
    let rounding = 256 * Self.unit * (1 + min(state, 1)) + 64 * Self.unit * size + slip
    return (equation.european(state, tau) + sum, panels.error + unseen + rounding)
  }

  /// Proven limits of b(tau).
  func band(_ tau: Double) -> ClosedRange<Double> {
    let equation = boundary.equation
    let perpetual = equation.perpetualBoundary * (1 - 1e-14)
    let limit = equation.limit * (1 + 4 * Self.unit)
    guard tau > 0, boundary.scale.share(tau) > certificate.firstShare else {
      return (tau > 0 ? perpetual : limit * (1 - 1e-15))...limit
    }
    let stop = boundary.state(tau)
    let excess = certificate.above + certificate.below + 16 * Self.unit
    let ratio = log(stop / equation.limit)
    let gain = equation.gain(ratio, stop / equation.limit) * (1 - 1e-9)
    let variance = equation.volatility * equation.volatility
    guard gain > 0 else { return perpetual...limit }
    let alpha = 2 * gain / (variance * stop * stop)
    let beta = 2 * max(equation.rate - equation.dividend, 0) / (variance * perpetual)
    var reach = (2 * excess / alpha).squareRoot()
    for _ in 0..<6 { reach = (2 * excess / (alpha * max(0.1, 1 - beta * reach / 3))).squareRoot() }
    let isSound = beta * reach < 1 && alpha * reach * reach * (1 - beta * reach / 3) * 1.001 >= 2 * excess
    let lower = isSound ? max(perpetual, stop - reach * 1.01) : perpetual
    var step = reach * 1.5
    while stop + step < limit {
      let state = stop + step
      if let found = value(state, tau), found.value - found.error > 1 - state + 4 * Self.unit {
        return lower...state
      }
      step *= 1.7
    }
    return lower...limit
  }
}
