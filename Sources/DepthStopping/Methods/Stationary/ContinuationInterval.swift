import DepthNumerics
import Foundation

/// Where a continuation interval stops: at a free boundary, or where the domain does.
enum IntervalEnd: Equatable, Sendable {
  /// `panel` holds x; not smooth where x sits on a kink of g or at a reflecting end.
  case free(Double, isSmooth: Bool, panel: Int)
  case domain

  var place: Double? {
    if case .free(let x, _, _) = self { return x }
    return nil
  }
}

/// One maximal interval of continuation around a component of the set where one must continue.
///
/// With the upper end held, the lower one is the first root of `V' - g'` below the component, V the solution with V = g there;
/// then the other way round. V does not change to first order with either end (smooth fit), so the alternation converges
/// quadratically; and every step is a better rule, so the interval only grows.
struct ContinuationInterval {
  let inequality: VariationalInequality
  let allowed: LookAheadSet
  /// Where one must continue.
  let component: (left: Double, right: Double)
  /// Outermost states at which V is asked.
  let reach: (lower: Double, upper: Double)
  let chain: PanelChain
  private(set) var lower: IntervalEnd = .domain
  private(set) var upper: IntervalEnd = .domain
  private(set) var lowerNatural: NaturalEnd?
  private(set) var upperNatural: NaturalEnd?
  /// Reflecting ends that the component reaches and that may be stopped at alone: they are, until releasing them pays.
  let holds: (lower: Bool, upper: Bool)
  /// Where the search may stop at natural ends; nil where neither drift nor discount pick a solution there.
  private(set) var searchEnds: (lower: NaturalEnd?, upper: NaturalEnd?) = (nil, nil)
  private(set) var rounds = 0

  /// Solves; `reach` holds the states asked for.
  ///
  /// - Throws: `StoppingError` where no boundary exists or the value is infinite.
  init(
    _ inequality: VariationalInequality, allowed: LookAheadSet, component: (left: Double, right: Double),
    reach: (lower: Double, upper: Double)
  ) throws {
    self.inequality = inequality
    self.allowed = allowed
    self.component = component
    self.reach = reach
    let equation = StationaryOperator(inequality)
    let (reachesLower, reachesUpper) = (component.left <= inequality.lower, component.right >= inequality.upper)
    if inequality.lowerEnd == .natural {
      searchEnds.lower = try? Self.naturalEnd(equation, component, reach, isUpper: false)
    }
    if inequality.upperEnd == .natural {
      searchEnds.upper = try? Self.naturalEnd(equation, component, reach, isUpper: true)
    }
    holds = (
      reachesLower && inequality.mayStopAtEnd(isUpper: false), reachesUpper && inequality.mayStopAtEnd(isUpper: true)
    )
    guard !(reachesLower && reachesUpper) || holds.lower || holds.upper else {
      try Self.checkGrowth(inequality, searchEnds.lower, isUpper: false)
      try Self.checkGrowth(inequality, searchEnds.upper, isUpper: true)
      throw StoppingError("continuing is optimal on the whole domain: no halting boundary")
    }
    if reachesLower, inequality.lowerEnd != .absorbing, !holds.lower {
      chain = try Self.marched(equation, allowed, component, reach, isFromBelow: true, natural: &lowerNatural)
      try chain.grow(isUpper: true, to: component.right)
      upper = .free(component.right, isSmooth: !holds.upper, panel: chain.indices.last!)
    } else if reachesUpper, inequality.upperEnd != .absorbing, !holds.upper {
      chain = try Self.marched(equation, allowed, component, reach, isFromBelow: false, natural: &upperNatural)
      try chain.grow(isUpper: false, to: component.left)
      lower = .free(component.left, isSmooth: !holds.lower, panel: chain.indices.first!)
    } else {
      let middle =
        reachesLower && reachesUpper
        ? 0.5 * (component.left + component.right) : reachesLower ? component.right : component.left
      let rest =
        [middle - inequality.lower, inequality.upper - middle].filter(\.isFinite).min() ?? max(1, abs(middle))
      let width = component.right - component.left
      chain = PanelChain(
        equation, middle: middle, breaks: allowed.breaks,
        length: 0.25 * (width > 0 && width.isFinite ? min(rest, 4 * width) : rest))
      try start(reachesLower, reachesUpper)
    }
    try alternate()
    guard lower != .domain || upper != .domain else {
      throw StoppingError("continuing is optimal on the whole domain: no halting boundary")
    }
  }

