import DepthNumerics

/// The boundaries of one panel by Newton's method: for given curves V solves a linear problem with V = g on them; a curve
/// is moved until V' = g' there too.
///
/// Moving a curve by db changes the misfit `m = U' - g'` by `(U'' - g'') db + S(-m db)`, S the map from values on the curves
/// to slopes there: V's own dependence on where it meets g vanishes with m, so that the iteration is quadratic.
struct SpaceTimeNewton {
  let rule: SpaceTimeRule
  let interval: SpaceTimeInterval
  let first: Double
  let last: Double
  let nodes: [SpaceTimeMesh.Node]
  let roots: [Double]
  private var elements: [SpaceTimeElement?]
  private let start: (Double, Bool) -> Double
  var lower: [Double]
  var upper: [Double]

  /// - Parameters:
  ///   - lower, upper: first guesses at the depth nodes, relative to the origin; the first entry stays.
  ///   - start: `U - g` (true: `U - W`) at the panel's first depth, by relative state.
  init(
    _ rule: SpaceTimeRule, _ interval: SpaceTimeInterval, first: Double, last: Double, nodes: [SpaceTimeMesh.Node],
    lower: [Double], upper: [Double], start: @escaping (Double, Bool) -> Double
  ) {
    (self.rule, self.interval, self.first, self.last, self.nodes) = (rule, interval, first, last, nodes)
    (self.lower, self.upper, self.start) = (lower, upper, start)
    roots = rule.depths.nodes.map { first + (last - first) * $0 }
    elements = [SpaceTimeElement?](repeating: nil, count: nodes.count - 1)
  }

  private func gap(_ j: Int, _ rho: Double) -> (value: Double, slope: Double) {
    guard let unstopped = interval.unstopped else { return (0, 0) }
    let x = interval.origin + rho
    let (factor, shift) = unstopped.gap(roots[j] * roots[j])
    let loss = interval.inequality.loss
    return (factor * loss.value(0, x) - shift, factor * loss.derivative(0, x))
  }

  private func places() -> [[Double]] {
    nodes.map { node in roots.indices.map { node.place.at(lower: lower[$0], upper: upper[$0], root: roots[$0]) } }
  }

  /// - Returns: nil where the curves cross, a system is singular or the iteration leaves all bounds.
  mutating func solve(iterations: Int = 10, tolerance: Double = 1e-13) -> SpaceTimePanel? {
    let free = [(interval.isLowerFree, 0), (interval.isUpperFree, nodes.count - 1)].filter(\.0).map(\.1)
    var previous = Double.infinity
    for k in 0..<iterations {
      let places = places()
      guard condense(places, isFirst: k == 0) else { return nil }
      guard let solved = interfaces(places, free) else { return nil }
      let values = elements.indices.map { e in
        elements[e]!.values(rule, lower: solved.lowers[e], upper: solved.uppers[e])
      }
      guard let (steps, size) = newton(places, free, solved, values) else { return nil }
      let isStalled = k >= 3 && size > 0.3 * previous && size < 1e-7
      if size < tolerance || isStalled || k == iterations - 1 {
        guard size < 1e-4 else { return nil }
        return SpaceTimePanel(
          rule: rule, first: first, last: last, nodes: nodes, values: values, lower: lower, upper: upper,
          places: places, vanishes: (Self.vanishes(interval.lower), Self.vanishes(interval.upper)), slope: slopeBelow,
          step: size, iterations: k + 1)
      }
      previous = size
      for (q, node) in free.enumerated() {
        for j in 0..<rule.p {
          if node == 0 { lower[j + 1] += steps[q][j] } else { upper[j + 1] += steps[q][j] }
        }
      }
    }
    return nil
  }

  /// D' at a reflecting end below.
  private var slopeBelow: Double? {
    guard case .reflecting(let x) = interval.lower else { return nil }
    return -interval.inequality.loss.derivative(0, x.nextUp)
  }

  private static func vanishes(_ edge: SpaceTimeInterval.Edge) -> Bool {
    switch edge {
    case .free, .absorbing, .far: true
    case .reflecting, .equation: false
    }
  }

