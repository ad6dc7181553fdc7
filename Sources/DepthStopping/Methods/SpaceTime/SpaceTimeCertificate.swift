import DepthNumerics
import Foundation

/// A bound of what one panel adds to `|V - U|`, by the comparison principle.
///
/// U (g where one stops) is the value of a rule but for the residual `R = U_theta - L U + r U - c`, the jumps of its slope and the
/// jump in depth to the panel before; and it is a lower bound of V but for the same where besides U <= g on the continuation
/// region and `L g - r g + c >= 0` off it. So |V - U| grows over a panel by at most `int sup |R| + sum kappa + sup |jump|`.
/// With `w a`, `w f`, `w r`, `w c` and g polynomials in x, element edges polynomials in s, `2 s l^2 w R` (l the element's
/// width) is a polynomial in (eta, s) of known degrees: its values at Chebyshev points bound it (Ehlich and Zeller, twice), with
/// rounding added. A slope that jumps by k on a curve costs `kappa = k (l/2 + dtheta (a/l + |f| + |curve's speed|))`: a
/// function of that kink and of size l/2 that bends back over the length l takes it away.
struct SpaceTimeCertificate {
  let interval: SpaceTimeInterval
  private let structure: PolynomialStructure?
  private static let unit = 0x1p-53

  init(_ interval: SpaceTimeInterval) {
    self.interval = interval
    structure = interval.inequality.structure?.lossDegree == nil ? nil : interval.inequality.structure
  }

  /// Coefficients of one element over the panel's square, and what rounding its derivatives' values may carry.
  private struct Jets {
    let n: Int
    let p: Int
    let d: [Double]
    let first: [Double]
    let second: [Double]
    let depth: [Double]
    var sizes = SIMD4<Double>()

    init(_ coefficients: [Double], _ rule: SpaceTimeRule, _ duration: Double) {
      let (n, p) = (rule.n + 1, rule.p + 1)
      (self.n, self.p) = (n, p)
      // series in t = 2 eta - 1
      func byState(_ c: [Double]) -> [Double] {
        var out = [Double](repeating: 0, count: c.count)
        for l in 0..<p {
          for k in stride(from: n - 2, through: 0, by: -1) {
            let above = k + 2 < n ? out[(k + 2) * p + l] : 0
            out[k * p + l] = above + 2 * Double(k + 1) * c[(k + 1) * p + l]
          }
          out[l] *= 0.5
        }
        return out.map { 2 * $0 }
      }
      func byDepth(_ c: [Double]) -> [Double] {
        var out = [Double](repeating: 0, count: c.count)
        for k in 0..<n {
          for l in stride(from: p - 2, through: 0, by: -1) {
            let above = l + 2 < p ? out[k * p + l + 2] : 0
            out[k * p + l] = above + 2 * Double(l + 1) * c[k * p + l + 1]
          }
          out[k * p] *= 0.5
        }
        return out.map { 2 / duration * $0 }
      }
      let slopes = byState(coefficients)
      (d, first, second, depth) = (coefficients, slopes, byState(slopes), byDepth(coefficients))
      for k in 0..<n {
        for l in 0..<p {
          let (c, x, t) = (abs(d[k * p + l]), Double(k * k), Double(l * l))
          sizes += c * SIMD4(1, 2 * x, 1.4 * x * x, 2 * t / duration)
        }
      }
      sizes *= 40 * 0x1p-53
    }
  }

  /// Chebyshev polynomials at points: rows by point.
  private static func vandermonde(_ points: [Double], _ n: Int) -> [Double] {
    var rows = [Double](repeating: 1, count: points.count * n)
    for (i, t) in points.enumerated() {
      if n > 1 { rows[i * n + 1] = t }
      for k in stride(from: 2, to: n, by: 1) { rows[i * n + k] = 2 * t * rows[i * n + k - 1] - rows[i * n + k - 2] }
    }
    return rows
  }

  private static func points(_ count: Int) -> [Double] {
    (0..<count).map { -cos(.pi * (Double($0) + 0.5) / Double(count)) }
  }

  private static func values(
    _ rows: [Double], _ m: Int, _ c: [Double], _ n: Int, _ p: Int, _ columns: [Double], _ q: Int
  ) -> [Double] {
    var half = [Double](repeating: 0, count: m * p)
    var result = [Double](repeating: 0, count: m * q)
    BLAS.multiply(rows: m, columns: p, inner: n, rows, .normal, c, .normal, into: &half)
    BLAS.multiply(rows: m, columns: q, inner: p, half, .normal, columns, .transposed, into: &result)
    return result
  }

