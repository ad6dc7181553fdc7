import DepthNumerics
import Foundation

/// The continuation region (A, B), both ends free: `u = u_p + C u_h` with `u(A) = g'(A)`, `u(B) = g'(B)` and
/// `int_A^B u = g(B) - g(A)`.
///
/// On either side `Phi(x) = (g' - u_p) / u_h` is monotone where stopping is allowed, so A and B follow from C by
/// bracketing, and C is the root of one increasing function.
struct IntervalSmoothFit {
  let equation: StationaryEquation
  let left: Double
  let right: Double
  let rule: ChebyshevPanel

  /// One half of the region, marched outwards from the middle: particular and homogeneous solution.
  private struct Side {
    var particular: LinearFlow
    var homogeneous: LinearFlow

    func slope(_ x: Double, _ c: Double) -> Double { particular.value(at: x) + c * homogeneous.value(at: x) }
    func climb(_ x: Double, _ c: Double) -> Double { particular.integral(at: x) + c * homogeneous.integral(at: x) }

    /// The march's common end.
    var end: Double {
      particular.end > particular.start ? min(particular.end, homogeneous.end) : max(particular.end, homogeneous.end)
    }

    mutating func advance(towards limit: Double) throws {
      try particular.advance(towards: limit)
      let reached = particular.end
      while homogeneous.end != reached { try homogeneous.advance(towards: reached) }
    }
  }

  private var loss: ScalarLoss { equation.loss }
  private var middle: Double { 0.5 * (left + right) }

  func solve(at states: [Double]) throws -> FreeBoundarySolution {
    let (slopeLeft, slopeRight) = edgeSlopes
    var (below, above) = (side(), side())
    try march(&below, to: left, outwards: equation.diffusion.lower)
    try march(&above, to: right, outwards: equation.diffusion.upper)
    let top = (slopeLeft - below.particular.value(at: left)) / below.homogeneous.value(at: left)
    let bottom = (slopeRight - above.particular.value(at: right)) / above.homogeneous.value(at: right)
    guard bottom < top else { throw StoppingError("no interval to continue on around \(middle)") }
    try extend(&below, until: bottom, outwards: equation.diffusion.lower)
    try extend(&above, until: top, outwards: equation.diffusion.upper)
    let (lower, upper) = (below, above)
    func ends(_ c: Double) throws -> (a: Double, b: Double) {
      try (
        root(lower, between: lower.end, and: left, edgeSlope: slopeLeft, c),
        root(upper, between: right, and: upper.end, edgeSlope: slopeRight, c)
      )
    }
    let c = try RootFinding.brent(lower: bottom, upper: top) { c in
      guard let (a, b) = try? ends(c) else { return .nan }
      return upper.climb(b, c) - lower.climb(a, c) - (loss.value(0, b) - loss.value(0, a))
    }
    let (a, b) = try ends(c)
    return evaluate(lower, upper, a, b, c, at: states)
  }

  /// One-sided slopes of g at the edges of the set where one must continue; at a kink they differ.
  private var edgeSlopes: (Double, Double) {
    guard left == right else { return (loss.derivative(0, left), loss.derivative(0, right)) }
    return (loss.derivative(0, left.nextDown), loss.derivative(0, right.nextUp))
  }

  private func side() -> Side {
    let equation = self.equation
    let (lower, upper) = (equation.diffusion.lower, equation.diffusion.upper)
    let reach = [middle - lower, upper - middle].filter(\.isFinite).min() ?? max(1, abs(middle))
    let length = max(reach / 4, right - left)
    return Side(
      particular: LinearFlow(
        rule: rule, start: middle, value: 0, length: length, p: { equation.p($0) }, q: { equation.q($0) }),
      homogeneous: LinearFlow(
        rule: rule, start: middle, value: 1, length: length, p: { equation.p($0) }, q: { _ in 0 }))
  }

  private func march(_ side: inout Side, to edge: Double, outwards: Double) throws {
    while side.end != edge { try side.advance(towards: edge) }
  }

  private func phi(_ side: Side, _ x: Double) -> Double {
    (loss.derivative(0, x) - side.particular.value(at: x)) / side.homogeneous.value(at: x)
  }

  /// Marches outwards until Phi has passed `target`; panels shrink geometrically towards a finite end.
  private func extend(_ side: inout Side, until target: Double, outwards end: Double) throws {
    let isUpper = end > middle
    for _ in 0..<400 {
      if side.end != middle {
        let reached = phi(side, side.end)
        if isUpper ? reached >= target : reached <= target { return }
      }
      let next = end.isFinite ? 0.5 * (side.end + end) : 2 * side.end - middle + (isUpper ? 1 : -1)
      guard next != side.end, next != end else { break }
      try side.advance(towards: next)
    }
    throw StoppingError("the halting boundary lies too close to the end \(end) of the domain to be resolved")
  }

  private func root(
    _ side: Side, between low: Double, and high: Double, edgeSlope: Double, _ c: Double
  ) throws -> Double {
    try RootFinding.brent(lower: low, upper: high) { x in
      side.slope(x, c) - (x == left || x == right ? edgeSlope : loss.derivative(0, x))
    }
  }

  private func evaluate(
    _ lower: Side, _ upper: Side, _ a: Double, _ b: Double, _ c: Double, at states: [Double]
  ) -> FreeBoundarySolution {
    let base = loss.value(0, a) - lower.climb(a, c)
    // the chance of leaving at b is a ratio of scale functions
    func scale(_ x: Double) -> Double { (x < middle ? lower : upper).homogeneous.integral(at: x) }
    let losses = states.map { loss.value(0, $0) }
    var values = losses
    var depths = [Double](repeating: 0, count: states.count)
    for (i, x) in states.enumerated() where x > a && x < b {
      values[i] = base + (x < middle ? lower : upper).climb(x, c)
      let chance = (scale(x) - scale(a)) / (scale(b) - scale(a))
      let expectedLoss = (1 - chance) * loss.value(0, a) + chance * loss.value(0, b)
      depths[i] = max(0, (values[i] - expectedLoss) / equation.runningCost)
    }
    let flows = [lower.particular, lower.homogeneous, upper.particular, upper.homogeneous]
    return FreeBoundarySolution(
      boundary: [a, b], values: values, losses: losses, expectedDepths: depths,
      panelCount: flows.reduce(0) { $0 + $1.panelCount },
      evaluations: flows.reduce(0) { $0 + $1.coefficientEvaluations },
      residual: max(
        abs(lower.slope(a, c) - loss.derivative(0, a)), abs(upper.slope(b, c) - loss.derivative(0, b))))
  }
}
