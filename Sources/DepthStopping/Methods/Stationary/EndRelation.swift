import Foundation

/// What the rest of the domain says about V at one place: `p V' = q V + r`. p = 0 is a known value.
struct EndRelation: Sendable {
  var p: Double
  var q: Double
  var r: Double

  static func value(_ v: Double) -> EndRelation { EndRelation(p: 0, q: 1, r: -v) }

  /// V' where V is known.
  func slope(value: Double) -> Double { (q * value + r) / p }

  /// The same relation with numbers of order one.
  var normalized: EndRelation {
    let size = max(abs(p), abs(q))
    guard size > 0, size.isFinite else { return self }
    return EndRelation(p: p / size, q: q / size, r: r / size)
  }
}

/// The solution of least growth at a natural end, from a start so far out that its error is damped below rounding.
///
/// In the coordinate `dz = dx / sigma` with drift m the homogeneous solution of least growth has the quasi-steady logarithmic
/// slope `-m -+ sqrt(m^2 + 2 r)` (upper, lower end), exact where m and r are constant. A disturbance of it is damped by
/// `2 int sqrt(m^2 + 2 r) dz` on the way inwards, one of the source by `int (sqrt(m^2 + 2 r) -+ m) dz`.
struct NaturalEnd: Sendable {
  /// Where the march inwards starts.
  let start: Double
  /// `V' = logarithmicSlope V + source` there; the second source is that of unit cost.
  let logarithmicSlope: Double
  let source: Double
  let unitSource: Double
  /// Logarithmic slope of the solution that grows towards the end: a reward must grow more slowly.
  let growth: Double

  /// Exponents: what is wrong at the start is damped by e^-45 = 3e-20.
  static let damping = 45.0

  /// - Parameter place: the outermost state of interest; the march must arrive there clean.
  /// - Throws: `StoppingError` where neither drift nor discount pick a solution.
  init(_ equation: StationaryOperator, isUpper: Bool, beyond place: Double) throws {
    let inequality = equation.inequality
    let end = isUpper ? inequality.upper : inequality.lower
    let direction = isUpper ? 1.0 : -1.0
    // distance to a finite end shrinks, to an infinite one grows, geometrically
    let other = isUpper ? inequality.lower : inequality.upper
    var step =
      end.isFinite ? 0.5 * abs(end - place) : max(abs(place), other.isFinite ? abs(place - other) : 0, 1e-3) / 8
    var (x, homogeneous, sourced) = (place, 0.0, 0.0)
    // a proven bound of the far field needs the values there damped, not only the logarithmic slope
    let needsSource = !equation.hasConstantParticular || inequality.structure != nil
    for round in 0..<1200 {
      let isDamped =
        (homogeneous >= Self.damping || !equation.isDiscounted) && (sourced >= Self.damping || !needsSource)
      // sixty steps, each longer than all before it, without any damping: there is none
      let isHopeless = min(homogeneous, sourced) < 1 && homogeneous + sourced < 2 || needsSource && sourced < 1e-6
      if isDamped || (round == 60 && isHopeless) { break }
      let (h, s) = Self.damping(equation, from: x, step: direction * step)
      if h > 12, step > 1e-12 * abs(x) {
        step /= 2
        continue
      }
      guard h.isFinite, x + direction * step != x, abs(x) < 1e150 else { break }
      x += direction * step
      (homogeneous, sourced) = (homogeneous + h, sourced + s)
      step = end.isFinite ? min(0.5 * abs(end - x), step) : 1.4 * step
    }
    guard (homogeneous >= Self.damping || !equation.isDiscounted), sourced >= Self.damping || !needsSource else {
      throw StoppingError(
        "neither drift nor discount pick a solution at the \(isUpper ? "upper" : "lower") end \(end): waiting there costs "
          + "without bound, or the end is reached from inside and needs a condition")
    }
    let reach = end.isFinite ? abs(end - x) : max(abs(x), step)
    let (m, r, sigma) = (equation.unitNoiseDrift(x, reach: reach), equation.discount(x), equation.noise(x))
    let (away, back) = Self.rates(outwards: direction * m, r)
    start = x
    logarithmicSlope = -direction * away / sigma
    // n' = -(2 m + slope) n - 2 c, whose factor is -direction back
    source = equation.cost(x) == 0 ? 0 : 2 * direction * equation.cost(x) / back / sigma
    unitSource = 2 * direction * equation.unit(x) / back / sigma
    growth = direction * back / sigma
  }

  /// The quasi-steady relation at another place beyond `start`.
  static func relation(_ equation: StationaryOperator, isUpper: Bool, at x: Double) -> EndRelation {
    let end = isUpper ? equation.inequality.upper : equation.inequality.lower
    let direction = isUpper ? 1.0 : -1.0
    let reach = end.isFinite ? abs(end - x) : max(abs(x), 1e-3)
    let (m, r, sigma) = (equation.unitNoiseDrift(x, reach: reach), equation.discount(x), equation.noise(x))
    let (away, back) = rates(outwards: direction * m, r)
    let cost = equation.cost(x)
    return EndRelation(
      p: 1, q: -direction * away / sigma, r: cost == 0 ? 0 : 2 * direction * cost / back / sigma)
  }

  /// V' away from the end at `start`, as a march takes it: source, logarithmic slope, source of unit cost.
  func family(isFromBelow: Bool) -> SIMD3<Double> {
    (isFromBelow ? 1.0 : -1.0) * SIMD3(source, logarithmicSlope, unitSource)
  }

  /// `sqrt(u^2 + 2 r) + u` and `sqrt(u^2 + 2 r) - u` without cancellation, u the drift towards the end.
  private static func rates(outwards u: Double, _ r: Double) -> (away: Double, back: Double) {
    let root = (u * u + 2 * r).squareRoot()
    return u >= 0 ? (root + u, 2 * r / (root + u)) : (2 * r / (root - u), root - u)
  }

  private static func damping(_ equation: StationaryOperator, from x: Double, step: Double) -> (Double, Double) {
    var (homogeneous, sourced) = (0.0, 0.0)
    let direction = step > 0 ? 1.0 : -1.0
    for k in 0..<4 {
      let place = x + step * (Double(k) + 0.5) / 4
      let m = equation.unitNoiseDrift(place, reach: abs(step))
      let (away, back) = rates(outwards: direction * m, equation.discount(place))
      let weight = abs(step) / 4 / equation.noise(place)
      homogeneous += (away + back) * weight
      sourced += (back.isNaN ? 0 : back) * weight
    }
    return (homogeneous, sourced)
  }
}
