import DepthNumerics

/// The stationary inequality on one grid: three-point rows and the complementarity problem by policy iteration.
///
/// Rows are central differences where those keep both neighbours' weights non-negative (second order, on grids that change
/// smoothly), upwind elsewhere; so `r - L` is an M-matrix, iterates fall monotonically from the second on and end after
/// finitely many steps. Each step is one tridiagonal solve. Source: Forsyth and Vetzal, "Quadratic convergence for
/// valuing American options", SIAM J. Sci. Comput. 23 (2002).
struct ObstacleGrid {
  /// What holds at the first and the last node.
  enum EndRow: Sendable {
    /// V = g.
    case stopped
    /// V' = 0.
    case reflecting
    /// The equation without its second derivative.
    case inflow
    /// V' = m V + n.
    case slope(EndRelation)
  }

  let nodes: [Double]
  /// Weights of the lower and upper neighbour, what is subtracted from V beside them (r), and the cost.
  private var down: [Double]
  private var up: [Double]
  private var decay: [Double]
  private var cost: [Double]
  /// V = g for good.
  private var isFixed: [Bool]
  let loss: [Double]

  /// - Parameter nodes: ascending, at least 4.
  init(_ equation: StationaryOperator, nodes: [Double], lower: EndRow, upper: EndRow) {
    let n = nodes.count
    precondition(n >= 4, "a grid of \(n) nodes: at least 4 are needed")
    self.nodes = nodes
    let g = equation.inequality.loss.value
    loss = nodes.map { g(0, $0) }
    (down, up) = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: n))
    (decay, cost) = (down, down)
    isFixed = [Bool](repeating: false, count: n)
    var values = [Double](repeating: 0, count: 5 * n)
    nodes.withUnsafeBufferPointer { x in
      values.withUnsafeMutableBufferPointer { equation.fill(x.baseAddress!, count: n, into: $0.baseAddress!) }
    }
    for i in 1..<(n - 1) {
      let (a, f) = (values[i], values[n + i])
      let (left, right) = (nodes[i] - nodes[i - 1], nodes[i + 1] - nodes[i])
      let total = left + right
      var (toLeft, toRight) = ((2 * a - f * right) / (left * total), (2 * a + f * left) / (right * total))
      if toLeft < 0 || toRight < 0 {
        toLeft = 2 * a / (left * total) + max(-f, 0) / left
        toRight = 2 * a / (right * total) + max(f, 0) / right
      }
      (down[i], up[i], decay[i], cost[i]) = (toLeft, toRight, values[2 * n + i], values[3 * n + i])
    }
    close(equation, lower, isUpper: false)
    close(equation, upper, isUpper: true)
  }

  private mutating func close(_ equation: StationaryOperator, _ row: EndRow, isUpper: Bool) {
    let n = nodes.count
    let i = isUpper ? n - 1 : 0
    let h = isUpper ? nodes[n - 1] - nodes[n - 2] : nodes[1] - nodes[0]
    let x = nodes[i]
    let inwards = isUpper ? -1.0 : 1.0
    var weight = 0.0
    switch row {
    case .stopped:
      isFixed[i] = true
      return
    case .reflecting:
      // f V' tends to (f (x - end)) V'': 0 unless the drift is singular there, as in polar coordinates
      let reach = 1e-6 * h
      let beside = x + inwards * reach
      let a = 0.5 * equation.noise(beside) * equation.noise(beside)
      weight = 2 * (a + inwards * equation.drift(beside) * reach) / (h * h)
      (decay[i], cost[i]) = (equation.discount(beside), equation.cost(beside))
    case .inflow:
      weight = abs(equation.drift(x)) / h
      (decay[i], cost[i]) = (equation.discount(x), equation.cost(x))
    case .slope(let relation):
      // the mirrored node is the inner one plus 2 h V'
      let (a, f) = (0.5 * equation.noise(x) * equation.noise(x), equation.drift(x))
      let outwards = -inwards * 2 * a / h + f
      weight = 2 * a / (h * h)
      decay[i] = equation.discount(x) - (2 * a / h * -inwards + f) * relation.q
      cost[i] = equation.cost(x) + outwards * relation.r
    }
    if isUpper { down[i] = weight } else { up[i] = weight }
  }

  /// V and where one continues; `start` is a first guess of the latter.
  func solve(startingFrom start: (Double) -> Bool) -> (values: [Double], isFree: [Bool], iterations: Int) {
    let n = nodes.count
    var free = nodes.indices.map { !isFixed[$0] && start(nodes[$0]) }
    for i in nodes.indices where !isFixed[i] && !free[i] && rate(loss, i) < 0 { free[i] = true }
    var values = loss
    var ratios = [Double](repeating: 0, count: n)
    for iteration in 1...(4 * n) {
      evaluate(free, &values, &ratios)
      var changed = false
      for i in 0..<n where !isFixed[i] {
        let next = free[i] ? values[i] < loss[i] : rate(values, i) < 0
        if next != free[i] {
          free[i] = next
          changed = true
        }
      }
      if !changed { return (values, free, iteration) }
    }
    return (values, free, 4 * n)
  }

  /// `(L v - r v + c)_i`; what rounding leaves of zero is zero.
  private func rate(_ v: [Double], _ i: Int) -> Double {
    let below = i > 0 ? down[i] * (v[i - 1] - v[i]) : 0
    let above = i + 1 < v.count ? up[i] * (v[i + 1] - v[i]) : 0
    let size = abs(decay[i] * v[i]) + abs(cost[i]) + 4 * (down[i] + up[i]) * abs(v[i])
    let sum = below + above - decay[i] * v[i] + cost[i]
    return abs(sum) <= 1e-15 * size ? 0 : sum
  }

  /// Thomas's algorithm over the free rows; V = g in the others.
  private func evaluate(_ free: [Bool], _ v: inout [Double], _ ratios: inout [Double]) {
    let n = free.count
    var (ratio, value) = (0.0, 0.0)
    for i in 0..<n {
      if free[i] {
        let pivot = down[i] + up[i] + decay[i] - down[i] * ratio
        value = (cost[i] + down[i] * value) / pivot
        ratio = up[i] / pivot
      } else {
        (value, ratio) = (loss[i], 0)
      }
      v[i] = value
      ratios[i] = ratio
    }
    for i in stride(from: n - 2, through: 0, by: -1) { v[i] += ratios[i] * v[i + 1] }
  }
}