  private static func derivative(_ c: [Double], _ duration: Double) -> [Double] {
    var out = [Double](repeating: 0, count: c.count)
    for l in stride(from: c.count - 2, through: 0, by: -1) {
      out[l] = (l + 2 < c.count ? out[l + 2] : 0) + 2 * Double(l + 1) * c[l + 1]
    }
    out[0] *= 0.5
    return out.map { 2 / duration * $0 }
  }

  /// What the panel adds, and whether all conditions of the proof were verified.
  func bound(_ panel: SpaceTimePanel, after before: SpaceTimeSlice?) -> (bound: Double, isProven: Bool) {
    let duration = panel.last - panel.first
    let jets = panel.elements.map { Jets($0.coefficients, panel.rule, duration) }
    var residual = 0.0
    for e in jets.indices { residual = max(residual, self.residual(panel, e, jets[e])) }
    let kinks = slopeJumps(panel, jets)
    let jump = depthJump(panel, before)
    let isProven = structure != nil && isBelow(panel, jets) && stopsRightly(panel)
    return (residual + kinks + jump, isProven)
  }

  /// `int sup |R| dtheta` over one element.
  private func residual(_ panel: SpaceTimePanel, _ e: Int, _ jets: Jets) -> Double {
    let (n, p) = (jets.n, jets.p)
    let duration = panel.last - panel.first
    let moving = panel.nodes[e].place.followsBoundaries || panel.nodes[e + 1].place.followsBoundaries ? p - 1 : 1
    let m = structure?.degree ?? 2
    let (stateDegree, depthDegree) = (n + m, p + 1 + (m + 3) * moving)
    let (rows, columns) =
      structure == nil ? (2 * n, 2 * p) : (stateDegree * 8 / 5 + 1, depthDegree * 8 / 5 + 1)
    let (ts, us) = (Self.points(rows), Self.points(columns))
    let (x, y) = (Self.vandermonde(ts, n), Self.vandermonde(us, p))
    func sampled(_ c: [Double]) -> [Double] { Self.values(x, rows, c, n, p, y, columns) }
    let (d, first, second, depth) = (sampled(jets.d), sampled(jets.first), sampled(jets.second), sampled(jets.depth))
    let (a, b) = (panel.places[e], panel.places[e + 1])
    let (da, db) = (Self.derivative(a, duration), Self.derivative(b, duration))
    let isUnstopped = panel.elements[e].isUnstopped
    let inequality = interval.inequality
    var speedError = 0.0
    for l in a.indices { speedError += 80 * Self.unit / duration * Double(l * l) * (abs(a[l]) + abs(b[l])) }
    var (largest, rounding, leastScale) = (0.0, 0.0, Double.infinity)
    for j in 0..<columns {
      let s = panel.first + 0.5 * (1 + us[j]) * duration
      let (low, high) = (SpaceTimePanel.clenshaw(a, us[j]), SpaceTimePanel.clenshaw(b, us[j]))
      let width = high - low
      let (speed, growth) = (
        SpaceTimePanel.clenshaw(da, us[j]), SpaceTimePanel.clenshaw(db, us[j]) - SpaceTimePanel.clenshaw(da, us[j])
      )
      for i in 0..<rows {
        let eta = 0.5 * (1 + ts[i])
        let state = interval.origin + low + width * eta
        let w = structure?.weight(state) ?? 1
        let sigma = inequality.diffusion(0, state)
        let (spread, drift) = (w * 0.5 * sigma * sigma, w * inequality.drift(0, state))
        let (discount, source) = (
          w * inequality.discount(0, state), isUnstopped ? 0 : w * inequality.lookAhead(0, state)
        )
        let at = i * columns + j
        let moved = speed + growth * eta
        let value =
          w * (width * width * depth[at] - width * moved * first[at])
          - 2 * s * (spread * second[at] + width * drift * first[at] - width * width * (discount * d[at] - source))
        largest = max(largest, abs(value))
        var slack = 2 * s * (spread * jets.sizes[2] + width * abs(drift) * jets.sizes[1])
        slack += 2 * s * width * width * (discount * jets.sizes[0] + 8 * Self.unit * terms(state, w, isUnstopped))
        slack += w * (width * width * jets.sizes[3] + width * abs(moved) * jets.sizes[1])
        slack += w * width * speedError * jets.sizes[1] / (40 * Self.unit)
        rounding = max(rounding, slack)
        leastScale = min(leastScale, width * width * w)
      }
    }
    guard let structure else { return 1.5 * (largest + rounding) / leastScale * duration }
    let factor =
      1 / (cos(.pi * Double(stateDegree) / Double(2 * rows)) * cos(.pi * Double(depthDegree) / Double(2 * columns)))
    var bound = (largest + rounding) * factor
    // the width's own variation between samples is below a tenth
    leastScale *= 0.9
    if structure.weightPower > 0, e == 0, interval.lower == .reflecting(0) {
      bound *= 2 * Double(stateDegree * stateDegree)
      let least = (0...8).map { k -> Double in
        let t = -1 + 0.25 * Double(k)
        return SpaceTimePanel.clenshaw(panel.places[e + 1], t) - SpaceTimePanel.clenshaw(panel.places[e], t)
      }.min()!
      leastScale = 0.9 * least * least * least
    } else if structure.weightPower > 0 {
      let near = (0...8).map { interval.origin + SpaceTimePanel.clenshaw(panel.places[e], -1 + 0.25 * Double($0)) }
        .min()!
      let widths = (0...8).map {
        let t = -1 + 0.25 * Double($0)
        return SpaceTimePanel.clenshaw(panel.places[e + 1], t) - SpaceTimePanel.clenshaw(panel.places[e], t)
      }
      let width = widths.min()!
      leastScale = 0.9 * width * width * structure.weight(near)
    }
    guard leastScale > 0 else { return .infinity }
    return bound / leastScale * duration
  }

