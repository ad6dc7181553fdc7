import DepthNumerics
import Foundation

/// The objective `J(s) = c s + g(h_s)` along a flow in closed form, and its global minimum over all depths s in [0, end], or over the
/// multiples of a block size, enclosed by branch and bound.
///
/// A cell of depths is dropped where its lower bound exceeds the best value seen or J is strictly monotone on it, else halved. Lower
/// bounds: the interval evaluation, the mean-value form, and on convex cells the tangent at the middle: with it the cells
/// around a smooth minimum shrink until the bound is within rounding of the best value. O(log(end / width)) cells for each
/// minimum that competes. Everything is rounded outwards, so what is said of J is proven.
struct EnclosedFlow {
  let enclosure: FlowEnclosure
  /// c > 0.
  let cost: Double
  /// inf g.
  let infimum: Double
  /// Delta; nil where one may stop at any depth.
  let blockSize: Double?

  enum Decision: Equatable { case stop, go, unknown }

  /// What is proven of the minimum from one state.
  struct Minimum {
    /// g at the state.
    let atOnce: OutwardInterval
    /// V, from the cells that are left.
    let lowest: Double
    /// The least upper bound seen, and the depth where (in blocks, if there are any).
    let best: Double
    let bestAt: Double
    /// The depths (blocks) that may be a minimiser beyond 0: first and last; nil where none.
    let candidates: OutwardInterval?

    /// Whether a later halt is better than halting at once; unknown within rounding.
    var decision: Decision {
      if best < atOnce.lower { return .go }
      return candidates == nil ? .stop : .unknown
    }
  }

  /// How far a halt can pay, in depth: to the horizon, or to (g - inf g)/c.
  private func reach(_ loss: Double, _ remaining: Double?) -> Double {
    // a little farther, so that the end itself is no candidate
    let far = max(0, (loss - infimum) / cost) * (1 + 1e-9)
    return remaining.map { min($0, far) } ?? far
  }

  /// - Parameter remaining: depth to the horizon; nil for none.
  /// - Throws: `StoppingError` where g overflows or more blocks may pay than are counted exactly.
  func minimum(from start: [Double], remaining: Double? = nil) throws -> Minimum {
    let atOnce = enclosure.jet(start, OutwardInterval(0)).loss
    guard atOnce.upper < .infinity else { throw StoppingError("the loss at \(start) is beyond every number") }
    let length = reach(atOnce.upper, remaining)
    guard let blockSize else {
      return search(start, atOnce, Cell(first: 0, last: length), endsAtHorizon: length == remaining)
    }
    // a horizon is a whole number of blocks up to rounding
    let near = min(length, shortened(start, atOnce, remaining))
    let blocks = (near / blockSize * (1 + 1e-12)).rounded(.down)
    guard blocks < 1e15 else {
      throw StoppingError("up to \(blocks) blocks may pay from \(start); allowed: 1e15 (larger block size)")
    }
    return search(start, atOnce, Cell(first: 1, last: blocks), endsAtHorizon: false)
  }

  /// The same reach from afar: no farther than a block end close to the best depth without blocks leaves room for.
  private func shortened(_ start: [Double], _ atOnce: OutwardInterval, _ remaining: Double?) -> Double {
    guard let blockSize, remaining == nil else { return .infinity }
    let free = EnclosedFlow(enclosure: enclosure, cost: cost, infimum: infimum, blockSize: nil)
    let length = reach(atOnce.upper, nil)
    let best = free.search(start, atOnce, Cell(first: 0, last: length), endsAtHorizon: false).bestAt
    let end = objective(start, blockSize * OutwardInterval((best / blockSize).rounded(.up))).value
    return reach(end.upper, nil)
  }

  // MARK: branch and bound

  private struct Cell {
    let first: Double
    let last: Double
  }

  private struct Objective {
    let value: OutwardInterval
    let slope: OutwardInterval
    let curvature: OutwardInterval
  }

