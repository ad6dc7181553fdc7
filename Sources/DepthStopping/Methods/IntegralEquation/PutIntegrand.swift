import DepthNumerics
import Foundation

/// The integrands of a put's residuals over discs of the complex plane: bounds of their moduli.
///
/// With `u = tau w^(2k)`, `w = sin^2(pi x/2)`, k = 4 (s a power of tau; then s_u = s w) or 1 (`TimeToGoTurn`), all is analytic in x
/// near [0, 1] and in s near (0, 1]: `sqrt t = rho C R`, rho = sqrt(tau), `C = cos(pi x/2)`, `R^2 = (1 - w^(2k))/(1 - w)`, and
/// `d_2 = (p(s) - p(s_u))/(sigma rho C R) + mu rho C R/sigma`, whose quotient is finite at C = 0. For k = 4, `p = s^4 q`, and s^4
/// cancels: `q(s) - w^4 q(s_u) = C^2 (s q'(.) + (1 + w)(1 + w^2) q(s_u))`.
struct PutIntegrand {
  let boundary: PutBoundary
  let discs: BoundaryDiscs

  /// s with `rho = sqrt(tau)`, the series and `p(s)`.
  struct Place {
    let share: ComplexDisc
    let root: ComplexDisc
    let series: ComplexDisc
    let curve: ComplexDisc
  }

  /// What depends on x alone.
  struct Node {
    let w: ComplexDisc
    let cosine: ComplexDisc
    /// R and 1/R.
    let span: ComplexDisc
    let inverseSpan: ComplexDisc
    /// `|dv/dx| / |C|`, `v = w^(2k)`, from above.
    let measure: Double
  }

  /// Bounds of |epsilon| and |epsilon - B delta|, per dx or whole.
  struct Bounds {
    var matching: Double
    var defect: Double
  }

  var k: Int { boundary.scale.turn == nil ? 4 : 1 }
  private var equation: PutEquation { boundary.equation }

  func place(_ share: ComplexDisc) -> Place {
    let series = discs.jet(share).value
    return Place(share: share, root: root(share), series: series, curve: curve(share, series))
  }

  /// p from the series.
  func curve(_ share: ComplexDisc, _ series: ComplexDisc) -> ComplexDisc {
    guard boundary.hasRootFactor else { return series }
    let square = share * share
    return square * square * series
  }

  func node(_ x: ComplexDisc) -> Node {
    let angle = x * (0.5 * .pi)
    let (sine, cosine) = (angle.sine, angle.cosine)
    let w = sine * sine
    var square = w + 1
    var power = w
    for _ in 1..<max(1, k.trailingZeroBitCount + 1) {
      power = power * power
      square = square * (power + 1)
    }
    let span = square.squareRoot
    // dv/dx = 2 k w^(2k - 1) pi sqrt(w) C
    var measure = 2 * Double(k) * .pi * sine.most
    for _ in 0..<(2 * k - 1) { measure *= w.most }
    return Node(w: w, cosine: cosine, span: span, inverseSpan: span.reciprocal, measure: measure * 1.0001)
  }

  /// `sqrt(tau)` of s.
  private func root(_ share: ComplexDisc) -> ComplexDisc {
    guard let turn = boundary.scale.turn else {
      let square = share * share
      return square * square * boundary.scale.horizon.squareRoot()
    }
    let exponent = (share * turn.length + -turn.offset).hyperbolicSine * turn.width + turn.center
    return exponent.exponentialMinusOne * turn.scale
  }

  /// s of sqrt(tau), and its derivative.
  private func share(_ root: ComplexDisc, _ turn: TimeToGoTurn) -> (value: ComplexDisc, slope: ComplexDisc) {
    let z = ((root * (1 / turn.scale)).logarithmOfOnePlus + -turn.center) * (1 / turn.width)
    let slope = ((z * z + 1).squareRoot * (root + turn.scale)).reciprocal * (1 / (turn.length * turn.width))
    return ((z.inverseHyperbolicSine + turn.offset) * (1 / turn.length), slope)
  }

  /// The disc around two discs.
  private static func hull(_ a: ComplexDisc, _ b: ComplexDisc) -> ComplexDisc {
    let (x, y) = (0.5 * (a.real + b.real), 0.5 * (a.imaginary + b.imaginary))
    let reach = 0.5 * ComplexDisc(a.real - b.real, a.imaginary - b.imaginary).size
    return ComplexDisc(x, y, radius: (reach + max(a.radius, b.radius)) * (1 + 0x1p-40))
  }

  /// Of two discs around the same values.
  private static func smaller(_ a: ComplexDisc, _ b: ComplexDisc) -> ComplexDisc { a.radius <= b.radius ? a : b }