  private mutating func condense(_ places: [[Double]], isFirst: Bool) -> Bool {
    for e in elements.indices {
      let moves = nodes[e].place.followsBoundaries || nodes[e + 1].place.followsBoundaries
      guard isFirst || moves else { continue }
      let (a, b) = (places[e], places[e + 1])
      let isUnstopped = nodes[e].isUnstopped
      let values = rule.states.nodes.map { eta -> Double in
        let rho = eta == 1 ? b[0] : a[0] + (b[0] - a[0]) * eta
        return start(rho, isUnstopped)
      }
      guard
        let element = SpaceTimeElement(
          rule, interval, first: first, last: last, lower: a, upper: b, isUnstopped: isUnstopped, start: values)
      else { return false }
      elements[e] = element
    }
    return true
  }

  /// Values at the lower and upper edge of each element; how slopes at free ends answer to values there.
  struct Solved {
    let lowers: [[Double]]
    let uppers: [[Double]]
    /// Per free end (columns q p + j): changes of the values at all nodes, (E + 1) p rows.
    let responses: [[Double]]
  }

  /// Whether the value at a node counts from W: both elements beside it do.
  private func countsFromUnstopped(_ node: Int) -> Bool {
    (node == 0 || nodes[node - 1].isUnstopped) && (node == elements.count || nodes[node].isUnstopped)
  }

  private func shift(_ e: Int, atUpper: Bool, _ places: [[Double]]) -> [(value: Double, slope: Double)]? {
    let node = atUpper ? e + 1 : e
    guard nodes[e].isUnstopped, !countsFromUnstopped(node) else { return nil }
    return (1...rule.p).map { gap($0, places[node][$0]) }
  }

  private func interfaces(_ places: [[Double]], _ free: [Int]) -> Solved? {
    let p = rule.p
    let count = elements.count
    let size = (count + 1) * p
    let width = 1 + 2 * p
    var matrix = [Double](repeating: 0, count: size * size)
    var sides = [Double](repeating: 0, count: size * (1 + free.count * p))
    // U - W differs from U - g by g - W at the edges of such elements whose node counts from g
    let lowerShifts = elements.indices.map { shift($0, atUpper: false, places) }
    let upperShifts = elements.indices.map { shift($0, atUpper: true, places) }
    func add(_ row: Int, _ table: [Double], _ element: Int, _ j: Int, _ sign: Double) {
      var known = table[j * width]
      for q in 0..<p {
        matrix[(element * p + q) * size + row] += sign * table[j * width + 1 + q]
        matrix[((element + 1) * p + q) * size + row] += sign * table[j * width + 1 + p + q]
        if let shift = lowerShifts[element] { known += table[j * width + 1 + q] * shift[q].value }
        if let shift = upperShifts[element] { known += table[j * width + 1 + p + q] * shift[q].value }
      }
      sides[row] -= sign * known
    }
    // rows of like size: slopes are values over widths
    func weight(_ e: Int) -> Double { 1 / elements[min(e, count - 1)]!.widths[rule.p] }
    for e in 0...count {
      let weight = weight(e)
      for j in 0..<p {
        let row = e * p + j
        if e > 0, e < count {
          add(row, elements[e]!.lowerSlopes, e, j, 1)
          add(row, elements[e - 1]!.upperSlopes, e - 1, j, -1)
          sides[row] += nodes[e].jump + (lowerShifts[e]?[j].slope ?? 0) - (upperShifts[e - 1]?[j].slope ?? 0)
          continue
        }
        let edge = e == 0 ? interval.lower : interval.upper
        let table = e == 0 ? elements[0]!.lowerSlopes : elements[count - 1]!.upperSlopes
        let x = interval.origin + places[e][j + 1]
        switch edge {
        case .free, .absorbing, .far: matrix[row * size + row] = weight
        case .reflecting:
          add(row, table, e == 0 ? 0 : count - 1, j, 1)
          sides[row] -= interval.inequality.loss.derivative(0, e == 0 ? x.nextUp : x.nextDown)
        case .equation:
          let depth = interval.depth(root: roots[j + 1])
          let drift = interval.moving.drift(depth, x)
          let balance = (last - first) * last * weight
          add(row, table, e == 0 ? 0 : count - 1, j, -balance * drift)
          let pace = balance / ((last - first) * 2 * roots[j + 1])
          for q in 0..<p {
            matrix[(e * p + q) * size + row] += pace * rule.depths.first[(j + 1) * (p + 1) + q + 1]
          }
          matrix[row * size + row] += balance * interval.moving.discount(depth, x)
          let before = e == 0 ? elements[0]!.start[0] : elements[count - 1]!.start[rule.n]
          sides[row] +=
            balance * interval.moving.lookAhead(depth, x) - pace * rule.depths.first[(j + 1) * (p + 1)] * before
        }
      }
    }
    for (q, node) in free.enumerated() {
      for j in 0..<p { sides[(1 + q * p + j) * size + node * p + j] = weight(node) }
    }
    guard LinearSystems.solve(columnMajor: &matrix, size: size, sides: 1 + free.count * p, &sides),
      sides[0..<size].allSatisfy(\.isFinite)
    else { return nil }
    func values(_ e: Int, _ shift: [(value: Double, slope: Double)]?) -> [Double] {
      (0..<p).map { sides[e * p + $0] + (shift?[$0].value ?? 0) }
    }
    return Solved(
      lowers: (0..<count).map { values($0, lowerShifts[$0]) },
      uppers: (0..<count).map { values($0 + 1, upperShifts[$0]) },
      responses: (0..<(free.count * p)).map { column in
        Array(sides[((1 + column) * size)..<((2 + column) * size)])
      })
  }