  /// Depths of a cell.
  private func depths(_ cell: Cell) -> OutwardInterval {
    let cells = OutwardInterval(lower: cell.first, upper: cell.last)
    return blockSize.map { $0 * cells } ?? cells
  }

  private func objective(_ start: [Double], _ depth: OutwardInterval) -> Objective {
    let jet = enclosure.jet(start, OutwardInterval(lower: max(0, depth.lower), upper: max(0, depth.upper)))
    return Objective(
      value: cost * depth + jet.loss, slope: OutwardInterval(cost) + jet.slope, curvature: jet.curvature)
  }

  private func search(
    _ start: [Double], _ atOnce: OutwardInterval, _ whole: Cell, endsAtHorizon: Bool
  ) -> Minimum {
    var (best, bestAt) = (atOnce.upper, 0.0)
    var leaves: [(cell: Cell, low: Double)] = []
    func leave(_ cell: Cell, _ low: Double) { leaves.append((cell, low)) }
    func offer(_ value: OutwardInterval, _ at: Double) {
      if value.upper < best { (best, bestAt) = (value.upper, at) }
    }
    guard whole.first <= whole.last, whole.last > 0 else {
      return Minimum(atOnce: atOnce, lowest: atOnce.lower, best: best, bestAt: 0, candidates: nil)
    }
    if endsAtHorizon {
      let end = objective(start, OutwardInterval(whole.last)).value
      offer(end, whole.last)
      if end.lower < atOnce.upper { leave(Cell(first: whole.last, last: whole.last), end.lower) }
    }
    var (left, count) = ([whole], 0)
    while let cell = left.popLast() {
      count += 1
      let span = depths(cell)
      let over = objective(start, span)
      var low = over.value.lower
      if low > best { continue }
      if let narrowed = monotone(start, cell, over) {
        left += narrowed
        continue
      }
      let middle = self.middle(cell)
      let here = objective(start, depths(Cell(first: middle, last: middle)))
      offer(here.value, middle)
      low = max(low, lowerBound(here, over, span, depths(Cell(first: middle, last: middle))))
      if low > best { continue }
      let isPoint = blockSize == nil ? middle == cell.first || middle == cell.last : cell.first == cell.last
      // a wide cell may come close to the best value only because it is wide
      let isNarrow = cell.last - cell.first <= 1e-3 * cell.last || cell.last <= 1e-12 * whole.last
      if isPoint || isNarrow && best - low <= 4 * here.value.width || count > 100_000 {
        leave(cell, low)
      } else if blockSize == nil {
        left.append(Cell(first: middle, last: cell.last))
        left.append(Cell(first: cell.first, last: middle))
      } else {
        left.append(Cell(first: middle + 1, last: cell.last))
        left.append(Cell(first: cell.first, last: middle))
      }
    }
    // a cell that was left while the best value was still a poor one may be none any more
    var (lowest, candidates) = (min(atOnce.lower, best), OutwardInterval?.none)
    for leaf in leaves where leaf.low <= best {
      let here = OutwardInterval(lower: leaf.cell.first, upper: leaf.cell.last)
      candidates = candidates?.hull(here) ?? here
      lowest = min(lowest, leaf.low)
    }
    if bestAt > 0 { candidates = candidates?.hull(OutwardInterval(bestAt)) ?? OutwardInterval(bestAt) }
    return Minimum(atOnce: atOnce, lowest: lowest, best: best, bestAt: bestAt, candidates: candidates)
  }

  private func middle(_ cell: Cell) -> Double {
    let half = cell.first + 0.5 * (cell.last - cell.first)
    return blockSize == nil ? half : half.rounded(.down)
  }

