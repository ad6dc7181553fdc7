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
    let sums = withTable(log(state / equation.limit), tau, sign: -1) { table -> (Double, Double) in
      var (even, odd) = (0.0, 0.0)
      for k in 0..<rule.nodes.count {
        let gain = equation.rate * table.rates[k] * table.second[k]
        let term = table.weights[k] * (gain - equation.dividend * state * table.dividends[k] * table.first[k])
        if k % 2 == 0 { even += term } else { odd += term }
      }
      return (even, odd)
    }
    return (equation.european(state, tau) + sums.0 + sums.1, abs(sums.1 - sums.0))
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
    let sums = withTable(ratio, tau, sign: 1) { table -> (Double, Double) in
      var (gains, slopes) = (0.0, 0.0)
      for k in 0..<rule.nodes.count {
        let paid = equation.dividend * table.dividends[k] * table.first[k]
        let density = table.rates[k] * table.density[k] * equation.gain(table.curve[k], table.states[k])
        gains += table.weights[k] * (equation.rate * table.rates[k] * table.second[k] - state * paid)
        slopes += table.weights[k] * (paid - density * table.inverse[k] / state)
      }
      return (gains, slopes)
    }
    return (equation.europeanCall(logState, tau) - sums.0, equation.callSlope(logState, tau).value + sums.1)
  }

  /// What integrands are made of, at the nodes.
  private struct Table {
    /// `ln(B_u/X)` and, with sign 1, `B_u/X`.
    let curve, states: UnsafeMutablePointer<Double>
    /// `Phi(sign d_1)`, `Phi(sign d_2)` and, with sign 1, `phi(d_2)`.
    let first, second, density: UnsafeMutablePointer<Double>
    /// `e^(-rt)`, `e^(-qt)`, `1/(sigma sqrt t)` and the weights of dt.
    let rates, dividends, inverse, weights: UnsafeMutablePointer<Double>
  }

  /// The table at `ln(S/X) = ratio`; sign -1 is the put's, 1 the call's.
  private func withTable<Result>(
    _ ratio: Double, _ tau: Double, sign: Double, _ body: (Table) -> Result
  ) -> Result {
    let m = rule.nodes.count
    let equation = boundary.equation
    let share = boundary.scale.share(tau)
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: 9 * m) { buffer in
      let base = buffer.baseAddress!
      let table = Table(
        curve: base, states: base + m, first: base + 2 * m, second: base + 3 * m, density: base + 4 * m,
        rates: base + 5 * m, dividends: base + 6 * m, inverse: base + 7 * m, weights: base + 8 * m)
      boundary.scale.shares(share, powers, into: table.first, count: m)
      for k in 0..<m { table.first[k] = 2 * table.first[k] - 1 }
      boundary.logRatios(at: table.first, into: table.curve, count: m)
      let root = equation.volatility * tau.squareRoot()
      for k in 0..<m {
        let t = tau * rule.nodes[k] * rule.nodes[k]
        let deviation = root * rule.nodes[k]
        table.inverse[k] = 1 / deviation
        table.weights[k] = 2 * tau * rule.nodes[k] * rule.weights[k]
        // far in the tail nothing is left: limited so that squares stay finite
        let d = max(-1e3, min(1e3, (ratio - table.curve[k] + equation.logDrift * t) * table.inverse[k]))
        table.second[k] = sign * d
        table.first[k] = sign * (d + deviation)
        table.density[k] = -0.5 * d * d
        table.rates[k] = -equation.rate * t
        table.dividends[k] = -equation.dividend * t
      }
      if sign > 0 {
        VectorMath.exp(table.curve, into: table.states, count: m)
        VectorMath.exp(table.density, into: table.density, count: m)
        for k in 0..<m { table.density[k] *= 0.3989422804014326779 }
      }
      VectorMath.exp(table.rates, into: table.rates, count: m)
      VectorMath.normalCDF(table.second, into: table.second, count: m)
      if equation.dividend > 0 {
        VectorMath.exp(table.dividends, into: table.dividends, count: m)
        VectorMath.normalCDF(table.first, into: table.first, count: m)
      }
      return body(table)
    }
  }
}
