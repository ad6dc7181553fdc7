import DepthNumerics
import Foundation

/// The continuation region (b, infinity): `u = V'` of least growth, marched inwards until `u = g'`.
struct UpperEndSmoothFit {
  let equation: StationaryEquation
  /// One must continue above this point, so b lies at or below it.
  let edge: Double
  let rule: ChebyshevPanel

  func solve(at states: [Double]) throws -> FreeBoundarySolution {
    let outermost = max(edge, states.max() ?? edge)
    var flow = try leastGrowth(from: outermost)
    let boundary = try march(&flow)
    let loss = equation.loss
    let slope = loss.derivative(0, boundary)
    let atBoundary = flow.integral(at: boundary)
    let losses = states.map { loss.value(0, $0) }
    let climbs = states.map { $0 <= boundary ? 0 : flow.integral(at: $0) - atBoundary }
    return FreeBoundarySolution(
      boundary: [boundary],
      values: states.indices.map {
        states[$0] <= boundary ? losses[$0] : loss.value(0, boundary) + climbs[$0]
      },
      losses: losses, expectedDepths: climbs.map { $0 / equation.runningCost }, panelCount: flow.panelCount,
      evaluations: flow.coefficientEvaluations, residual: abs(flow.value(at: boundary) - slope))
  }

  /// A march that has arrived at `outermost` with the start's error damped below rounding.
  ///
  /// Started from the quasi-steady `-q/p` so far out that `int |p|` exceeds 45 (e^-45 = 3e-20).
  private func leastGrowth(from outermost: Double) throws -> LinearFlow {
    let damping = try equation.dampingDistance(from: outermost, exponent: 45)
    let far = outermost + damping
    let equation = self.equation
    var flow = LinearFlow(
      rule: rule, start: far, value: -equation.q(far) / equation.p(far), length: damping / 8,
      p: { equation.p($0) }, q: { equation.q($0) })
    while flow.end > outermost { try flow.advance(towards: outermost) }
    // a march of its own from here: integrals from the far start would cancel in V
    return LinearFlow(
      rule: rule, start: outermost, value: flow.endValue, length: max(outermost / 8, damping / 64),
      p: { equation.p($0) }, q: { equation.q($0) })
  }

  /// Marches down from `edge` until `u - g'` changes sign; the root is the boundary.
  private func march(_ flow: inout LinearFlow) throws -> Double {
    let loss = equation.loss
    while flow.end > edge { try flow.advance(towards: edge) }
    func excess(_ flow: LinearFlow, _ x: Double) -> Double { flow.value(at: x) - loss.derivative(0, x) }
    if excess(flow, edge) >= 0 { return edge }
    let lower = equation.diffusion.lower
    while true {
      let previous = flow.end
      guard previous > lower else {
        throw StoppingError("continuing is optimal on the whole domain: no halting boundary")
      }
      try flow.advance(towards: lower)
      let x = flow.end
      let atNext = x == lower ? flow.value(at: x) - loss.derivative(0, x) : excess(flow, x)
      if atNext >= 0 {
        let marched = flow
        return try RootFinding.brent(lower: x, upper: previous) { excess(marched, $0) }
      }
    }
  }
}
