import Foundation

/// The value of never stopping, beyond a continuation interval's last boundary, where it is known in closed form.
///
/// Where `L g = m0 + m1 g` and c, r are constant, `W = gamma(theta) g + alpha(theta)` solves `W_theta = L W - r W + c`, W = g at
/// theta = 0: `gamma = e^((m1 - r) theta)`, `alpha = e^(-r theta) (m0 (e^(m1 theta) - 1)/m1 + c (e^(r theta) - 1)/r)`.
/// A contracting process with a quadratic loss has it, and every loss that vanishes.
struct UnstoppedValue: Sendable {
  private let constant: Double
  private let factor: Double
  private let discount: Double
  private let cost: Double

  /// nil where the relation does not hold from `state` on towards infinity (`direction` +1 or -1).
  init?(_ inequality: VariationalInequality, from state: Double, direction: Double, scale: Double) {
    guard let c = inequality.cost.constantValue, let r = inequality.discount.constantValue else { return nil }
    (cost, discount) = (c, r)
    let places = [0.31, 1.7, 3.9, 7.3, 15.1, 41].map { state + direction * scale * $0 }
    let loss = inequality.loss
    func generated(_ x: Double) -> Double {
      let sigma = inequality.diffusion(0, x)
      return inequality.drift(0, x) * loss.derivative(0, x) + 0.5 * sigma * sigma * loss.curvature(0, x)
    }
    let (g, lg) = (places.map { loss.value(0, $0) }, places.map(generated))
    let spread = g[5] - g[0]
    factor = spread == 0 ? 0 : (lg[5] - lg[0]) / spread
    constant = lg[0] - factor * g[0]
    for (value, image) in zip(g, lg) {
      let size = abs(image) + abs(constant) + abs(factor * value)
      guard abs(image - constant - factor * value) <= 1e-13 * size else { return nil }
    }
  }

  /// `g - W = factor g - shift` at depth to go theta.
  func gap(_ theta: Double) -> (factor: Double, shift: Double) {
    func growth(_ rate: Double) -> Double { rate == 0 ? theta : expm1(rate * theta) / rate }
    return (
      -expm1((factor - discount) * theta),
      exp(-discount * theta) * (constant * growth(factor) + cost * growth(discount))
    )
  }
}
