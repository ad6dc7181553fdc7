import DepthNumerics
import Foundation

/// The American put of strike 1 under `dS = (r - q) S dt + sigma S dW`, with what is known of its exercise boundary in
/// closed form. Depth here is the time to go tau.
struct PutEquation: Equatable, Sendable {
  /// r > 0.
  let rate: Double
  /// q >= 0.
  let dividend: Double
  /// sigma > 0.
  let volatility: Double

  /// mu: drift of ln S.
  var logDrift: Double { rate - dividend - 0.5 * volatility * volatility }

  /// `B(0+) = min(1, r/q)`: above r/q stopping loses more dividend than it gains interest.
  var limit: Double { dividend > rate ? rate / dividend : 1 }

  /// `r - q B` at `ln(B/X) = ratio`, given `B/X`: near expiry without cancellation.
  @inline(__always)
  func gain(_ ratio: Double, _ exponential: Double) -> Double {
    let paid = dividend > rate ? rate : dividend
    let rise = ratio > -1e-4 ? ratio * (1 + ratio * (0.5 + ratio * (1.0 / 6 + ratio / 24))) : exponential - 1
    return max(rate - dividend, 0) - paid * rise
  }

  /// gamma > 0: `-gamma` is the negative root of `sigma^2 l (l - 1)/2 + (r - q) l - r`, without cancellation.
  var perpetualExponent: Double {
    let variance = volatility * volatility
    let half = logDrift / variance
    let root = (half * half + 2 * rate / variance).squareRoot()
    return half >= 0 ? half + root : 2 * rate / variance / (root - half)
  }

  /// `b = gamma / (1 + gamma)`, the boundary of the perpetual put: a lower bound of B at every depth.
  var perpetualBoundary: Double { perpetualExponent / (1 + perpetualExponent) }

  /// `d_1` and `d_2` of ln(S) over tau.
  private func quantiles(_ logState: Double, _ tau: Double) -> (first: Double, second: Double) {
    let deviation = volatility * tau.squareRoot()
    let second = (logState + logDrift * tau) / deviation
    return (second + deviation, second)
  }

  /// The European put `E e^(-r tau) (1 - S_tau)^+`.
  func european(_ state: Double, _ tau: Double) -> Double {
    let d = quantiles(log(state), tau)
    return exp(-rate * tau) * NormalLaw.cdf(-d.second) - state * exp(-dividend * tau) * NormalLaw.cdf(-d.first)
  }

  /// The European call `E e^(-r tau) (S_tau - 1)^+`.
  func europeanCall(_ logState: Double, _ tau: Double) -> Double {
    let d = quantiles(logState, tau)
    return exp(logState - dividend * tau) * NormalLaw.cdf(d.first) - exp(-rate * tau) * NormalLaw.cdf(d.second)
  }

  /// `e^(-q tau) Phi(d_1)`, the slope of the European call, and its derivative with respect to ln S.
  func callSlope(_ logState: Double, _ tau: Double) -> (value: Double, derivative: Double) {
    let first = quantiles(logState, tau).first
    let discount = exp(-dividend * tau)
    return (
      discount * NormalLaw.cdf(first), discount * NormalLaw.density(first) / (volatility * tau.squareRoot())
    )
  }
}
