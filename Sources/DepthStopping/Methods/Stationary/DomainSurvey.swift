import DepthNumerics
import Foundation

/// A first look at the whole domain on a coarse geometric grid: the continuation intervals and roughly where they end.
struct DomainSurvey {
  /// One interval: places of its ends, nil where it reaches the end of the domain, and how well they are known.
  struct Interval: Sendable {
    let lower: Double?
    let upper: Double?
    let lowerMargin: Double
    let upperMargin: Double
  }

  let inequality: VariationalInequality
  let equation: StationaryOperator
  /// Where grids end: the domain's ends, or where natural ends are cut off.
  let lower: Double
  let upper: Double
  let lowerRow: ObstacleGrid.EndRow
  let upperRow: ObstacleGrid.EndRow
  let intervals: [Interval]
  /// Whether an end of the domain was cut off.
  let isTruncated: Bool

  /// - Parameter stretch: how many times further out than necessary natural ends are cut off.
  /// - Throws: `StoppingError` where stopping or continuing is optimal everywhere.
  init(_ inequality: VariationalInequality, states: [Double], stretch: Double = 1) throws {
    self.inequality = inequality
    let equation = StationaryOperator(inequality)
    self.equation = equation
    let allowed = try LookAheadSet(inequality)
    guard let first = allowed.components.first, let last = allowed.components.last else {
      throw StoppingError(LookAheadSet.emptiness(inequality))
    }
    let edges = allowed.components.flatMap { [$0.left, $0.right] }.filter {
      $0.isFinite && $0 > inequality.lower && $0 < inequality.upper
    }
    let scale = Self.scale(inequality, edges)
    (lower, lowerRow) = Self.end(
      equation, isUpper: false, reached: first.left <= inequality.lower,
      min(edges.min() ?? 0, states.min() ?? .infinity),
      scale, stretch)
    (upper, upperRow) = Self.end(
      equation, isUpper: true, reached: last.right >= inequality.upper,
      max(edges.max() ?? 0, states.max() ?? -.infinity),
      scale, stretch)
    isTruncated = lower != inequality.lower || upper != inequality.upper
    let grid = Self.nodes(lower, upper, around: edges + inequality.loss.kinks, inequality)
    intervals = try Self.look(equation, grid, lowerRow, upperRow, allowed)
  }

  private static func scale(_ inequality: VariationalInequality, _ edges: [Double]) -> Double {
    if inequality.lower.isFinite, inequality.upper.isFinite { return inequality.upper - inequality.lower }
    let end = inequality.lower.isFinite ? inequality.lower : inequality.upper.isFinite ? inequality.upper : 0
    let reach = edges.map { abs($0 - end) }.max() ?? 1
    return reach > 0 ? reach : 1
  }

  private static func end(
    _ equation: StationaryOperator, isUpper: Bool, reached: Bool, _ outermost: Double, _ scale: Double,
    _ stretch: Double
  ) -> (Double, ObstacleGrid.EndRow) {
    let inequality = equation.inequality
    let end = isUpper ? inequality.upper : inequality.lower
    switch isUpper ? inequality.upperEnd : inequality.lowerEnd {
    case .reflecting: return (end, .reflecting)
    case .absorbing: return (end, .stopped)
    case .inflow: return (end, .inflow)
    case .natural:
      if let natural = try? NaturalEnd(equation, isUpper: isUpper, beyond: outermost) {
        let place =
          end.isFinite ? end + (natural.start - end) / stretch : outermost + stretch * (natural.start - outermost)
        guard reached || end.isFinite == false || natural.logarithmicSlope != 0 else { return (place, .stopped) }
        return (place, .slope(NaturalEnd.relation(equation, isUpper: isUpper, at: place)))
      }
      if end.isFinite { return (end + (isUpper ? -1e-9 : 1e-9) * scale, .stopped) }
      return (outermost + (isUpper ? 1 : -1) * 1e3 * stretch * scale, .stopped)
    }
  }

  /// Geometric towards every edge, kink and end.
  private static func nodes(
    _ lower: Double, _ upper: Double, around places: [Double], _ inequality: VariationalInequality
  ) -> [Double] {
    let length = upper - lower
    var nodes: Set<Double> = [lower, upper]
    let finest = 1e-5
    for place in places + [inequality.lower, inequality.upper].filter(\.isFinite) {
      nodes.insert(place)
      var reach = finest * max(min(length, abs(place) > 0 ? abs(place) : length), 1e-12)
      while reach < length {
        nodes.insert(place - reach)
        nodes.insert(place + reach)
        reach *= 1.06
      }
    }
    let sorted = nodes.filter { $0 >= lower && $0 <= upper }.sorted()
    // nodes that nearly coincide spoil the rows; places themselves stay
    var kept: [Double] = [sorted[0]]
    for x in sorted.dropFirst() {
      let gap = x - kept[kept.count - 1]
      if gap > 1e-9 * length || (gap > 0 && places.contains(x)) { kept.append(x) }
    }
    return kept
  }

  private static func look(
    _ equation: StationaryOperator, _ nodes: [Double], _ lowerRow: ObstacleGrid.EndRow, _ upperRow: ObstacleGrid.EndRow,
    _ allowed: LookAheadSet
  ) throws -> [Interval] {
    let inequality = equation.inequality
    var free: ((Double) -> Bool) = { x in allowed.components.contains { $0.left <= x && x <= $0.right } }
    var result: (values: [Double], isFree: [Bool], iterations: Int) = ([], [], 0)
    var grid = nodes
    // coarse to fine: a policy spreads one cell per iteration
    for thinning in [16, 4, 1] {
      grid = nodes.indices.filter {
        $0 % thinning == 0 || $0 == nodes.count - 1 || inequality.loss.kinks.contains(nodes[$0])
      }.map { nodes[$0] }
      guard grid.count >= 8 else { continue }
      result = ObstacleGrid(equation, nodes: grid, lower: lowerRow, upper: upperRow).solve(startingFrom: free)
      let (places, flags) = (grid, result.isFree)
      free = { x in
        var (low, high) = (0, places.count - 1)
        while high - low > 1 {
          let center = (low + high) / 2
          if places[center] <= x { low = center } else { high = center }
        }
        return flags[x - places[low] < places[high] - x ? low : high]
      }
    }
    var intervals: [Interval] = []
    var start: Int?
    for i in 0...grid.count {
      let isFree = i < grid.count && result.isFree[i]
      if isFree, start == nil { start = i }
      if !isFree, let first = start {
        let reachesUpper = i == grid.count || (i == grid.count - 1 && inequality.upperEnd == .absorbing)
        let reachesLower = first == 0 || (first == 1 && inequality.lowerEnd == .absorbing)
        intervals.append(
          Interval(
            lower: reachesLower ? nil : grid[first - 1], upper: reachesUpper ? nil : grid[i],
            lowerMargin: reachesLower ? 0 : 1.5 * (grid[first] - grid[first - 1]),
            upperMargin: reachesUpper ? 0 : 1.5 * (grid[i] - grid[i - 1])))
        start = nil
      }
    }
    guard !intervals.isEmpty else {
      throw StoppingError("no continuation interval was resolved on the survey's grid: no boundary")
    }
    guard intervals.allSatisfy({ $0.lower != nil || $0.upper != nil }) else {
      throw StoppingError("continuing is optimal on the whole domain: no halting boundary")
    }
    return intervals
  }
}
