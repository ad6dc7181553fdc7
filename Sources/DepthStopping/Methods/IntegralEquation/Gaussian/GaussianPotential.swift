import DepthNumerics
import Foundation

/// `U(tau, x) = int_0^tau e^(-ru) E[s 1_C](X_u) du`, kinks included: what stopping by given curves earns beyond g, V - g where they
/// are the boundary.
///
/// With `u = tau z^2` the square root goes, and tanh-sinh in z takes the ends.
/// Source: Peskir and Shiryaev, "Optimal Stopping and Free-Boundary Problems" (2006), sections 14 and 21 (the early exercise premium).
struct GaussianPotential {
  let curves: GaussianCurves
  let rule: DoubleExponentialRule
  /// `(1 - z^2)^power`: s of tau - u is s of tau times it.
  private let shares: [Double]

  init(_ curves: GaussianCurves, rule: DoubleExponentialRule) {
    self.curves = curves
    self.rule = rule
    shares = rule.nodes.indices.map { pow(rule.complements[$0] * (1 + rule.nodes[$0]), curves.power) }
  }

  /// U with its derivatives in x, and how far the rule of half the nodes is from U.
  func jet(_ state: Double, _ tau: Double) -> (jet: GaussianJet, difference: Double) {
    let problem = curves.problem
    let (m, count) = (rule.nodes.count, curves.count)
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: (count + 1) * m + count) { buffer in
      let base = buffer.baseAddress!
      let (points, table, edges) = (base, base + m, base + (count + 1) * m)
      let share = 2 * pow(tau / problem.horizon, curves.power)
      for k in 0..<m { points[k] = share * shares[k] - 1 }
      curves.states(at: points, m, into: table)
      var (sum, odd) = (GaussianJet(), GaussianJet())
      for k in 0..<m {
        for j in 0..<count { edges[j] = table[j * m + k] }
        let u = tau * rule.nodes[k] * rule.nodes[k]
        let step = problem.step(state, problem.growth(after: u), problem.law.deviation(after: u))
        let weight = 2 * tau * rule.nodes[k] * rule.weights[k] * exp(-problem.discount * u)
        var jet = problem.sourceJet(step, edges)
        for kink in problem.kinks { jet += kink.mass * problem.density(step, kink.state) }
        sum += weight * jet
        if k % 2 == 1 { odd += weight * jet }
      }
      return (sum, abs(sum.value - 2 * odd.value))
    }
  }
}

extension GaussianStopping {
  /// `E[s 1_C]` after a step, the continuation region given by the curves' states.
  @inline(__always)
  func sourceJet(_ step: GaussianStep, _ edges: UnsafePointer<Double>) -> GaussianJet {
    var jet = GaussianJet()
    for interval in intervals {
      let low = interval.lower.map { edges[$0] } ?? (mirror ?? -.infinity)
      let high = interval.upper.map { edges[$0] } ?? .infinity
      for piece in pieces {
        let (from, to) = (max(low, piece.lower), min(high, piece.upper))
        guard from < to else { continue }
        jet += step.integral(piece, from: from, to: to)
        if let mirror { jet += step.mirrored(at: mirror).integral(piece, from: from, to: to) }
      }
    }
    return jet
  }

  /// The density at a state, with its mirror image's.
  @inline(__always)
  func density(_ step: GaussianStep, _ state: Double) -> GaussianJet {
    var jet = step.density(state)
    if let mirror { jet += step.mirrored(at: mirror).density(state) }
    return jet
  }

  /// s on the stopping side of curve j.
  @inline(__always)
  func source(_ j: Int, at state: Double) -> Double {
    let start = starts[j]
    for piece in pieces {
      if start.stopsBelow ? state <= piece.upper : state < piece.upper { return piece.value(state) }
    }
    return 0
  }
}

extension GaussianStep {
  @inline(__always)
  func mirrored(at mirror: Double) -> GaussianStep {
    GaussianStep(mean: 2 * mirror - mean, decay: -decay, deviation: deviation)
  }
}