  /// What is left of a cell on which J is monotone; nil where it is not known to be. In continuous depth nothing: the minimum of the
  /// neighbour is no worse, at depth 0 one halts at once, and the end has been looked at.
  private func monotone(_ start: [Double], _ cell: Cell, _ over: Objective) -> [Cell]? {
    guard blockSize != nil else {
      if over.slope.lower > 0 || over.slope.upper < 0 { return [] }
      guard cell.first == 0, over.curvature.lower >= 0 else { return nil }
      return objective(start, OutwardInterval(0)).slope.lower >= 0 ? [] : nil
    }
    // J that does not fall from depth 0 on
    if cell.first == 1 {
      let fromStart = objective(start, OutwardInterval(lower: 0, upper: depths(cell).upper))
      if fromStart.slope.lower >= 0 { return [] }
    }
    guard cell.first < cell.last else { return nil }
    if over.slope.lower > 0 { return [Cell(first: cell.first, last: cell.first)] }
    if over.slope.upper < 0 { return [Cell(first: cell.last, last: cell.last)] }
    return nil
  }

  /// From the middle: the tangent where J is convex, else the mean-value form.
  private func lowerBound(
    _ here: Objective, _ over: Objective, _ span: OutwardInterval, _ middle: OutwardInterval
  ) -> Double {
    let half = OutwardInterval(max(span.upper - middle.lower, middle.upper - span.lower).nextUp)
    let slope = over.curvature.lower >= 0 ? here.slope : over.slope
    return (here.value - OutwardInterval(slope.magnitude) * half).lower
  }

  // MARK: the halt

  /// The halting depth of a minimum that is `go`: enclosed by the cells that are left, in continuous depth by the sign of J' where J is
  /// convex around them.
  func haltingDepth(from start: [Double], _ minimum: Minimum) -> OutwardInterval {
    guard let left = minimum.candidates else { return OutwardInterval(0) }
    if let blockSize { return blockSize * left }
    let room = max(left.width, 1e-9 * (left.upper + 1))
    var (low, high) = (max(0, left.lower - room), left.upper + room)
    func slope(_ depth: Double) -> OutwardInterval { objective(start, OutwardInterval(depth)).slope }
    let around = objective(start, OutwardInterval(lower: low, upper: high))
    guard around.curvature.lower > 0, slope(low).upper < 0, slope(high).lower > 0 else { return left }
    // each end as far as the sign is certain
    var (a, b) = (low, high)
    while let middle = Self.between(a, b) { if slope(middle).upper < 0 { a = middle } else { b = middle } }
    low = a
    (a, b) = (low, high)
    while let middle = Self.between(a, b) { if slope(middle).lower > 0 { b = middle } else { a = middle } }
    high = b
    // the end of the search may come before the root
    return OutwardInterval(lower: min(low, left.upper), upper: min(high, max(left.upper, low)))
  }

  /// A number strictly between; nil between neighbours.
  static func between(_ a: Double, _ b: Double) -> Double? {
    let middle = a + 0.5 * (b - a)
    return middle > min(a, b) && middle < max(a, b) ? middle : nil
  }

  /// V from a state and where it halts.
  func value(from start: [Double], remaining: Double? = nil) throws -> (value: OutwardInterval, depth: OutwardInterval)
  {
    let minimum = try minimum(from: start, remaining: remaining)
    let value = OutwardInterval(lower: min(minimum.lowest, minimum.best), upper: minimum.best)
    switch minimum.decision {
    case .stop: return (value, OutwardInterval(0))
    case .go: return (value, haltingDepth(from: start, minimum))
    case .unknown: return (value, haltingDepth(from: start, minimum).hull(OutwardInterval(0)))
    }
  }

  /// The state after a depth, about.
  func state(from start: [Double], after depth: Double) -> [Double] {
    enclosure.state(start, OutwardInterval(depth)).map(\.middle)
  }

  /// Whether to halt at a state: the sign of J' (over the first block) decides where values are the same within rounding.
  func decision(at state: [Double], remaining: Double? = nil) throws -> Decision {
    let next = OutwardInterval(lower: 0, upper: blockSize?.nextUp ?? 0)
    if blockSize ?? 0 <= (remaining ?? .infinity), remaining != 0, objective(state, next).slope.upper < 0 { return .go }
    return try minimum(from: state, remaining: remaining).decision
  }

  /// `grad g . f + c` at a state.
  func lookAhead(at state: [Double]) -> OutwardInterval { objective(state, OutwardInterval(0)).slope }
}
