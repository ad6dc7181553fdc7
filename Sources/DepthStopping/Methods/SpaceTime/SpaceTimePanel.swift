import DepthNumerics

/// V on one continuation interval over one stretch of depth to go, `s = sqrt(theta)` in [first, last]: elements between moving
/// edges, on each a Chebyshev polynomial in the state's share eta and in s.
struct SpaceTimePanel: Sendable {
  struct Element: Sendable {
    /// (n+1) x (p+1) coefficients of `D = U - g` (or `U - W`), row-major, state by depth.
    let coefficients: [Double]
    let isUnstopped: Bool
  }

  let rule: SpaceTimeRule
  let first: Double
  let last: Double
  let nodes: [SpaceTimeMesh.Node]
  let elements: [Element]
  /// Boundaries relative to the origin: values at the depth nodes and their coefficients.
  let lower: [Double]
  let upper: [Double]
  let lowerCoefficients: [Double]
  let upperCoefficients: [Double]
  /// Of each edge of an element: coefficients of its place over the panel.
  let places: [[Double]]
  /// The last Newton step, relative to the layer.
  let step: Double
  let iterations: Int

  init(
    rule: SpaceTimeRule, first: Double, last: Double, nodes: [SpaceTimeMesh.Node], values: [[Double]], lower: [Double],
    upper: [Double], places: [[Double]], vanishes: (lower: Bool, upper: Bool), slope: Double?, step: Double,
    iterations: Int
  ) {
    self.rule = rule
    self.first = first
    self.last = last
    self.nodes = nodes
    let edges = places.map { rule.depthCoefficients($0) }
    self.places = edges
    let series = values.map { Self.chopped(rule.coefficients($0)) }
    elements = Self.joined(series, rule, nodes, vanishes, slope, edges).enumerated().map {
      Element(coefficients: $1, isUnstopped: nodes[$0].isUnstopped)
    }
    self.lower = lower
    self.upper = upper
    lowerCoefficients = rule.depthCoefficients(lower)
    upperCoefficients = rule.depthCoefficients(upper)
    self.step = step
    self.iterations = iterations
  }

  /// Coefficients below the rounding of the values they come from are noise, which two derivatives would raise by n^4.
  private static func chopped(_ c: [Double]) -> [Double] {
    let noise = 1e-16 * (c.map { abs($0) }.max() ?? 0)
    return c.map { abs($0) < noise ? 0 : $0 }
  }

  /// Neighbours made to meet, and 0 where U = g (or W) at an end, coefficient by coefficient in depth: what is left is rounding of
  /// numbers that decay like the coefficients, so that its derivative in depth is small too.
  private static func joined(
    _ series: [[Double]], _ rule: SpaceTimeRule, _ nodes: [SpaceTimeMesh.Node], _ vanishes: (lower: Bool, upper: Bool),
    _ slope: Double?, _ places: [[Double]]
  ) -> [[Double]] {
    var series = series
    let p = rule.p + 1
    for e in series.indices {
      let meets = e > 0 && nodes[e].isUnstopped == nodes[e - 1].isUnstopped
      guard meets || (e == 0 && vanishes.lower) else { continue }
      for l in 0..<p {
        for _ in 0..<2 {
          let goal = meets ? edge(series[e - 1], rule, l, atUpper: true) : 0
          let change = 0.5 * (goal - edge(series[e], rule, l, atUpper: false))
          series[e][l] += change
          series[e][p + l] -= change
        }
      }
    }
    if let slope {
      // V' = 0 at a reflecting end below: D_eta = -g' l
      let width = zip(places[1], places[0]).map { $0 - $1 }
      for l in 0..<p {
        for _ in 0..<2 {
          var sum = 0.0
          for k in stride(from: rule.n, to: 0, by: -1) {
            sum += Double(k * k) * (k % 2 == 1 ? series[0][k * p + l] : -series[0][k * p + l])
          }
          // d/deta = 2 d/dt; the value at the upper edge stays
          let change = 0.5 * slope * width[l] - sum
          series[0][p + l] += change
          series[0][l] -= change
        }
      }
    }
    if vanishes.upper {
      let e = series.count - 1
      for l in 0..<p {
        for _ in 0..<2 {
          let change = -0.5 * edge(series[e], rule, l, atUpper: true)
          series[e][l] += change
          series[e][p + l] += change
        }
      }
    }
    return series
  }

