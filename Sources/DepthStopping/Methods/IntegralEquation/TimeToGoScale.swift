import Foundation

/// `s = (tau/T)^p`, p = 2^-k: the power of the time to go in which an exercise boundary is nearly a polynomial.
///
/// For q <= r, `ln B ~ -sigma sqrt(tau ln(1/tau))` near expiry: p = 1/8 makes it s^4 times a slow factor, whose Chebyshev coefficients
/// fall like n^-9 (n^-3 for p = 1/2). For q > r, `ln(B/X) ~ -0.6388 sigma sqrt(tau)` is smooth in sqrt(tau) up to a turn at
/// `sigma sqrt(tau) ~ ln(q/r)/2.5`, above which it is as if q = r: p = 1/2, or 1/4 where the turn comes early.
struct TimeToGoScale: Equatable, Sendable {
  /// T.
  let horizon: Double
  /// k.
  let rootings: Int

  init(_ equation: PutEquation, horizon: Double) {
    self.horizon = horizon
    let turn = log(1 / equation.limit) / (2.5 * equation.volatility)
    rootings = equation.dividend <= equation.rate ? 3 : turn * turn > 0.01 * horizon ? 1 : 2
  }

  /// p.
  var exponent: Double { 1 / Double(1 << rootings) }

  /// s of tau/T.
  func power(_ ratio: Double) -> Double { (0..<rootings).reduce(ratio) { power, _ in power.squareRoot() } }

  /// s of tau.
  func share(_ tau: Double) -> Double { power(tau / horizon) }

  /// tau of s.
  func timeToGo(_ share: Double) -> Double { horizon * (0..<rootings).reduce(share) { power, _ in power * power } }
}