  /// Steps of the free ends and the largest of them relative to the layer.
  private func newton(
    _ places: [[Double]], _ free: [Int], _ solved: Solved, _ values: [[Double]]
  ) -> (steps: [[Double]], size: Double)? {
    let (n, p) = (rule.n, rule.p)
    let count = free.count * p
    guard count > 0 else { return ([], 0) }
    var misfits: [Double] = []
    for node in free {
      let e = node == 0 ? 0 : node - 1
      misfits += elements[e]!.slope(atUpper: node != 0, lower: solved.lowers[e], upper: solved.uppers[e])
    }
    var matrix = [Double](repeating: 0, count: count * count)
    var steps = misfits.map { -$0 }
    for (q, node) in free.enumerated() {
      let e = node == 0 ? 0 : node - 1
      for column in 0..<count {
        let response = solved.responses[column]
        let (below, above) = (
          Array(response[(e * p)..<((e + 1) * p)]), Array(response[((e + 1) * p)..<((e + 2) * p)])
        )
        let table = node == 0 ? elements[e]!.lowerSlopes : elements[e]!.upperSlopes
        for j in 0..<p {
          var sum = 0.0
          let row = j * (1 + 2 * p)
          for k in 0..<p { sum += table[row + 1 + k] * below[k] + table[row + 1 + p + k] * above[k] }
          matrix[column * count + q * p + j] -= sum * misfits[column]
        }
      }
      let edge = node == 0 ? 0 : n
      for j in 0..<p {
        var bend = 0.0
        for k in 0...n { bend += rule.states.second[edge * (n + 1) + k] * values[e][k * (p + 1) + j + 1] }
        matrix[(q * p + j) * count + q * p + j] += bend / (elements[e]!.widths[j + 1] * elements[e]!.widths[j + 1])
      }
    }
    guard LinearSystems.solve(columnMajor: &matrix, size: count, sides: 1, &steps), steps.allSatisfy(\.isFinite) else {
      return nil
    }
    var size = 0.0
    for (q, node) in free.enumerated() {
      for j in 0..<p {
        let layer = interval.noise(interval.origin + places[node][j + 1], root: roots[j + 1]) * roots[j + 1]
        size = max(size, abs(steps[q * p + j]) / layer)
      }
    }
    guard size.isFinite else { return nil }
    let damping = min(1, 0.4 / max(size, 1e-300))
    return (free.indices.map { q in (0..<p).map { damping * steps[q * p + $0] } }, size)
  }
}
