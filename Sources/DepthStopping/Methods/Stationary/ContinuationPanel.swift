import DepthNumerics

/// All solutions of the stationary equation on one stretch of the continuation region, as Chebyshev series.
///
/// `V = S + beta H1 + gamma H2`: S solves the equation with its cost, H1 and H2 without, T with cost 1 (for `E tau`). On an
/// ordinary panel beta and gamma are the values at the two ends; on one that carries on from an end of the domain, what
/// comes from there leaves one parameter, the value at its own end on that side (H2 = 0).
struct ContinuationPanel: Sendable {
  enum Kind: Sendable {
    case ordinary
    /// From below: from the domain's lower end, or from the panel before.
    case fromBelow
    case fromAbove
  }

  /// Order of the four solutions in storage.
  static let (source, first, second, unit) = (0, 1, 2, 3)
  /// N: nodes of the collocation; V has N + 2 coefficients, V' N + 1, V'' N.
  static let nodes = 24
  static let valueCount = nodes + 2
  static let slopeCount = nodes + 1
  static let stride = valueCount + slopeCount + nodes

  let lower: Double
  let upper: Double
  let kind: Kind
  /// Per solution: coefficients of V, of dV/dx, of d2V/dx2.
  let storage: [Double]
  /// Per solution: V and V' at the lower end, V and V' at the upper.
  let ends: [SIMD4<Double>]
  /// The share of the coefficients that matters: what the next panel's length is guessed from.
  let usedShare: Double

  var half: Double { 0.5 * (upper - lower) }

  /// Of a panel that carries on: its family at the far end, as the next panel takes it.
  var familyBeyond: SIMD3<Double> {
    let (v, d, sign) = kind == .fromBelow ? (2, 3, 1.0) : (0, 1, -1.0)
    let growth = ends[Self.first][d] / ends[Self.first][v]
    return sign
      * SIMD3(
        ends[Self.source][d] - growth * ends[Self.source][v], growth, ends[Self.unit][d] - growth * ends[Self.unit][v])
  }

  /// x in [-1, 1].
  func local(_ x: Double) -> Double {
    if x == lower { return -1 }
    if x == upper { return 1 }
    return max(-1, min(1, ((x - lower) - (upper - x)) / (upper - lower)))
  }

  /// V and V' of the solutions at t: `values[q]`, `values[4 + q]`.
  func evaluate(at t: Double, into values: UnsafeMutablePointer<Double>) {
    let (n, m, stride) = (Self.valueCount, Self.slopeCount, Self.stride)
    if t == -1 || t == 1 {
      for q in 0..<4 { (values[q], values[4 + q]) = t < 0 ? (ends[q][0], ends[q][1]) : (ends[q][2], ends[q][3]) }
      return
    }
    withUnsafeTemporaryAllocation(of: Double.self, capacity: n) { polynomials in
      let p = polynomials.baseAddress!
      p[0] = 1
      p[1] = t
      for k in 2..<n { p[k] = 2 * t * p[k - 1] - p[k - 2] }
      storage.withUnsafeBufferPointer { buffer in
        for q in 0..<4 {
          let series = buffer.baseAddress! + q * stride
          var (value, slope) = (0.0, 0.0)
          for k in 0..<m {
            value += series[k] * p[k]
            slope += series[n + k] * p[k]
          }
          values[q] = value + series[n - 1] * p[n - 1]
          values[4 + q] = slope
        }
      }
    }
  }
}

/// Memory for making panels, so that a march allocates only what it keeps.
final class PanelWorkspace {
  private let tables = SpectralIntegration.standard
  private let matrix: UnsafeMutablePointer<Double>
  private let states: UnsafeMutablePointer<Double>
  private let coefficients: UnsafeMutablePointer<Double>
  private let series: UnsafeMutablePointer<Double>
  private static let n = ContinuationPanel.nodes
  private static let width = ContinuationPanel.nodes + 4
  private(set) var panelsTried = 0

  init() {
    precondition(tables.count == Self.n, "tables of \(tables.count) nodes for panels of \(Self.n)")
    matrix = .allocate(capacity: Self.n * Self.width)
    states = .allocate(capacity: Self.n)
    coefficients = .allocate(capacity: 5 * Self.n)
    series = .allocate(capacity: 4 * ContinuationPanel.stride)
  }

  deinit {
    matrix.deallocate()
    states.deallocate()
    coefficients.deallocate()
    series.deallocate()
  }

