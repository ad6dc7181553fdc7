import Foundation

/// The value of never stopping, beyond a continuation interval's last boundary, where it is known.
///
/// Where `L g = m0 + m1 g` with c and r the same at all states, `W = gamma(theta) g + alpha(theta)` solves `W_theta = L W - r W + c`,
/// W = g at theta = 0: `gamma' = (m1 - r) gamma`, `alpha' = gamma m0 + c - r alpha`. Where none of them changes with depth,
/// `gamma = e^((m1 - r) theta)`, `alpha = e^(-r theta) (m0 (e^(m1 theta) - 1)/m1 + c (e^(r theta) - 1)/r)`; else both are
/// `GrowthTable`'s. A contracting process with a quadratic loss has it, and every loss that vanishes.
struct UnstoppedValue: Sendable {
  /// m0, m1, r and c at one depth.
  struct Rates {
    let constant: Double
    let factor: Double
    let discount: Double
    let cost: Double

    /// nil where the relation does not hold at the places, which lie on one side of all kinks.
    init?(_ inequality: VariationalInequality, depth: Double, places: [Double]) {
      let loss = inequality.loss
      func isSame(_ values: [Double]) -> Bool { values.allSatisfy { abs($0 - values[0]) <= 1e-14 * abs(values[0]) } }
      let (costs, discounts) = (
        places.map { inequality.cost(depth, $0) }, places.map { inequality.discount(depth, $0) }
      )
      guard isSame(costs), isSame(discounts) else { return nil }
      let g = places.map { loss.value(depth, $0) }
      let lg = places.map { x -> Double in
        let sigma = inequality.diffusion(depth, x)
        return inequality.drift(depth, x) * loss.derivative(depth, x)
          + 0.5 * sigma * sigma * loss.curvature(depth, x)
      }
      let last = places.count - 1
      let spread = g[last] - g[0]
      (cost, discount) = (costs[0], discounts[0])
      factor = spread == 0 ? 0 : (lg[last] - lg[0]) / spread
      constant = lg[0] - factor * g[0]
      for (value, image) in zip(g, lg) {
        let size = abs(image) + abs(constant) + abs(factor * value)
        guard abs(image - constant - factor * value) <= 1e-13 * size else { return nil }
      }
    }
  }

  private enum Growth {
    case steady(Rates)
    case table(GrowthTable)
  }

  private let growth: Growth

  /// nil where the relation does not hold from `state` on towards infinity (`direction` +1 or -1).
  init?(
    _ inequality: VariationalInequality, horizon: Double, from state: Double, direction: Double, scale: Double
  ) {
    let places = [0.31, 1.7, 3.9, 7.3, 15.1, 41].map { state + direction * scale * $0 }
    if inequality.dependsOnDepth {
      guard
        let table = GrowthTable(
          horizon: horizon, { Rates(inequality, depth: max(0, horizon - $0), places: places) })
      else { return nil }
      growth = .table(table)
    } else {
      guard let rates = Rates(inequality, depth: 0, places: places) else { return nil }
      growth = .steady(rates)
    }
  }

  /// `g - W = factor g - shift` at depth to go theta.
  func gap(_ theta: Double) -> (factor: Double, shift: Double) {
    switch growth {
    case .table(let table): return table.gap(theta)
    case .steady(let rates):
      func growth(_ rate: Double) -> Double { rate == 0 ? theta : expm1(rate * theta) / rate }
      return (
        -expm1((rates.factor - rates.discount) * theta),
        exp(-rates.discount * theta) * (rates.constant * growth(rates.factor) + rates.cost * growth(rates.discount))
      )
    }
  }
}