extension ObstacleGrid {
  /// Between a stopped and a free node: where the slope of `V - g`, extrapolated from the free side, vanishes; the kink, if the
  /// root lies beyond one. nil where too few nodes are free.
  func boundary(
    _ values: [Double], _ free: [Bool], stopped i: Int, kinks: [Double], upwards: Bool
  ) -> (place: Double, isSmooth: Bool)? {
    let direction = upwards ? 1 : -1
    let first = i + direction
    guard first + 3 * direction >= 0, first + 3 * direction < free.count,
      (0..<4).allSatisfy({ free[first + direction * $0] })
    else { return nil }
    var x = SIMD4<Double>()
    var w = SIMD4<Double>()
    for k in 0..<4 {
      let i = first + direction * k
      (x[k], w[k]) = (nodes[i], values[i] - loss[i])
    }
    // slopes at the middles of three cells, a quadratic through them, its root by Newton from the linear one
    var middles = SIMD3<Double>()
    var slopes = SIMD3<Double>()
    for k in 0..<3 {
      middles[k] = 0.5 * (x[k] + x[k + 1])
      slopes[k] = (w[k + 1] - w[k]) / (x[k + 1] - x[k])
    }
    let linear: Double = (slopes[1] - slopes[0]) / (middles[1] - middles[0])
    let next: Double = (slopes[2] - slopes[1]) / (middles[2] - middles[1])
    let curvature: Double = (next - linear) / (middles[2] - middles[0])
    var place: Double = middles[0] - slopes[0] / linear
    for _ in 0..<30 {
      let (u, v) = (place - middles[0], place - middles[1])
      let slope: Double = slopes[0] + linear * u + curvature * u * v
      let bend: Double = linear + curvature * (u + v)
      place -= slope / bend
    }
    let reach = 3 * abs(x[1] - x[0])
    let isAtKink = kinks.contains(nodes[i])
    guard place.isFinite, abs(place - x[0]) <= reach else {
      return isAtKink ? (nodes[i], false) : (0.5 * (nodes[i] + x[0]), true)
    }
    return isAtKink && Double(direction) * (place - nodes[i]) < 0 ? (nodes[i], false) : (place, true)
  }

  /// Cubic interpolation through the four nearest nodes.
  func interpolate(_ values: [Double], at x: Double) -> Double {
    var (low, high) = (0, nodes.count - 1)
    while high - low > 1 {
      let center = (low + high) / 2
      if nodes[center] <= x { low = center } else { high = center }
    }
    let start = max(0, min(nodes.count - 4, low - 1))
    var sum = 0.0
    for i in start..<(start + 4) {
      var product = values[i]
      for j in start..<(start + 4) where j != i { product *= (x - nodes[j]) / (nodes[i] - nodes[j]) }
      sum += product
    }
    return sum
  }
}