  /// A chain from the end of the domain that the component reaches.
  private static func marched(
    _ equation: StationaryOperator, _ allowed: LookAheadSet, _ component: (left: Double, right: Double),
    _ reach: (lower: Double, upper: Double), isFromBelow: Bool, natural: inout NaturalEnd?
  ) throws -> PanelChain {
    let inequality = equation.inequality
    let edge = isFromBelow ? component.right : component.left
    let end = isFromBelow ? inequality.lower : inequality.upper
    guard (isFromBelow ? inequality.lowerEnd : inequality.upperEnd) == .natural else {
      return PanelChain(
        equation, middle: end, breaks: allowed.breaks, length: abs(edge - end),
        march: PanelChain.March(isFromBelow: isFromBelow, family: nil))
    }
    let found = try naturalEnd(equation, component, reach, isUpper: !isFromBelow)
    try checkGrowth(inequality, found, isUpper: !isFromBelow)
    natural = found
    return PanelChain(
      equation, middle: found.start, breaks: allowed.breaks, length: abs(edge - found.start) / 8,
      march: PanelChain.March(isFromBelow: isFromBelow, family: found.family(isFromBelow: isFromBelow)))
  }

  private var middle: Double { chain.middle }
  private var loss: ScalarLoss { inequality.loss }

  /// First guess: the component itself, or the least bit beside a kink.
  private mutating func start(_ reachesLower: Bool, _ reachesUpper: Bool) throws {
    if holds.lower { try hold(isUpper: false) } else if reachesLower { try closeDomain(isUpper: false) }
    if holds.upper {
      try hold(isUpper: true)
    } else if reachesUpper {
      try closeDomain(isUpper: true)
    } else if component.right > middle {
      try chain.grow(isUpper: true, to: component.right)
      upper = .free(component.right, isSmooth: true, panel: chain.indices.last!)
    } else if !reachesLower {
      try chain.grow(isUpper: true, limit: isFiniteLimit(inequality.upper, from: middle))
      try startBesideKink()
    } else {
      upper = .free(middle, isSmooth: true, panel: -1)
    }
    if !reachesLower { lower = .free(component.left, isSmooth: true, panel: 0) }
  }

  /// Starts by stopping at a reflecting end.
  private mutating func hold(isUpper: Bool) throws {
    let end = isUpper ? inequality.upper : inequality.lower
    try chain.grow(isUpper: isUpper, to: end)
    let held = IntervalEnd.free(end, isSmooth: false, panel: isUpper ? chain.indices.last! : chain.indices.first!)
    if isUpper { upper = held } else { lower = held }
  }

  /// A held end where continuing pays by now belongs to the domain's condition.
  private mutating func release(isUpper: Bool) throws {
    let end = isUpper ? inequality.upper : inequality.lower
    let relation = march(from: isUpper ? lower : upper, isUpper: !isUpper, to: end).relation
    guard atEnd(isUpper, relation, end) == .domain else { return }
    if isUpper { upper = .domain } else { lower = .domain }
    if lower != .domain || upper != .domain { try closeDomain(isUpper: isUpper) }
  }

  /// So close above a concave kink that moving the lower end away from it pays.
  private mutating func startBesideKink() throws {
    var width = 0.01 * (chain[0].upper - chain[0].lower)
    while middle + width > middle.nextUp {
      // panels much longer than the interval would lose it in their rounding
      if width < 1e-3 * (chain[0].upper - chain[0].lower) {
        chain.restart(length: 30 * width)
        try chain.grow(isUpper: true, limit: isFiniteLimit(inequality.upper, from: middle))
      }
      upper = .free(middle + width, isSmooth: true, panel: 0)
      if gainAtComponent(isUpper: false, march(from: upper, isUpper: true, to: middle).relation) > 0 { return }
      width *= 0.05
    }
    throw StoppingError("the interval of continuation around the kink at \(middle) is below rounding: no boundary")
  }

  /// Half the way to a finite end, so that no panel touches one by accident.
  private func isFiniteLimit(_ end: Double, from x: Double) -> Double {
    end.isFinite ? 0.5 * (x + end) : end > 0 ? 1e150 : -1e150
  }