  /// The l-th coefficient in depth of an element's value at an edge.
  static func edge(_ c: [Double], _ rule: SpaceTimeRule, _ l: Int, atUpper: Bool) -> Double {
    var sum = 0.0
    for k in stride(from: rule.n, through: 0, by: -1) {
      sum += atUpper || k % 2 == 0 ? c[k * (rule.p + 1) + l] : -c[k * (rule.p + 1) + l]
    }
    return sum
  }

  private func local(_ s: Double) -> Double { max(-1, min(1, ((s - first) - (last - s)) / (last - first))) }

  func boundary(isUpper: Bool, root s: Double) -> Double {
    Self.clenshaw(isUpper ? upperCoefficients : lowerCoefficients, local(s))
  }

  /// Places of all element edges at s.
  func edges(root s: Double) -> [Double] { places.map { Self.clenshaw($0, local(s)) } }

  /// Chebyshev coefficients in eta of every element at s.
  func slices(root s: Double) -> [[Double]] {
    let t = local(s)
    let (n, p) = (rule.n + 1, rule.p + 1)
    return elements.map { element in
      (0..<n).map { k in Self.clenshaw(Array(element.coefficients[(k * p)..<((k + 1) * p)]), t) }
    }
  }

  static func clenshaw(_ c: [Double], _ t: Double) -> Double {
    var (b1, b2) = (0.0, 0.0)
    for k in stride(from: c.count - 1, to: 0, by: -1) { (b1, b2) = (c[k] + 2 * t * b1 - b2, b1) }
    return c[0] + t * b1 - b2
  }
}

/// The functions of the state at one s: `U - g` anywhere.
struct SpaceTimeSlice: Sendable {
  let edges: [Double]
  let series: [[Double]]
  let isUnstopped: [Bool]
  /// `g - W = factor g - shift` here.
  let gap: (factor: Double, shift: Double)
  let interval: SpaceTimeInterval

  init(_ panel: SpaceTimePanel, _ interval: SpaceTimeInterval, root s: Double) {
    edges = panel.edges(root: s)
    series = panel.slices(root: s)
    isUnstopped = panel.elements.map(\.isUnstopped)
    gap = interval.unstopped?.gap(s * s) ?? (0, 0)
    self.interval = interval
  }

  func gap(_ rho: Double) -> Double {
    gap.factor * interval.inequality.loss.value(0, interval.origin + rho) - gap.shift
  }

  /// `U - g`, or `U - W`; U is g beyond free edges, W beyond a far one.
  func difference(_ rho: Double, fromUnstopped: Bool = false) -> Double {
    let (value, isFromUnstopped) = stored(rho)
    if isFromUnstopped == fromUnstopped { return value }
    return isFromUnstopped ? value - gap(rho) : value + gap(rho)
  }

  func isFromUnstopped(_ rho: Double) -> Bool { stored(rho).1 }

  /// The difference as an element has it, and whether that counts from W.
  private func stored(_ rho: Double) -> (Double, Bool) {
    // a fixed edge's place carries rounding: what lies just beyond belongs to it
    if rho < edges[0], interval.lower.isFree || interval.lower == .far { return (0, interval.lower == .far) }
    if rho > edges[edges.count - 1], interval.upper.isFree || interval.upper == .far {
      return (0, interval.upper == .far)
    }
    var e = 0
    while e + 1 < series.count, rho > edges[e + 1] { e += 1 }
    let eta = ((rho - edges[e]) - (edges[e + 1] - rho)) / (edges[e + 1] - edges[e])
    let value = SpaceTimePanel.clenshaw(series[e], max(-1, min(1, eta)))
    return (value, isUnstopped[e])
  }
}