  /// The panel [lower, upper], or nil where 24 nodes do not resolve it to rounding.
  ///
  /// - Parameter family: of a panel that carries on, V' away from its starting end as `s + beta b`, and s for unit cost: (s,
  ///   b, unit); nil at an end of the domain, whose condition says it.
  func panel(
    _ equation: StationaryOperator, _ lower: Double, _ upper: Double, _ kind: ContinuationPanel.Kind,
    family: SIMD3<Double>? = nil
  ) -> ContinuationPanel? {
    panelsTried += 1
    let n = Self.n
    let half = 0.5 * (upper - lower)
    // a panel from above is solved in the mirror: x = upper - half (1 + t)
    let isMirrored = kind == .fromAbove
    for j in 0..<n {
      let reach = half * (1 + tables.nodes[j])
      states[j] = isMirrored ? upper - reach : lower + reach
    }
    equation.fill(states, count: n, into: coefficients)
    if isMirrored { for j in n..<(2 * n) { coefficients[j] = -coefficients[j] } }
    for j in 0..<(5 * n) where !coefficients[j].isFinite { return nil }
    let slopes = kind == .ordinary ? SIMD3<Double>() : family ?? endSlopes(equation, kind, lower, upper)
    guard slopes[0].isFinite, slopes[1].isFinite, slopes[2].isFinite else { return nil }
    assemble(half, kind, slopes)
    guard AugmentedElimination.solve(matrix, size: n, width: Self.width) else { return nil }
    expand(half, kind, slopes)
    return finish(lower, upper, kind)
  }

  /// V' at a domain's end, away from it, as `s + beta b` and for unit cost: 0 at a reflecting end, from the equation itself
  /// (the noise vanishes) at an inflow end. Components: s, b, unit.
  private func endSlopes(
    _ equation: StationaryOperator, _ kind: ContinuationPanel.Kind, _ lower: Double, _ upper: Double
  ) -> SIMD3<Double> {
    let inequality = equation.inequality
    let (end, condition) =
      kind == .fromBelow ? (lower, inequality.lowerEnd) : (upper, inequality.upperEnd)
    guard condition == .inflow else { return SIMD3() }
    let inwards = kind == .fromBelow ? equation.drift(end) : -equation.drift(end)
    return SIMD3(-equation.cost(end) / inwards, equation.discount(end) / inwards, -equation.unit(end) / inwards)
  }

  /// Rows `a y + f V' - r V = right-hand sides` at the nodes, y = V''.
  private func assemble(_ half: Double, _ kind: ContinuationPanel.Kind, _ slopes: SIMD3<Double>) {
    let (n, w) = (Self.n, Self.width)
    let isOrdinary = kind == .ordinary
    (isOrdinary ? tables.clampedFirst : tables.first).withUnsafeBufferPointer { g1 in
      (isOrdinary ? tables.clampedSecond : tables.second).withUnsafeBufferPointer { g2 in
        for j in 0..<n {
          let (a, f, r, c) = (coefficients[j], coefficients[n + j], coefficients[2 * n + j], coefficients[3 * n + j])
          let unit = coefficients[4 * n + j]
          let scale = 1 / (a + half * abs(f) + half * half * r)
          let (transport, decay) = (f * half * scale, -r * half * half * scale)
          let row = matrix + j * w
          let (first, second) = (g1.baseAddress! + j * n, g2.baseAddress! + j * n)
          for k in 0..<n { row[k] = transport * first[k] + decay * second[k] }
          row[j] += a * scale
          let t = tables.nodes[j]
          if isOrdinary {
            row[n] = -c * scale
            row[n + 1] = (f / (2 * half) + r * (1 - t) / 2) * scale
            row[n + 2] = (-f / (2 * half) + r * (1 + t) / 2) * scale
            row[n + 3] = -unit * scale
          } else {
            let reach = r * half * (1 + t) - f
            row[n] = (-c + slopes[0] * reach) * scale
            row[n + 1] = (r + slopes[1] * reach) * scale
            row[n + 2] = 0
            row[n + 3] = (-unit + slopes[2] * reach) * scale
          }
        }
      }
    }
  }

