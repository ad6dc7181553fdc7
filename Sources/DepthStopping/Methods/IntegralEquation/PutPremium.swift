import DepthNumerics
import Foundation

/// What exercise below a curve B earns: `W = European + int_0^tau [r e^(-rt) Phi(-d_2) - q S e^(-qt) Phi(-d_1)] dt`, d_1 and
/// d_2 of S/B(tau - t), for any curve; V where B is the exercise boundary. Strike 1.
struct PutPremium {
  let boundary: PutBoundary
  let rule: DoubleExponentialRule
  private let powers: [Double]

  /// - Parameter rule: of an odd number of nodes; every second one makes the rule that the error estimate uses.
  init(_ boundary: PutBoundary, rule: DoubleExponentialRule) {
    precondition(rule.nodes.count % 2 == 1, "\(rule.nodes.count) nodes")
    self.boundary = boundary
    self.rule = rule
    powers = rule.nodes.indices.map { boundary.scale.power(rule.complements[$0] * (1 + rule.nodes[$0])) }
  }

  /// W(tau, S), and how far the rule of half the nodes is from it (its own error is about the square of that).
  func value(_ state: Double, _ tau: Double) -> (value: Double, difference: Double) {
    let equation = boundary.equation
    let sum = integrate(log(state / equation.limit), tau) { term in
      term.weight
        * (equation.rate * term.rateDiscount * term.below2
          - equation.dividend * state * term.dividendDiscount * term.below1)
    }
    return (equation.european(state, tau) + sum.full, abs(sum.full - sum.half))
  }

  /// On the curve: `epsilon = W - (1 - B)` and `delta = dW/dS + 1` at S = B(tau), in forms that do not cancel near expiry.
  ///
  /// `epsilon = C(tau, B) - int [r e^(-rt) Phi(d_2) - q B e^(-qt) Phi(d_1)] dt`, C the European call, and
  /// `delta = dC/dS + int [q e^(-qt) Phi(d_1) - e^(-rt) phi(d_2) (r - q B_u)/(B sigma sqrt t)] dt`.
  func residuals(share: Double) -> (matching: Double, fit: Double) {
    let equation = boundary.equation
    let tau = boundary.scale.timeToGo(share)
    let ratio = boundary.logRatio(share: share)
    let logState = ratio + log(equation.limit)
    let state = exp(logState)
    let paid = integrate(ratio, tau) { term in
      term.weight
        * (equation.rate * term.rateDiscount * (1 - term.below2)
          - equation.dividend * state * term.dividendDiscount * (1 - term.below1))
    }
    let slope = integrate(ratio, tau) { term in
      let gain = equation.gain(term.ratio, exp(term.ratio))
      return term.weight
        * (equation.dividend * term.dividendDiscount * (1 - term.below1)
          - term.rateDiscount * term.density * gain / (state * term.deviation))
    }
    return (
      equation.europeanCall(logState, tau) - paid.full, equation.callSlope(logState, tau).value + slope.full
    )
  }

  private struct Term {
    let weight, rateDiscount, dividendDiscount, below1, below2, density, deviation, ratio: Double
  }

  /// Sums over the rule and over its even nodes, of terms at `ln(S/X) = ratio`.
  private func integrate(_ ratio: Double, _ tau: Double, _ f: (Term) -> Double) -> (full: Double, half: Double) {
    let m = rule.nodes.count
    let equation = boundary.equation
    let share = boundary.scale.share(tau)
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: 6 * m) { buffer in
      let base = buffer.baseAddress!
      let (curve, first, second) = (base, base + m, base + 2 * m)
      let (density, rates, dividends) = (base + 3 * m, base + 4 * m, base + 5 * m)
      for k in 0..<m { first[k] = 2 * share * powers[k] - 1 }
      boundary.logRatios(at: first, into: curve, count: m)
      let scale = equation.volatility * tau.squareRoot()
      for k in 0..<m {
        let t = tau * rule.nodes[k] * rule.nodes[k]
        let deviation = scale * rule.nodes[k]
        // far in the tail nothing is left: limited so that squares stay finite
        let d = max(-1e3, min(1e3, (ratio - curve[k] + equation.logDrift * t) / deviation))
        second[k] = -d
        first[k] = -(d + deviation)
        density[k] = -0.5 * d * d
        rates[k] = -equation.rate * t
        dividends[k] = -equation.dividend * t
      }
      VectorMath.exp(density, into: density, count: m)
      VectorMath.exp(rates, into: rates, count: m)
      VectorMath.exp(dividends, into: dividends, count: m)
      VectorMath.normalCDF(first, into: first, count: m)
      VectorMath.normalCDF(second, into: second, count: m)
      var (even, odd) = (0.0, 0.0)
      for k in 0..<m {
        let term = Term(
          weight: 2 * tau * rule.nodes[k] * rule.weights[k], rateDiscount: rates[k], dividendDiscount: dividends[k],
          below1: first[k], below2: second[k], density: density[k] * 0.3989422804014326779,
          deviation: scale * rule.nodes[k], ratio: curve[k])
        if k % 2 == 0 { even += f(term) } else { odd += f(term) }
      }
      return (even + odd, 2 * even)
    }
  }
}