  private mutating func alternate() throws {
    for _ in 0..<100 {
      rounds += 1
      let before = (lower, upper)
      if holds.lower, lower != .domain {
        try release(isUpper: false)
      } else if component.left > inequality.lower, lower != .domain {
        lower = try search(isUpper: false, march(from: upper, isUpper: true, to: component.left).relation)
        if lower == .domain, upper != .domain { try closeDomain(isUpper: false) }
      }
      if lower == .domain, upper == .domain { return }
      if holds.upper, upper != .domain {
        try release(isUpper: true)
      } else if upper != .domain {
        upper = try search(isUpper: true, march(from: lower, isUpper: false, to: component.right).relation)
        if upper == .domain, lower != .domain { try closeDomain(isUpper: true) }
      }
      if upper == .domain, lower == .domain { return }
      if Self.agree(before.0, lower), Self.agree(before.1, upper) { return }
      // with one end fixed by the domain nothing feeds back, unless a held end has yet to be released
      if holds.lower || holds.upper { continue }
      if lower == .domain || (upper == .domain && before.1 == .domain) { return }
    }
  }

  private static func agree(_ a: IntervalEnd, _ b: IntervalEnd) -> Bool {
    guard let x = a.place, let y = b.place else { return a == b }
    return abs(x - y) <= 8 * max(x.ulp, y.ulp)
  }

  /// From an end of the interval to `target` (an end of a panel): the relation there and the lines passed, outermost first.
  func march(
    from end: IntervalEnd, isUpper: Bool, to target: Double, source: Int = ContinuationPanel.source,
    boundaryValue: ((Double) -> Double)? = nil
  ) -> (relation: EndRelation, lines: [PanelLine]) {
    let value = boundaryValue ?? { loss.value(0, $0) }
    var lines: [PanelLine] = []
    var index: Int
    var relation: EndRelation?
    switch end {
    case .free(let x, _, let panel):
      index = panel
      let line = line(through: value(x), at: x, panel: chain[panel], source: source)
      lines.append(line)
    case .domain:
      index = isUpper ? chain.indices.last! : chain.indices.first!
      let panel = chain[index]
      if panel.kind != .ordinary {
        lines.append(PanelLine(carrying: panel, source: source))
      } else {
        relation = outerRelation(isUpper: isUpper, source: source, value)
        lines.append(PanelLine(panel, source: source, relation: relation!, atUpper: isUpper))
      }
    }
    while isUpper ? chain[index].lower > target : chain[index].upper < target {
      relation = lines.last!.relation(atUpper: !isUpper)
      index += isUpper ? -1 : 1
      let panel = chain[index]
      lines.append(
        panel.kind == .ordinary
          ? PanelLine(panel, source: source, relation: relation!, atUpper: isUpper)
          : PanelLine(carrying: panel, source: source))
    }
    return (lines.last!.relation(atUpper: !isUpper), lines)
  }

