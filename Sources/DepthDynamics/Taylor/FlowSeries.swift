import DepthNumerics
import Foundation

/// The Taylor series of the flow in depth: `phi(p + s) = sum_n c_n s^n`, from its start p and state x.
///
/// For an autonomous field `n! c_n = D^n x`, the iterated Lie derivatives of the identity along f (`D x = f`, `D^2 x = J f`,
/// ...). The recurrence `c_{n+1} = [f(phi)]_n / (n + 1)` on truncated series; O(order^3) for each product in f.
/// Coefficients are kept as `c_n sigma^n` with sigma near the radius of convergence, so that they neither overflow nor
/// underflow. Source: Hairer, Norsett and Wanner, "Solving Ordinary Differential Equations I", I.8.
public struct FlowSeries: Sendable {
  /// p.
  public let depth: Double
  public let order: Int
  /// sigma.
  public let scale: Double
  /// `c_n sigma^n`, a row a component.
  let scaled: [[Double]]

  /// - Throws: `IntegrationError` when a coefficient is not finite; `InputError.usage` for a field without power series.
  public init(of field: some TaylorField, depth: Double = 0, state: [Double], order: Int) throws {
    precondition(state.count == field.dimension, "\(state.count) entries, the field has \(field.dimension)")
    precondition(order >= 1, "a flow's series of order \(order)")
    try field.requireSeries()
    // a first guess of the radius, then one from a few coefficients
    let slope = field(depth: depth, state: state)
    if let bad = slope.firstIndex(where: { !$0.isFinite }) {
      throw IntegrationError(reason: .nonFiniteField(component: bad), depth: depth, state: state)
    }
    let (size, speed) = (BLAS.norm(state.count, state), BLAS.norm(slope.count, slope))
    let guess = size > 0 && speed > 0 ? size / speed : 1
    let first = Self.coefficients(field, depth, state, min(order, 6), guess)
    var scale = guess * Self.correction(first)
    var scaled = Self.coefficients(field, depth, state, order, scale)
    // a scale far too large overflows; far too small ones do not occur, since rates only add up
    for _ in 0..<20 where !scaled.allSatisfy({ $0.allSatisfy(\.isFinite) }) {
      scale *= 0x1p-8
      scaled = Self.coefficients(field, depth, state, order, scale)
    }
    if let bad = scaled.firstIndex(where: { !$0.allSatisfy(\.isFinite) }) {
      throw IntegrationError(reason: .noPowerSeries(component: bad), depth: depth, state: state)
    }
    let correction = Self.correction(scaled)
    for i in scaled.indices {
      for n in 0...order { scaled[i][n] *= pow(correction, Double(n)) }
    }
    scale *= correction
    self.depth = depth
    self.order = order
    self.scale = scale
    self.scaled = scaled
  }

  /// `c_n sigma^n` of each component, n = 0 ... order.
  private static func coefficients(
    _ field: some TaylorField, _ depth: Double, _ state: [Double], _ order: Int, _ scale: Double
  ) -> [[Double]] {
    var rows = state.map { [$0] }
    for n in 0..<order {
      let algebra = GradedAlgebra.univariate(order: n)
      var time = GradedSeries(depth, in: algebra)
      if n > 0 { time.coefficients[1] = scale }
      let slopes = field.evaluate(depth: time, state: rows.map { GradedSeries(coefficients: $0, in: algebra) })
      for i in rows.indices { rows[i].append(scale * slopes[i].coefficients[n] / Double(n + 1)) }
    }
    return rows
  }

  /// The power of two by which a scale is to be multiplied so that no coefficient exceeds the first two.
  private static func correction(_ rows: [[Double]]) -> Double {
    let norms = norms(rows)
    let reference = max(norms[0], norms[1])
    let growth = (1..<norms.count).map { pow(norms[$0] / reference, 1 / Double($0)) }.max() ?? 1
    return growth.isFinite && growth > 0 ? exp2(-log2(growth).rounded(.up)) : 1
  }

  private static func norms(_ rows: [[Double]]) -> [Double] {
    (0..<rows[0].count).map { n in
      let column = rows.map { $0[n] }
      return BLAS.norm(column.count, column)
    }
  }

  /// `||c_n|| sigma^n`.
  var scaledNorms: [Double] { Self.norms(scaled) }

  /// `h^(n)(p)`, for an autonomous field `D^n x`; infinite beyond the range of numbers.
  public func derivative(_ n: Int) -> [Double] {
    precondition((0...order).contains(n), "derivative \(n) of a series of order \(order)")
    // n! / sigma^n in logarithms where either would overflow
    let factor = exp(lgamma(Double(n + 1)) - Double(n) * log(scale))
    return scaled.map { n == 0 ? $0[0] : $0[n] * factor }
  }

  /// The truncated series `sum_n weights_n c_n s^n`; all weights one without them.
  func sum(after length: Double, weights: [Double]? = nil) -> [Double] {
    let ratio = length / scale
    return scaled.map { row in
      var (total, power) = (0.0, 1.0)
      for n in 0...order {
        // beyond the weights' zeros powers may overflow
        let weight = weights?[n] ?? 1
        if weight == 0 { break }
        total += weight * row[n] * power
        power *= ratio
      }
      return total
    }
  }

  /// `phi(p + length)` from the truncated series; meaningful within the radius of convergence.
  public func state(after length: Double) -> [Double] { sum(after: length) }
}
