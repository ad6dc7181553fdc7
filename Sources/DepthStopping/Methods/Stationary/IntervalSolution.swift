import DepthNumerics
import Foundation

/// V, `E tau*` and their errors on one continuation interval.
///
/// The residual rho of the equation bounds the error by the comparison principle: with u the solution of `L u - r u = -1`, u =
/// 0 at the free ends, `|V - v| <= sup |rho| u`: v plus that is at least the value of the computed rule, hence above V; v
/// minus that is a subsolution below g, hence below V (its kink at a free end is absorbed by LA > 0 within a distance of
/// the square of the error). What pieces miss each other and g by is a constant, again a supersolution; between two ends of
/// given value it tilts v by the harmonic function. What v' is wrong by at a free end moves that end by twice as much over
/// `2 LA / sigma^2`. In a scaled form, -1/m stands for -1.
/// Proven where the problem declares a `PolynomialStructure` and the conditions of `isProven` hold; else an estimate.
struct IntervalSolution {
  let interval: ContinuationInterval
  let value: PanelPieces
  /// u.
  private let unit: PanelPieces
  private let equation: StationaryOperator
  private let structure: PolynomialStructure?
  /// `sup |rho| / (1 - sup |rho_u|)`: times u it bounds the error.
  let residual: Double
  /// Error of u that is no multiple of it.
  private let unitShift: Double
  /// What does not scale with u: rounding at the ends and between panels, the far field.
  private let floor: Double
  let lowerError: Double
  let upperError: Double
  /// |V' - g'| at the free ends where smooth fit holds.
  let mismatch: Double
  /// Whether the errors are proven.
  let isCertified: Bool

  init(_ interval: ContinuationInterval) {
    self.interval = interval
    equation = interval.chain.equation
    structure = interval.inequality.structure
    value = PanelPieces(interval)
    unit = PanelPieces(interval, source: ContinuationPanel.unit) { _ in 0 }
    let (bound, unitBound) = (
      Self.bound(equation, interval, isUnit: false), Self.bound(equation, interval, isUnit: true)
    )
    let gaps = Self.gaps(interval, value)
    let shift = structure == nil ? 0 : (bound.shifts(value).max() ?? 0) + gaps
    unitShift = structure == nil ? 0 : unitBound.shifts(unit).max() ?? 0
    let ofUnit = unitBound.largest(unit)
    let residual = bound.largest(value) / (1 - min(ofUnit, 0.9))
    let tilt = structure == nil ? (0, 0) : Self.harmonicSlopes(interval, unit)
    let ends = Self.ends(interval, value, unit, equation, residual, (shift * tilt.0, shift * tilt.1))
    (lowerError, upperError, mismatch) = (ends.lower, ends.upper, ends.mismatch)
    let floor =
      ends.floor + (structure == nil ? gaps + Self.jumps(value) : 2 * shift) + Self.farField(interval, value)
    let (unit, unitShift) = (self.unit, self.unitShift)
    isCertified =
      structure != nil && ofUnit < 0.5 && residual.isFinite && ends.isClean
      && Self.isProven(interval, value) { floor + 2 * residual * (max(0, unit.jet($0)[0]) + unitShift) }
    (self.residual, self.floor) = (residual, floor)
  }

  private static func bound(
    _ equation: StationaryOperator, _ interval: ContinuationInterval, isUnit: Bool
  ) -> ResidualBound {
    ResidualBound(
      equation: equation, structure: interval.inequality.structure, isUnit: isUnit,
      bottom: interval.lower.place ?? -.infinity, top: interval.upper.place ?? .infinity)
  }

  /// V and its error at a state inside.
  func value(at x: Double) -> (value: Double, error: Double) {
    let piece = value.pieces[value.index(x)]
    let v = piece.jet(at: piece.local(x))[0]
    let unitPiece = unit.pieces[unit.index(x)]
    let u = max(0, unitPiece.jet(at: unitPiece.local(x))[0]) + unitPiece.evaluationErrors[0] + unitShift
    let rounding = structure == nil ? 4e-16 * (abs(v) + piece.size) : piece.evaluationErrors[0]
    return (v, residual * u + floor + rounding)
  }

