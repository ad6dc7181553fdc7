import DepthNumerics

/// All continuation intervals of a stationary inequality: one around each component of the set where one must continue, joined
/// where they overlap.
struct StationaryRegions {
  let inequality: VariationalInequality
  let allowed: LookAheadSet
  /// Ascending, disjoint.
  let intervals: [ContinuationInterval]

  /// - Throws: `StoppingError` where stopping or continuing is optimal everywhere, or the value is infinite.
  init(_ inequality: VariationalInequality, states: [Double]) throws {
    self.inequality = inequality
    var allowed = try LookAheadSet(inequality)
    guard !allowed.components.isEmpty else {
      throw StoppingError(LookAheadSet.emptiness(inequality))
    }
    let reach = (lower: states.min() ?? .infinity, upper: states.max() ?? -.infinity)
    func solve(_ component: (left: Double, right: Double)) throws -> ContinuationInterval {
      try ContinuationInterval(inequality, allowed: allowed, component: component, reach: reach)
    }
    var found = try allowed.components.map(solve)
    while let i = (1..<max(1, found.count)).first(where: { Self.overlap(found[$0 - 1], found[$0]) }) {
      let left = min(found[i - 1].lower.place ?? inequality.lower, found[i].lower.place ?? inequality.lower)
      let right = max(found[i - 1].upper.place ?? inequality.upper, found[i].upper.place ?? inequality.upper)
      allowed = allowed.adding(breaks: [left, right])
      found.replaceSubrange((i - 1)...i, with: [try solve((left, right))])
    }
    self.allowed = allowed
    intervals = found
  }

  /// Whether two neighbours are one: they overlap, or they meet where V would have a concave kink, which is never stopped at.
  private static func overlap(_ a: ContinuationInterval, _ b: ContinuationInterval) -> Bool {
    guard let end = a.upper.place, let start = b.lower.place else { return true }
    guard start == end else { return start < end }
    let (left, right) = (PanelPieces(a).jet(end)[1], PanelPieces(b).jet(start)[1])
    return left > right + 1e-12 * (abs(left) + abs(right))
  }

  /// Index of the interval that x continues in.
  func interval(holding x: Double) -> Int? {
    intervals.firstIndex {
      x > $0.lower.place ?? -.infinity && x < $0.upper.place ?? .infinity
    }
  }
}

extension StationaryRegions {
  /// How far V may lie below g at a state that the computed rule stops at: nothing except within the error of a free end.
  func overhang(_ x: Double, _ solutions: [IntervalSolution]) -> Double {
    let operation = StationaryOperator(inequality)
    var largest = 0.0
    for solution in solutions {
      for (place, error) in [
        (solution.interval.lower.place, solution.lowerError), (solution.interval.upper.place, solution.upperError),
      ] {
        if let place, abs(x - place) <= error { largest = max(largest, 2 * abs(operation.bend(place)) * error * error) }
      }
    }
    return largest
  }
}

extension LookAheadSet {
  /// The same set with more places on which panels must end.
  func adding(breaks more: [Double]) -> LookAheadSet {
    LookAheadSet(
      components: components, breaks: Set(breaks + more.filter(\.isFinite)).sorted(), firstAllowed: firstAllowed,
      lastAllowed: lastAllowed)
  }

  private init(
    components: [(left: Double, right: Double)], breaks: [Double], firstAllowed: Double, lastAllowed: Double
  ) {
    self.components = components
    self.breaks = breaks
    self.firstAllowed = firstAllowed
    self.lastAllowed = lastAllowed
  }
}