  /// `sqrt t`, `d_2` of `S = B e^gap` and `p(s_u)`.
  private func distance(_ place: Place, _ node: Node, gap: Double) -> (
    root: ComplexDisc, second: ComplexDisc, curve: ComplexDisc
  ) {
    let (rho, sigma) = (place.root, equation.volatility)
    let rootTime = rho * node.cosine * node.span
    let isNear = node.w.realLeast > 0.6
    let inner: ComplexDisc
    let series: ComplexDisc
    var quotient: ComplexDisc
    if let turn = boundary.scale.turn {
      let innerRoot = rho * node.w
      inner = share(innerRoot, turn).value
      series = discs.jet(inner).value
      quotient = (place.series - series) * rootTime.reciprocal * (1 / sigma)
      if isNear {
        let slope = discs.jet(Self.hull(place.share, inner)).slope
        // (s - s_u) / (rho C)
        let chord = node.cosine * share(Self.hull(rho, innerRoot), turn).slope
        quotient = Self.smaller(quotient, chord * slope * node.inverseSpan * (1 / sigma))
      }
    } else {
      inner = place.share * node.w
      series = discs.jet(inner).value
      let factor = 1 / (sigma * boundary.scale.horizon.squareRoot())
      let square = node.w * node.w
      quotient = (place.series - square * square * series) * (node.cosine * node.span).reciprocal * factor
      if isNear {
        let slope = discs.jet(Self.hull(place.share, inner)).slope
        let sum = place.share * slope + (node.w + 1) * (square + 1) * series
        quotient = Self.smaller(quotient, node.cosine * sum * node.inverseSpan * factor)
      }
    }
    if gap != 0 { quotient = quotient + rootTime.reciprocal * (gap / sigma) }
    return (rootTime, quotient + rootTime * (equation.logDrift / sigma), curve(inner, series))
  }

  /// Bounds of the integrands of epsilon and of epsilon - B delta, per dx.
  func residuals(_ place: Place, _ node: Node) -> Bounds {
    let (rootTime, second, curve) = distance(place, node, gap: 0)
    let first = second + rootTime * equation.volatility
    let t = rootTime * rootTime
    let (interest, yields) = (exp(-equation.rate * t.realLeast), exp(-equation.dividend * t.realLeast))
    let rho = place.root.most
    let mass = rho * rho * node.measure * node.cosine.most
    let paid = equation.rate * interest * Self.normal(second)
    let state = equation.limit * exp(place.curve.realMost)
    let gain = max(equation.rate - equation.dividend, 0) + min(equation.rate, equation.dividend) * expm1(curve.most)
    let smooth = rho * node.measure * node.inverseSpan.most / equation.volatility
    return Bounds(
      matching: Self.finite(mass * (paid + equation.dividend * state * yields * Self.normal(first))),
      defect: Self.finite(mass * paid + smooth * interest * Self.density(second) * gain))
  }

  /// A bound of the premium's integrand at `S = B e^gap`, per dx.
  func premium(_ place: Place, _ node: Node, state: Double, gap: Double) -> Double {
    let (rootTime, second, _) = distance(place, node, gap: gap)
    let first = second + rootTime * equation.volatility
    let t = rootTime * rootTime
    let rho = place.root.most
    let paid = equation.rate * exp(-equation.rate * t.realLeast) * Self.normal(second * -1)
    let lost = equation.dividend * state * exp(-equation.dividend * t.realLeast) * Self.normal(first * -1)
    return Self.finite(rho * rho * node.measure * node.cosine.most * (paid + lost))
  }

  /// A bound of the premium's integral over real x in [low, 1].
  func premiumRest(_ place: Place, from low: Double, state: Double, gap: Double) -> Double {
    let node = node(ComplexDisc(from: low, to: 1))
    let inner = boundary.scale.turn.map { share(place.root * node.w, $0).value } ?? place.share * node.w
    let curve = curve(inner, discs.jet(inner).value)
    // 1 - v <= 2 k (1 - w) = 2 k C^2
    let cosine = sin(0.5 * .pi * (1 - low))
    let time = place.root.most * cosine * Double(2 * k).squareRoot()
    let reach =
      (gap + place.curve.realLeast - curve.realMost) / (equation.volatility * time)
      - (abs(equation.logDrift) / equation.volatility + equation.volatility) * time
    let weight = reach > 0 ? 0.5 * exp(-0.5 * reach * reach) : 1
    return Self.finite((equation.rate + equation.dividend * state) * time * time * weight)
  }

  /// Bounds of the terms outside of the integrals: the call and `e^(-r tau) Phi(d_2)` on the curve.
  func ends(_ place: Place) -> Bounds {
    let sigma = equation.volatility
    let second =
      (boundary.hasRootFactor
        ? place.series * (1 / (sigma * boundary.scale.horizon.squareRoot()))
        : (place.series + log(equation.limit)) * (place.root * sigma).reciprocal)
      + place.root * (equation.logDrift / sigma)
    let tau = place.root * place.root
    let paid = exp(-equation.rate * tau.realLeast) * Self.normal(second)
    let state = equation.limit * exp(place.curve.realMost - equation.dividend * tau.realLeast)
    return Bounds(
      matching: Self.finite(paid + state * Self.normal(second + place.root * sigma)), defect: Self.finite(paid))
  }

  private static func finite(_ bound: Double) -> Double { bound.isFinite ? bound * 1.001 : .infinity }

  /// `|Phi(a + ib)| <= e^(b^2/2) Phi(a)`, integrating phi along the horizontal line; `Phi(a) <= e^(-a^2/2)/2` for a <= 0.
  private static func normal(_ z: ComplexDisc) -> Double {
    let (b, a) = (z.imaginaryMost, min(0, z.realMost))
    return (a < 0 ? 0.5 : 1) * exp(0.5 * (b * b - a * a))
  }

  private static func density(_ z: ComplexDisc) -> Double {
    let (b, a) = (z.imaginaryMost, max(0, abs(z.real) - z.radius))
    return 0.3989422804014328 * exp(0.5 * (b * b - a * a))
  }
}