  /// Sizes of the terms that make up `w (L g - r g + c)`.
  private func terms(_ x: Double, _ w: Double, _ isUnstopped: Bool) -> Double {
    guard !isUnstopped else { return 0 }
    let inequality = interval.inequality
    let sigma = inequality.diffusion(0, x)
    let loss = inequality.loss
    return w
      * (abs(inequality.drift(0, x) * loss.derivative(0, x)) + 0.5 * sigma * sigma * abs(loss.curvature(0, x))
        + inequality.discount(0, x) * abs(loss.value(0, x)) + abs(inequality.cost(0, x)))
  }

  /// `sum kappa` over the curves on which U's slope may jump: element edges, free ends, reflecting ends, the far end.
  private func slopeJumps(_ panel: SpaceTimePanel, _ jets: [Jets]) -> Double {
    let (n, p) = (panel.rule.n + 1, panel.rule.p + 1)
    let count = 6 * p
    let us = Self.points(count)
    let columns = Self.vandermonde(us, p)
    let last = panel.elements.count
    func edge(_ c: [Double], _ atUpper: Bool) -> [Double] {
      let row = (0..<n).map { atUpper || $0 % 2 == 0 ? 1.0 : -1 }
      return Self.values(row, 1, c, n, p, columns, count)
    }
    var total = 0.0
    let depthSpan = (panel.last - panel.first) * (panel.last + panel.first)
    for node in 0...last {
      let condition: SpaceTimeInterval.Edge? = node == 0 ? interval.lower : node == last ? interval.upper : nil
      switch condition {
      case .absorbing, .equation: continue
      default: break
      }
      let below = node > 0 ? (edge(jets[node - 1].d, true), edge(jets[node - 1].first, true)) : nil
      let above = node < last ? (edge(jets[node].d, false), edge(jets[node].first, false)) : nil
      var (kink, jump, leastWidth, speed, spread, drift) = (0.0, 0.0, Double.infinity, 0.0, 0.0, 0.0)
      let velocity = Self.derivative(panel.places[node], panel.last - panel.first)
      for (j, u) in us.enumerated() {
        let s = panel.first + 0.5 * (1 + u) * (panel.last - panel.first)
        let place = SpaceTimePanel.clenshaw(panel.places[node], u)
        let x = interval.origin + place
        let unstopped = interval.unstopped.map { value -> (Double, Double) in
          let (factor, shift) = value.gap(s * s)
          return (
            factor * interval.inequality.loss.value(0, x) - shift, factor * interval.inequality.loss.derivative(0, x)
          )
        }
        func side(_ e: Int, _ jet: ([Double], [Double])) -> (value: Double, slope: Double, width: Double) {
          let width =
            SpaceTimePanel.clenshaw(panel.places[e + 1], u) - SpaceTimePanel.clenshaw(panel.places[e], u)
          var (value, slope) = (jet.0[j], jet.1[j] / width)
          if panel.elements[e].isUnstopped, let unstopped {
            // both sides from W: the common part cancels
            let other = e == node ? node - 1 : node
            let isCommon = other >= 0 && other < last ? panel.elements[other].isUnstopped : condition == .far
            if !isCommon { (value, slope) = (value - unstopped.0, slope - unstopped.1) }
          }
          return (value, slope, width)
        }
        let (low, high) = (below.map { side(node - 1, $0) }, above.map { side(node, $0) })
        var (slopes, values) = ((low?.slope ?? 0), (low?.value ?? 0))
        (slopes, values) = ((high?.slope ?? 0) - slopes, (high?.value ?? 0) - values)
        if condition == .reflecting(x) || { if case .reflecting = condition { true } else { false } }() {
          let inside = node == 0 ? x.nextUp : x.nextDown
          slopes = (low?.slope ?? high?.slope ?? 0) + interval.inequality.loss.derivative(0, inside)
          values = 0
        }
        kink = max(kink, abs(slopes - panel.nodes[node].jump))
        jump = max(jump, abs(values))
        leastWidth = min(leastWidth, low?.width ?? .infinity, high?.width ?? .infinity)
        speed = max(speed, abs(SpaceTimePanel.clenshaw(velocity, u)) / (2 * s))
        let sigma = interval.inequality.diffusion(0, x)
        spread = max(spread, 0.5 * sigma * sigma)
        let f = interval.inequality.drift(0, node == 0 ? x + 1e-3 * leastWidth : x)
        drift = max(drift, f.isFinite ? abs(f) : 0)
      }
      // coefficients vary by a small factor over one width
      let reach = depthSpan * (4 * spread / leastWidth + 2 * drift + 2 * speed)
      total += 1.5 * kink * (0.5 * leastWidth + reach)
      total +=
        1.5 * jump * (2 + reach / leastWidth + 2 * Double(p * p) * (panel.last + panel.first) / (2 * panel.first))
    }
    return total
  }