  /// What v misses g by at the ends where V = g, with rounding.
  private static func gaps(_ interval: ContinuationInterval, _ value: PanelPieces) -> Double {
    let inequality = interval.inequality
    let lower = interval.lower.place ?? (inequality.lowerEnd == .absorbing ? inequality.lower : nil)
    let upper = interval.upper.place ?? (inequality.upperEnd == .absorbing ? inequality.upper : nil)
    return [(lower, 0), (upper, value.pieces.count - 1)].reduce(0) { sum, end in
      guard let x = end.0 else { return sum }
      let (piece, g) = (value.pieces[end.1], inequality.loss.value(0, x))
      return sum + abs(piece.jet(at: piece.local(x))[0] - g) + piece.evaluationErrors[0] + 2 * g.ulp
    }
  }

  /// How the lower and the upper free end's slopes answer to values that are wrong by 1 at the ends: the larger slope there of
  /// the harmonic functions that are 1 at one end and 0 at the other, doubled for their own error.
  private static func harmonicSlopes(_ interval: ContinuationInterval, _ unit: PanelPieces) -> (Double, Double) {
    let (inequality, equation) = (interval.inequality, interval.chain.equation)
    let height = unit.pieces.reduce(1e-300) { max($0, abs($1.jet(at: 0)[0])) }
    let ends = [
      interval.lower.place ?? (inequality.lowerEnd == .absorbing ? inequality.lower : nil),
      interval.upper.place ?? (inequality.upperEnd == .absorbing ? inequality.upper : nil),
    ]
    var slopes = (0.0, 0.0)
    // without discount and with one given value the harmonic function is 1
    guard equation.isDiscounted || !ends.contains(nil) else { return slopes }
    for raised in ends.compactMap(\.self) {
      let tilted = PanelPieces(interval, source: ContinuationPanel.unit) { $0 == raised ? height : 0 }
      if let x = interval.lower.place {
        slopes.0 = max(slopes.0, 2 * abs(tilted.jet(x)[1] - unit.jet(x)[1]) / height)
      }
      if let x = interval.upper.place {
        slopes.1 = max(slopes.1, 2 * abs(tilted.jet(x)[1] - unit.jet(x)[1]) / height)
      }
    }
    return slopes
  }

  /// Errors at the free ends.
  private static func ends(
    _ interval: ContinuationInterval, _ value: PanelPieces, _ unit: PanelPieces, _ equation: StationaryOperator,
    _ residual: Double, _ tilt: (lower: Double, upper: Double)
  ) -> (lower: Double, upper: Double, mismatch: Double, floor: Double, isClean: Bool) {
    var (lower, upper, mismatch, floor, isClean) = (0.0, 0.0, 0.0, 0.0, true)
    let loss = interval.inequality.loss
    for (end, isUpper) in [(interval.lower, false), (interval.upper, true)] {
      guard case .free(let x, let isSmooth, _) = end else { continue }
      let piece = value.pieces[isUpper ? value.pieces.count - 1 : 0]
      let jet = piece.jet(at: piece.local(x))
      let rounding = piece.evaluationErrors
      let unitPiece = unit.pieces[isUpper ? unit.pieces.count - 1 : 0]
      let unitSlope = abs(unitPiece.jet(at: unitPiece.local(x))[1]) + unitPiece.evaluationErrors[1]
      guard isSmooth else {
        // the boundary is the kink itself where V' lies strictly between the slopes of g
        let (left, right) = loss.slopes(at: x, depth: 0)
        let slack = residual * unitSlope + rounding[1] + (isUpper ? tilt.upper : tilt.lower)
        if x == interval.inequality.lower || x == interval.inequality.upper {
          // a reflecting end that is stopped at: V rises away from it
          isClean = isClean && (isUpper ? -jet[1] : jet[1]) > slack
          continue
        }
        isClean = isClean && loss.kinks.contains(x) && left + slack < jet[1] && jet[1] < right - slack
        continue
      }
      let gap = abs(jet[1] - loss.derivative(0, x))
      mismatch = max(mismatch, gap)
      let slope =
        residual * unitSlope + gap + rounding[1] + 2 * loss.derivative(0, x).ulp + (isUpper ? tilt.upper : tilt.lower)
      let bend = equation.bend(x)
      let error = 2 * slope / abs(bend) + 2 * x.ulp
      // LA must keep its size over the error's width
      let (before, after) = (equation.bend(x - error), equation.bend(x + error))
      isClean = isClean && bend > 0 && before > 0.6 * bend && after > 0.6 * bend
      floor += slope * error
      if isUpper { upper = error } else { lower = error }
    }
    return (lower, upper, mismatch, floor, isClean)
  }

