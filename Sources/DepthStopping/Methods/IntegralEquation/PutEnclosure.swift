import Foundation

/// How far the value of the American put can lie from `W`, the premium formula of a computed curve: bounds by comparison.
///
/// Let B be any curve with 0 < B <= X = min(K, K r/q), W the premium formula with it (it solves
/// `W_tau = L W - r W + (r K - q S) 1{S < B}`, W(0, S) = (K - S)^+), and on the curve
/// `epsilon = W - (K - B)`, `delta = W_S + 1`, `eps+ = sup max(epsilon, 0)`, `eps- = sup max(-epsilon, 0)`,
/// `kappa = sup max(epsilon - B delta, 0)` over (0, T]. Then for all tau <= T and S
///
/// `W - eps+ <= V <= W + eta`,  `eta = sup [eps- K/B + kappa (K/B - 1)]`.
///
/// *Lower.* Above the curve `e^(-rt) W` is a martingale; stopped on the curve (or at expiry) it pays `K - B + epsilon`, so
/// `W <= E e^(-r sigma) g + eps+ <= V + eps+`. Below, `D = W - (K - S)` solves `D_tau = L D - r D`, is epsilon on the curve and 0
/// at expiry, hence `W <= g + eps+ <= V + eps+`.
/// *Upper.* `W + eta` is a supersolution, for `r K - q S >= 0` below B <= X and r >= 0: it bounds V as soon as
/// `W + eta >= g`. Below the curve `g - W = -D <= eps-`. Above it `F = W - S W_S`, which solves the same homogeneous equation
/// (S d/dS commutes with L), is at most K at expiry and `K + epsilon - B delta <= K + kappa` on the curve; K + kappa is a
/// supersolution, hence `F <= K + kappa` there. Now `d/dS ((W - K)/S) = (K - F)/S^2 >= -kappa/S^2`, so that for B < S < K
/// `W >= K - S + epsilon S/B - kappa (S/B - 1) >= g - eta`; and for S >= K, W >= 0 = g. QED
///
/// The suprema are taken here over points between the collocation nodes, where the residuals of an interpolated curve peak, and
/// doubled: so the bounds are estimates, which steer the refinement; `PutCertificate` proves bounds of the two residuals.
struct PutEnclosure: Equatable, Sendable {
  /// `W - V` is at most this.
  let above: Double
  /// `V - W` is at most this.
  let below: Double
  /// sup |epsilon| and sup |epsilon - B delta| over the sample, before doubling.
  let matchingResidual: Double
  let fitResidual: Double
  /// How far smooth fit would move ln B at worst: `|delta| / (B W_SS)` with `W_SS = 2 (r K - q B)/(sigma B)^2` above the curve,
  /// over the same sample. An error of B shifts delta by W_SS times itself, and through the integral by less.
  let displacement: Double

  init(_ premium: PutPremium, degree n: Int) {
    var (positive, negative, kappa, matching, fit, displacement) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    let equation = premium.boundary.equation
    let halfVariance = 0.5 * equation.volatility * equation.volatility
    for j in 0..<n {
      let sine = sin(.pi * (Double(j) + 0.5) / Double(2 * n))
      let share = sine * sine
      let residuals = premium.residuals(share: share)
      let ratio = premium.boundary.logRatio(share: share)
      let state = equation.limit * exp(ratio)
      let gain = equation.gain(ratio, exp(ratio))
      let defect = residuals.matching - state * residuals.fit
      positive = max(positive, residuals.matching)
      negative = max(negative, -residuals.matching / state)
      kappa = max(kappa, defect)
      matching = max(matching, abs(residuals.matching))
      fit = max(fit, abs(defect))
      // where the curve is within rounding of its limit the quotient says nothing, nor does it matter
      if ratio < -1e-9 { displacement = max(displacement, abs(residuals.fit) * halfVariance * state / gain) }
    }
    let least = equation.limit * exp(premium.boundary.logRatio(share: 1))
    (above, below) = (2 * positive, 2 * (negative + kappa * (1 / least - 1)))
    (matchingResidual, fitResidual, self.displacement) = (matching, fit, displacement)
  }
}