  /// From V'' at the nodes to the three series of every solution.
  private func expand(_ half: Double, _ kind: ContinuationPanel.Kind, _ slopes: SIMD3<Double>) {
    let (n, w, stride) = (Self.n, Self.width, ContinuationPanel.stride)
    let (valueCount, slopeCount) = (ContinuationPanel.valueCount, ContinuationPanel.slopeCount)
    series.update(repeating: 0, count: 4 * stride)
    tables.coefficients.withUnsafeBufferPointer { transform in
      for k in 0..<n {
        let row = transform.baseAddress! + k * n
        var sums = SIMD4<Double>()
        for j in 0..<n {
          let y = matrix + j * w + n
          sums += row[j] * SIMD4(y[0], y[1], y[2], y[3])
        }
        for q in 0..<4 { series[q * stride + valueCount + slopeCount + k] = sums[q] }
      }
    }
    for q in 0..<4 {
      let value = series + q * stride
      let (slope, bend) = (value + valueCount, value + valueCount + slopeCount)
      SpectralIntegration.integrate(bend, count: n, into: slope)
      for k in 0..<slopeCount { slope[k] *= half }
      if kind != .ordinary {
        slope[0] += q == 0 ? slopes[0] : q == 1 ? slopes[1] : q == 3 ? slopes[2] : 0
      }
      SpectralIntegration.integrate(slope, count: slopeCount, into: value)
      for k in 0..<valueCount { value[k] *= half }
      if kind == .ordinary {
        var rise = 0.0
        for k in 0..<valueCount { rise += value[k] }
        let (left, right) = (q == 1 ? 1.0 : 0, q == 2 ? 1.0 : 0)
        let climb = right - left - rise
        value[0] += left + climb / 2
        value[1] += climb / 2
        slope[0] += climb / (2 * half)
      } else if q == 1 {
        value[0] += 1
      }
      if kind == .fromAbove { mirror(value, slope, bend) }
    }
  }

  private func mirror(
    _ value: UnsafeMutablePointer<Double>, _ slope: UnsafeMutablePointer<Double>, _ bend: UnsafeMutablePointer<Double>
  ) {
    for k in Swift.stride(from: 1, to: ContinuationPanel.valueCount, by: 2) { value[k] = -value[k] }
    for k in Swift.stride(from: 0, to: ContinuationPanel.slopeCount, by: 2) { slope[k] = -slope[k] }
    for k in Swift.stride(from: 1, to: Self.n, by: 2) { bend[k] = -bend[k] }
  }

  /// The panel if its last coefficients are below rounding; what is left of V' decides, relative to its own size.
  private func finish(_ lower: Double, _ upper: Double, _ kind: ContinuationPanel.Kind) -> ContinuationPanel? {
    let (n, stride, valueCount) = (Self.n, ContinuationPanel.stride, ContinuationPanel.valueCount)
    var used = 0
    for q in 0..<4 {
      let slope = series + q * stride + valueCount
      var size = 0.0
      for k in 0...n { size = max(size, abs(slope[k])) }
      // of a homogeneous solution of size 1, slopes far below 1 / length are rounding
      if q == 1 || q == 2 { size = max(size, 1e-2 / (upper - lower)) }
      guard size.isFinite else { return nil }
      // at an end where the noise vanishes V'' is a derivative of the data, and rounding the larger
      let tolerance = kind == .ordinary ? 4e-16 : 2e-15
      guard max(abs(slope[n - 1]), abs(slope[n])) <= tolerance * size else { return nil }
      var k = n
      while k > 0, abs(slope[k]) <= 1e-15 * size { k -= 1 }
      used = max(used, k)
    }
    let ends = (0..<4).map { q -> SIMD4<Double> in
      let (value, slope) = (series + q * stride, series + q * stride + valueCount)
      var (left, right) = (SIMD2<Double>(), SIMD2<Double>())
      for k in 0..<valueCount {
        let pair = SIMD2(value[k], k <= n ? slope[k] : 0)
        right += pair
        left += k % 2 == 0 ? pair : -pair
      }
      return SIMD4(left[0], left[1], right[0], right[1])
    }
    return ContinuationPanel(
      lower: lower, upper: upper, kind: kind,
      storage: [Double](UnsafeBufferPointer(start: series, count: 4 * stride)), ends: Self.exact(ends, kind),
      usedShare: Double(used) / Double(n))
  }

  /// End values that the panel's own definition fixes, without rounding.
  private static func exact(_ ends: [SIMD4<Double>], _ kind: ContinuationPanel.Kind) -> [SIMD4<Double>] {
    var ends = ends
    for q in 0..<4 {
      switch kind {
      case .ordinary: (ends[q][0], ends[q][2]) = (q == 1 ? 1 : 0, q == 2 ? 1 : 0)
      case .fromBelow: ends[q][0] = q == 1 ? 1 : 0
      case .fromAbove: ends[q][2] = q == 1 ? 1 : 0
      }
    }
    return ends
  }
}
