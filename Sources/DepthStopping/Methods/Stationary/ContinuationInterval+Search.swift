import DepthNumerics
import Foundation

extension ContinuationInterval {
  /// Marches outwards from the component and returns the first place where a better rule no longer lies further out.
  ///
  /// The criterion is `G = +-(V' - g')` (upper, lower end): positive where moving the end outwards lowers V.
  func search(isUpper: Bool, _ start: EndRelation) throws -> IntervalEnd {
    let direction = isUpper ? 1.0 : -1.0
    var x = isUpper ? component.right : component.left
    var relation = start
    guard var index = nextPanel(beyond: x, isUpper: isUpper) else { return .domain }
    if gainAtComponent(isUpper: isUpper, relation) <= 0 {
      let inner = isUpper ? index - 1 : index + 1
      return .free(x, isSmooth: !isKink(x), panel: chain.indices.contains(inner) ? inner : index)
    }
    let natural = isUpper ? searchEnds.upper : searchEnds.lower
    while true {
      let isBeyondAllowed = isUpper ? x >= allowed.lastAllowed : x <= allowed.firstAllowed
      if isBeyondAllowed, x != (isUpper ? inequality.upper : inequality.lower) { return .domain }
      if !chain.indices.contains(index) {
        guard let limit = try limit(isUpper: isUpper, x, natural) else { return atEnd(isUpper, relation, x) }
        try chain.grow(isUpper: isUpper, limit: limit)
      }
      let panel = chain[index]
      if panel.kind == (isUpper ? .fromAbove : .fromBelow) { return .domain }
      let line =
        panel.kind == .ordinary
        ? PanelLine(panel, source: ContinuationPanel.source, relation: relation, atUpper: !isUpper)
        : PanelLine(carrying: panel, source: ContinuationPanel.source)
      let near = x
      relation = line.relation(atUpper: isUpper)
      x = isUpper ? panel.upper : panel.lower
      if gain(relation, x, slope: innerSlope(x, direction), direction) <= 0 {
        let place = root(line, near, x, direction)
        // on the near end itself the panel before holds the interval
        let inner = isUpper ? index - 1 : index + 1
        if abs(place - near) <= 4 * near.ulp, chain.indices.contains(inner) {
          return .free(near, isSmooth: !isKink(near), panel: inner)
        }
        return .free(place, isSmooth: true, panel: index)
      }
      if isKink(x), gain(relation, x, slope: outerSlope(x, direction), direction) <= 0 {
        return .free(x, isSmooth: false, panel: index)
      }
      index += isUpper ? 1 : -1
    }
  }

  /// G at the component's own edge.
  func gainAtComponent(isUpper: Bool, _ relation: EndRelation) -> Double {
    let (x, direction) = isUpper ? (component.right, 1.0) : (component.left, -1.0)
    return gain(relation, x, slope: outerSlope(x, direction), direction)
  }

  /// Index of the panel that begins at x, whether or not it exists yet; nil at the end of the domain.
  private func nextPanel(beyond x: Double, isUpper: Bool) -> Int? {
    if isUpper ? x >= inequality.upper : x <= inequality.lower { return nil }
    if x == chain.middle { return isUpper ? 0 : -1 }
    guard let holding = chain.index(holding: x) else {
      return isUpper ? chain.indices.upperBound : chain.indices.first! - 1
    }
    return isUpper
      ? (chain[holding].upper == x ? holding + 1 : holding) : chain[holding].lower == x ? holding - 1 : holding
  }

  private func gain(_ relation: EndRelation, _ x: Double, slope: Double, _ direction: Double) -> Double {
    // a value known at x itself says nothing of V' there: the interval is empty and growing it is right
    relation.p == 0 ? .infinity : direction * (relation.slope(value: inequality.loss.value(0, x)) - slope)
  }

  private func isKink(_ x: Double) -> Bool { inequality.loss.kinks.contains(x) }

  private func innerSlope(_ x: Double, _ direction: Double) -> Double {
    inequality.loss.derivative(0, isKink(x) ? (direction > 0 ? x.nextDown : x.nextUp) : x)
  }