  private func line(through value: Double, at x: Double, panel: ContinuationPanel, source: Int) -> PanelLine {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 8) { buffer in
      panel.evaluate(at: panel.local(x), into: buffer.baseAddress!)
      return PanelLine(panel, source: source, weights: SIMD2(buffer[1], buffer[2]), target: value - buffer[source])
    }
  }

  /// What holds at the end of the domain: a value where the state is absorbed, the solution of least growth elsewhere.
  func outerRelation(isUpper: Bool, source: Int, _ value: (Double) -> Double) -> EndRelation {
    guard let natural = isUpper ? upperNatural : lowerNatural else {
      return .value(value(isUpper ? inequality.upper : inequality.lower))
    }
    return EndRelation(
      p: 1, q: natural.logarithmicSlope,
      r: source == ContinuationPanel.unit ? natural.unitSource : natural.source)
  }

  /// Grows the chain to the end of the domain on one side, as its condition demands.
  private mutating func closeDomain(isUpper: Bool) throws {
    let end = isUpper ? inequality.upper : inequality.lower
    switch isUpper ? inequality.upperEnd : inequality.lowerEnd {
    case .reflecting, .inflow: try chain.close(isUpper: isUpper, at: end)
    case .absorbing: try chain.grow(isUpper: isUpper, to: end)
    case .natural:
      let known = isUpper ? searchEnds.upper : searchEnds.lower
      let natural = try known ?? Self.naturalEnd(chain.equation, component, reach, isUpper: isUpper)
      try Self.checkGrowth(inequality, natural, isUpper: isUpper)
      try chain.grow(isUpper: isUpper, to: natural.start)
      if isUpper { upperNatural = natural } else { lowerNatural = natural }
    }
  }

  private static func naturalEnd(
    _ equation: StationaryOperator, _ component: (left: Double, right: Double), _ reach: (lower: Double, upper: Double),
    isUpper: Bool
  ) throws -> NaturalEnd {
    let inequality = equation.inequality
    let edges = [component.left, component.right].filter { $0 > inequality.lower && $0 < inequality.upper }
    let places = edges + [reach.lower, reach.upper].filter(\.isFinite)
    let other = [inequality.lower, inequality.upper].filter(\.isFinite).first ?? 0
    return try NaturalEnd(
      equation, isUpper: isUpper, beyond: (isUpper ? places.max() : places.min()) ?? other + (isUpper ? 1 : -1))
  }

  /// A negative cost that grows as fast as discounting allows pays without bound.
  private static func checkCost(
    _ inequality: VariationalInequality, _ natural: NaturalEnd, _ end: Double
  ) throws {
    let x = natural.start
    let (here, further) = (inequality.cost(0, x), inequality.cost(0, x + 1e-3 * x))
    guard !end.isFinite, here < 0, further < here else { return }
    let rate = log(further / here) / abs(1e-3 * x)
    guard rate < abs(natural.growth) * (1 - 1e-2) else {
      throw StoppingError(
        "the value is infinite: towards \(end) the negative cost grows at relative rate \(rate), the discount allows less "
          + "than \(abs(natural.growth))")
    }
  }

  /// A reward that grows as fast as the solution that discounting allows is never collected.
  private static func checkGrowth(_ inequality: VariationalInequality, _ natural: NaturalEnd?, isUpper: Bool) throws {
    guard let natural else { return }
    let end = isUpper ? inequality.upper : inequality.lower
    try checkCost(inequality, natural, end)
    let loss = inequality.loss
    let (g, slope) = (loss.value(0, natural.start), loss.derivative(0, natural.start))
    guard !end.isFinite, g < 0, slope * (isUpper ? 1 : -1) < 0 else { return }
    guard abs(slope / g) < abs(natural.growth) * (1 - 1e-9) else {
      throw StoppingError(
        "the value is infinite or never attained: towards \(end) the reward grows at relative rate \(abs(slope / g)), "
          + "discount and cost allow less than \(abs(natural.growth))")
    }
  }
}

extension ContinuationInterval {
  /// The same interval for `L u + 1 = 0` without discount; nil where its solution, `E tau`, is infinite.
  init?(undiscounted other: ContinuationInterval) {
    let inequality = other.inequality
    self.inequality = inequality
    allowed = other.allowed
    reach = other.reach
    holds = other.holds
    // the free ends alone are breaks, and the component is what lies between the ends
    let places = (lower: other.lower.place ?? inequality.lower, upper: other.upper.place ?? inequality.upper)
    component = (places.lower, places.upper)
    let equation = StationaryOperator(inequality, isDiscounted: false)
    let breaks = allowed.adding(breaks: [places.lower, places.upper])
    do {
      if other.lower == .domain, inequality.lowerEnd != .absorbing {
        chain = try Self.marched(equation, breaks, component, reach, isFromBelow: true, natural: &lowerNatural)
        upper = try place(other.upper, isUpper: true)
      } else if other.upper == .domain, inequality.upperEnd != .absorbing {
        chain = try Self.marched(equation, breaks, component, reach, isFromBelow: false, natural: &upperNatural)
        lower = try place(other.lower, isUpper: false)
      } else {
        chain = PanelChain(
          equation, middle: 0.5 * (places.lower + places.upper), breaks: [], length: 0.5 * (places.upper - places.lower)
        )
        lower = try place(other.lower, isUpper: false)
        upper = try place(other.upper, isUpper: true)
      }
    } catch {
      return nil
    }
  }

  private mutating func place(_ end: IntervalEnd, isUpper: Bool) throws -> IntervalEnd {
    guard case .free(let x, let isSmooth, _) = end else {
      try closeDomain(isUpper: isUpper)
      return .domain
    }
    try chain.grow(isUpper: isUpper, to: x)
    return .free(x, isSmooth: isSmooth, panel: isUpper ? chain.indices.last! : chain.indices.first!)
  }
}