  /// What V can differ by at a natural end, damped on the way inwards by e^-45 as the quadrature of the rates has it; e^-40
  /// allows for that quadrature.
  private static func farField(_ interval: ContinuationInterval, _ value: PanelPieces) -> Double {
    let least = interval.inequality.structure?.leastValue ?? 0
    return [(interval.lowerNatural, 0, -1.0), (interval.upperNatural, value.pieces.count - 1, 1)].reduce(0) {
      guard let natural = $1.0 else { return $0 }
      let size =
        abs(interval.inequality.loss.value(0, natural.start)) + abs(least) + abs(value.pieces[$1.1].jet(at: $1.2)[0])
      return $0 + 4.3e-18 * size
    }
  }

  /// V < g inside, by the maximum principle: LA >= 0 between a free end and the component, LA <= 0 on the component and beyond
  /// it to an end of the domain; so it suffices that V < g where LA changes sign.
  private static func isProven(_ interval: ContinuationInterval, _ value: PanelPieces, error: (Double) -> Double)
    -> Bool
  {
    let (component, inequality) = (interval.component, interval.inequality)
    // the samples beside a kink stand off by 1e-7 of the scale
    let length = inequality.upper - inequality.lower
    let scale = length.isFinite ? length : 1
    let inside = interval.allowed.breaks.filter {
      $0 > interval.lower.place ?? -.infinity && $0 < interval.upper.place ?? .infinity
    }
    let edges = [component.left, component.right].filter { $0 > inequality.lower && $0 < inequality.upper }
    guard inside.allSatisfy({ edges.contains($0) }) else { return false }
    if interval.lower == .domain, component.left > inequality.lower, interval.allowed.firstAllowed < component.left {
      return false
    }
    if interval.upper == .domain, component.right < inequality.upper,
      interval.allowed.lastAllowed > component.right + 1e-6 * max(abs(component.right), scale)
    {
      return false
    }
    return edges.allSatisfy { value.jet($0)[0] + error($0) < inequality.loss.value(0, $0) }
  }

  /// What values and slopes jump by from panel to panel, as an error of V; an estimate.
  private static func jumps(_ pieces: PanelPieces) -> Double {
    var sum = 0.0
    for i in 1..<max(1, pieces.pieces.count) {
      let (a, b) = (pieces.pieces[i - 1], pieces.pieces[i])
      let jump = a.jet(at: 1) - b.jet(at: -1)
      sum += abs(jump[0]) + abs(jump[1]) * 2 * max(a.upper - a.lower, b.upper - b.lower)
    }
    return sum
  }
}

extension IntervalSolution {
  /// `E tau*` at states inside and its error, from `L u = -1`; nil where it is infinite.
  func expectedDepths(_ states: [Double]) -> [(value: Double, error: Double)]? {
    let pieces: PanelPieces
    let solved: ContinuationInterval
    // in a scaled form the discount is a part of the scale
    if equation.isDiscounted, interval.inequality.map == .identity {
      guard let undiscounted = ContinuationInterval(undiscounted: interval) else { return nil }
      solved = undiscounted
      pieces = PanelPieces(undiscounted, source: ContinuationPanel.unit) { _ in 0 }
    } else {
      (solved, pieces) = (interval, unit)
    }
    let bound = Self.bound(solved.chain.equation, solved, isUnit: true)
    let residual = bound.largest(pieces)
    // the boundary's own error moves E tau by its slope there
    var floor = structure == nil ? Self.jumps(pieces) : bound.shifts(pieces).max() ?? 0
    for (place, error) in [(interval.lower.place, lowerError), (interval.upper.place, upperError)] {
      if let place { floor += 2 * abs(pieces.jet(place)[1]) * error }
    }
    return states.map { x in
      let piece = pieces.pieces[pieces.index(x)]
      let depth = max(0, piece.jet(at: piece.local(x))[0])
      return (depth, residual / (1 - min(residual, 0.9)) * depth + floor + piece.evaluationErrors[0])
    }
  }
}
