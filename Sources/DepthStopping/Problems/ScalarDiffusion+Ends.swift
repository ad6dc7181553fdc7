extension ScalarDiffusion.End {
  /// What the coefficients make of an end of the domain (lower, upper) about which nothing is said.
  ///
  /// Noise that reaches a finite end: absorbing, unless the drift there is `k / |x - end|` inwards with `2 k >= sigma^2`, as at
  /// the origin of R^d: the end is an entrance, left and never come back to, where V' = 0 is the limit from inside. Noise
  /// that vanishes there under a drift inwards that keeps the state away (`2 f >= d sigma^2 / dx`): inflow. Else natural.
  /// Source: Feller's classification, Karlin and Taylor, "A Second Course in Stochastic Processes" (1981), section 15.6.
  static func ofCoefficients(
    _ drift: ScalarFunction, _ diffusion: ScalarFunction, at end: Double, lower: Double, upper: Double
  ) -> ScalarDiffusion.End {
    guard end.isFinite else { return .natural }
    let inwards = end == lower ? 1.0 : -1.0
    let (f, sigma) = (drift(0, end), diffusion(0, end))
    let length = upper - lower
    // the limits at the end, from so close that they are theirs to nine digits
    let step = 1e-9 * (length.isFinite ? length : max(1, abs(end)))
    let beside = end + inwards * step
    let (force, noise) = (inwards * drift(0, beside), diffusion(0, beside))
    // 1 + 1e-6: a limit read off beside the end may miss equality by rounding
    let keepsAway = 2 * force * step * (1 + 1e-6) >= noise * noise
    if sigma.isFinite, sigma != 0 {
      if f.isFinite { return .absorbing }
      return keepsAway ? .reflecting : .natural
    }
    return sigma == 0 && f.isFinite && f * inwards > 0 && keepsAway ? .inflow : .natural
  }
}