  private func outerSlope(_ x: Double, _ direction: Double) -> Double {
    inequality.loss.derivative(0, isKink(x) ? (direction > 0 ? x.nextUp : x.nextDown) : x)
  }

  /// How far the next panel may reach; nil where the search is over.
  private func limit(isUpper: Bool, _ x: Double, _ natural: NaturalEnd?) throws -> Double? {
    let end = isUpper ? inequality.upper : inequality.lower
    switch isUpper ? inequality.upperEnd : inequality.lowerEnd {
    case .absorbing: return x == end ? nil : end
    case .reflecting, .inflow:
      if inequality.isRegularReflection(isUpper: isUpper) { return x == end ? nil : end }
      return abs(end - x) <= 1e-9 * abs(end - chain.middle) ? nil : 0.5 * (x + end)
    case .natural:
      if let natural { return (isUpper ? x >= natural.start : x <= natural.start) ? nil : natural.start }
      guard end.isFinite ? abs(end - x) > 1e-280 && 0.5 * (x + end) != x : abs(x) < 1e100 else {
        throw StoppingError("the halting boundary lies too close to the end \(end) of the domain to be resolved")
      }
      return end.isFinite ? 0.5 * (x + end) : isUpper ? 1e150 : -1e150
    }
  }

  /// At the end of the domain without a root: the reflecting end itself may be worth stopping at.
  func atEnd(_ isUpper: Bool, _ relation: EndRelation, _ x: Double) -> IntervalEnd {
    let end = isUpper ? inequality.upper : inequality.lower
    guard x == end, inequality.isRegularReflection(isUpper: isUpper) else { return .domain }
    // reflection adds -V' (upper) or V' (lower) per unit of local time
    let slope = relation.slope(value: inequality.loss.value(0, x))
    let isWorthStopping = isUpper ? slope <= 0 : slope >= 0
    return isWorthStopping
      ? .free(x, isSmooth: false, panel: isUpper ? chain.indices.last! : chain.indices.first!) : .domain
  }

  /// The root of G on one panel between its near and its far end: Chandrupatla's method, superlinear and bracketing.
  ///
  /// Source: Chandrupatla, "A new hybrid quadratic/bisection algorithm", Adv. Eng. Software 28 (1997).
  private func root(_ line: PanelLine, _ near: Double, _ far: Double, _ direction: Double) -> Double {
    let loss = inequality.loss
    func gain(_ x: Double) -> Double {
      let slope = line.member(value: loss.value(0, x), at: line.panel.local(x)).slope
      let value = direction * (slope - loss.derivative(0, x))
      return value.isFinite ? value : 1
    }
    // not near itself, which may be a kink with another slope on its far side
    let beside = far > near ? near.nextUp : near.nextDown
    let inner = far > near ? max(beside, near + 1e-14 * (far - near)) : min(beside, near + 1e-14 * (far - near))
    var (a, b) = (far, inner)
    var (fa, fb) = (
      direction
        * (line.relation(atUpper: direction > 0).slope(value: loss.value(0, far)) - innerSlope(far, direction)),
      gain(inner)
    )
    if fa == 0 { return far }
    if fb <= 0 { return near }
    var (c, fc) = (a, fa)
    var share = 0.5
    for _ in 0..<100 {
      let x = a + share * (b - a)
      let fx = gain(x)
      if (fx < 0) == (fa < 0) {
        (c, fc) = (a, fa)
      } else {
        (c, fc) = (b, fb)
        (b, fb) = (a, fa)
      }
      (a, fa) = (x, fx)
      let best = abs(fa) < abs(fb) ? a : b
      let tolerance = 0.5 * best.ulp / abs(b - a)
      if fa == 0 || tolerance > 0.5 { return best }
      let (xi, phi) = ((a - b) / (c - b), (fa - fb) / (fc - fb))
      let isInverse = phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi
      share =
        isInverse
        ? fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb) : 0.5
      share = max(tolerance, min(1 - tolerance, share))
    }
    return abs(fa) < abs(fb) ? a : b
  }
}