  /// `sup |U_new - U_old|` at the panel's first depth.
  private func depthJump(_ panel: SpaceTimePanel, _ before: SpaceTimeSlice?) -> Double {
    guard let before else { return 0 }
    let slice = SpaceTimeSlice(panel, interval, root: panel.first)
    let edges = Set(slice.edges + before.edges).sorted()
    var largest = 0.0
    for (a, b) in zip(edges, edges.dropFirst()) {
      let count = 2 * panel.rule.n
      for t in Self.points(count) {
        let rho = 0.5 * (a + b) + 0.5 * (b - a) * t
        largest = max(largest, abs(slice.difference(rho) - before.difference(rho)))
      }
    }
    return 1.5 * largest
  }

  /// Whether U <= g on the continuation region.
  private func isBelow(_ panel: SpaceTimePanel, _ jets: [Jets]) -> Bool {
    let (n, p) = (panel.rule.n + 1, panel.rule.p + 1)
    let us = Self.points(4 * p)
    let columns = Self.vandermonde(us, p)
    for e in panel.elements.indices where !panel.elements[e].isUnstopped {
      let powerLow = e == 0 && interval.isLowerFree ? 2 : 0
      let powerHigh = e + 1 == panel.elements.count && interval.isUpperFree ? 2 : 0
      let size = jets[e].d.reduce(0) { $0 + abs($1) }
      var pending = [(-1.0, 1.0, 0)]
      while let (a, b, depth) = pending.popLast() {
        let ts = Self.points(4 * n).map { 0.5 * (a + b) + 0.5 * (b - a) * $0 }
        let values = Self.values(Self.vandermonde(ts, n), ts.count, jets[e].d, n, p, columns, us.count)
        var (low, high) = (Double.infinity, -Double.infinity)
        for (i, t) in ts.enumerated() {
          let eta = 0.5 * (1 + t)
          var divisor = 1.0
          if powerLow > 0 { divisor *= eta * eta }
          if powerHigh > 0 { divisor *= (1 - eta) * (1 - eta) }
          for j in us.indices {
            // where D is rounding beside a free end it says nothing
            if divisor < 1e-6, abs(values[i * us.count + j]) < 1e-13 * size { continue }
            low = min(low, values[i * us.count + j] / divisor)
            high = max(high, values[i * us.count + j] / divisor)
          }
        }
        if high + 0.1 * (high - low) <= 1e-14 * size { continue }
        guard depth < 5, high <= 1e-13 * size else { return false }
        pending += [(a, 0.5 * (a + b), depth + 1), (0.5 * (a + b), b, depth + 1)]
      }
    }
    return true
  }

  /// Whether `L g - r g + c >= 0` where one stops: beside each free end, and by the structure's promise beyond.
  private func stopsRightly(_ panel: SpaceTimePanel) -> Bool {
    for isUpper in [false, true] where isUpper ? interval.isUpperFree : interval.isLowerFree {
      var (low, high) = (Double.infinity, -Double.infinity)
      for u in Self.points(3 * panel.rule.p) {
        let s = panel.first + 0.5 * (1 + u) * (panel.last - panel.first)
        let value = interval.inequality.lookAhead(0, interval.origin + panel.boundary(isUpper: isUpper, root: s))
        (low, high) = (min(low, value), max(high, value))
      }
      guard low - 0.05 * (high - low) > 0 else { return false }
    }
    return true
  }
}
