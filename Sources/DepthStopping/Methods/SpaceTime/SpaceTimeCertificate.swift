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
  let structure: PolynomialStructure?
  private static let unit = 0x1p-53

  struct Verdict {
    /// What the panel adds to `|V - U|`.
    let bound: Double
    /// The part of it that is rounding, whatever the resolution.
    let floor: Double
    /// Whether every condition of the comparison holds where it is checked; some suprema are sampled.
    let isProven: Bool
    /// What the last coefficients in state and in depth leave in the residual, roughly.
    let stateTail: Double
    let depthTail: Double
  }

  init(_ interval: SpaceTimeInterval) {
    self.interval = interval
    structure = interval.inequality.structure?.lossDegree == nil ? nil : interval.inequality.structure
  }

  /// - Parameter allowance: by how much U may exceed g, counted in the bound.
  func verdict(_ panel: SpaceTimePanel, after before: SpaceTimeSlice?, allowance: Double) -> Verdict {
    let duration = panel.last - panel.first
    let jets = panel.elements.map { SpaceTimeJets($0.coefficients, panel.rule, duration) }
    var (residual, floor, tails) = (0.0, 0.0, SIMD2<Double>())
    for e in jets.indices {
      let (bound, rounding) = self.residual(panel, e, jets[e])
      (residual, floor) = (max(residual, bound), max(floor, rounding))
      tails = pointwiseMax(tails, jets[e].tails)
    }
    let bound = residual + slopeJumps(panel, jets) + depthJump(panel, before)
    let isProven = structure != nil && isBelow(panel, jets, allowance) && stopsRightly(panel)
    return Verdict(
      bound: bound + (isProven ? allowance : 0), floor: floor, isProven: isProven, stateTail: tails[0],
      depthTail: tails[1])
  }

  /// `int sup |R| dtheta` over one element.
  private func residual(_ panel: SpaceTimePanel, _ e: Int, _ jets: SpaceTimeJets) -> (bound: Double, floor: Double) {
    let (n, p) = (jets.n, jets.p)
    let duration = panel.last - panel.first
    let moving = panel.nodes[e].place.followsBoundaries || panel.nodes[e + 1].place.followsBoundaries ? p - 1 : 1
    let m = structure?.degree ?? 2
    let (stateDegree, depthDegree) = (n + m, p + 1 + (m + 3) * moving)
    let (rows, columns) =
      structure == nil ? (2 * n, 2 * p) : (stateDegree * 8 / 5 + 1, depthDegree * 8 / 5 + 1)
    let (ts, us) = (ChebyshevTable.points(rows), ChebyshevTable.points(columns))
    let (x, y) = (ChebyshevTable.vandermonde(ts, n), ChebyshevTable.vandermonde(us, p))
    func sampled(_ c: [Double]) -> [Double] { ChebyshevTable.values(x, rows, c, n, p, y, columns) }
    let (d, first, second, depth) = (sampled(jets.d), sampled(jets.first), sampled(jets.second), sampled(jets.depth))
    let (a, b) = (panel.places[e], panel.places[e + 1])
    let (da, db) = (ChebyshevTable.derivative(a, duration), ChebyshevTable.derivative(b, duration))
    let isUnstopped = panel.elements[e].isUnstopped
    let inequality = interval.moving
    var speedError = 0.0
    for l in a.indices { speedError += 80 * Self.unit / duration * Double(l * l) * (abs(a[l]) + abs(b[l])) }
    var (largest, rounding, leastScale) = (0.0, 0.0, Double.infinity)
    for j in 0..<columns {
      let s = panel.first + 0.5 * (1 + us[j]) * duration
      let elapsed = interval.depth(root: s)
      let (low, high) = (SpaceTimePanel.clenshaw(a, us[j]), SpaceTimePanel.clenshaw(b, us[j]))
      let width = high - low
      let (speed, growth) = (
        SpaceTimePanel.clenshaw(da, us[j]), SpaceTimePanel.clenshaw(db, us[j]) - SpaceTimePanel.clenshaw(da, us[j])
      )
      for i in 0..<rows {
        let eta = 0.5 * (1 + ts[i])
        let state = interval.origin + low + width * eta
        let w = structure?.weight(state) ?? 1
        let sigma = inequality.diffusion(elapsed, state)
        let (spread, drift) = (w * 0.5 * sigma * sigma, w * inequality.drift(elapsed, state))
        let (discount, source) = (
          w * inequality.discount(elapsed, state), isUnstopped ? 0 : w * inequality.lookAhead(elapsed, state)
        )
        let at = i * columns + j
        let moved = speed + growth * eta
        let value =
          w * (width * width * depth[at] - width * moved * first[at])
          - 2 * s * (spread * second[at] + width * drift * first[at] - width * width * (discount * d[at] - source))
        largest = max(largest, abs(value))
        var slack = 2 * s * (spread * jets.sizes[2] + width * abs(drift) * jets.sizes[1])
        slack +=
          2 * s * width * width * (discount * jets.sizes[0] + 8 * Self.unit * terms(state, elapsed, w, isUnstopped))
        slack += w * (width * width * jets.sizes[3] + width * abs(moved) * jets.sizes[1])
        slack += w * width * speedError * jets.sizes[1] / (40 * Self.unit)
        rounding = max(rounding, slack)
        leastScale = min(leastScale, width * width * w)
      }
    }
    guard let structure else {
      let scale = 1.5 * duration / leastScale
      return (scale * (largest + rounding), scale * rounding)
    }
    let factor =
      1 / (cos(.pi * Double(stateDegree) / Double(2 * rows)) * cos(.pi * Double(depthDegree) / Double(2 * columns)))
    var size = factor
    // the width's own variation between samples is below a tenth
    leastScale *= 0.9
    if structure.weightPower > 0, e == 0, interval.lower == .reflecting(0) {
      size *= 2 * Double(stateDegree * stateDegree)
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
    guard leastScale > 0 else { return (.infinity, .infinity) }
    size *= duration / leastScale
    return (size * (largest + rounding), size * rounding)
  }

  /// Sizes of the terms that make up `w (L g - r g + c)`.
  private func terms(_ x: Double, _ depth: Double, _ w: Double, _ isUnstopped: Bool) -> Double {
    guard !isUnstopped else { return 0 }
    let inequality = interval.moving
    let sigma = inequality.diffusion(depth, x)
    let loss = inequality.loss
    return w
      * (abs(inequality.drift(depth, x) * loss.derivative(depth, x)) + 0.5 * sigma * sigma
        * abs(loss.curvature(depth, x))
        + inequality.discount(depth, x) * abs(loss.value(depth, x)) + abs(inequality.cost(depth, x)))
  }

  /// `sum kappa` over the curves on which U's slope may jump: element edges, free ends, reflecting ends, the far end.
  private func slopeJumps(_ panel: SpaceTimePanel, _ jets: [SpaceTimeJets]) -> Double {
    let (n, p) = (panel.rule.n + 1, panel.rule.p + 1)
    let count = 6 * p
    let us = ChebyshevTable.points(count)
    let columns = ChebyshevTable.vandermonde(us, p)
    let last = panel.elements.count
    func edge(_ c: [Double], _ atUpper: Bool) -> [Double] {
      let row = (0..<n).map { atUpper || $0 % 2 == 0 ? 1.0 : -1 }
      return ChebyshevTable.values(row, 1, c, n, p, columns, count)
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
      let velocity = ChebyshevTable.derivative(panel.places[node], panel.last - panel.first)
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
        let depth = interval.depth(root: s)
        let sigma = interval.moving.diffusion(depth, x)
        spread = max(spread, 0.5 * sigma * sigma)
        let f = interval.moving.drift(depth, node == 0 ? x + 1e-3 * leastWidth : x)
        drift = max(drift, f.isFinite ? abs(f) : 0)
      }
      // coefficients vary by a small factor over one width
      let reach = depthSpan * (4 * spread / leastWidth + 2 * drift + 2 * speed)
      total += 1.5 * kink * (0.5 * leastWidth + reach)
      let stretch = (panel.last + panel.first) / (2 * panel.first)
      if let parts = mismatch(panel, node) {
        for (l, part) in parts.enumerated() {
          total += part * (2 + reach / leastWidth + 2 * Double(l * l) * stretch)
        }
      } else {
        total += 1.5 * jump * (2 + reach / leastWidth + 2 * Double(p * p) * stretch)
      }
    }
    return total
  }

  /// Per coefficient in depth, by how much neighbours miss each other at a node, or an end its value; nil where g and W meet.
  private func mismatch(_ panel: SpaceTimePanel, _ node: Int) -> [Double]? {
    let last = panel.elements.count
    let condition: SpaceTimeInterval.Edge? = node == 0 ? interval.lower : node == last ? interval.upper : nil
    if case .reflecting = condition { return [] }
    guard condition != nil || panel.elements[node - 1].isUnstopped == panel.elements[node].isUnstopped else {
      return nil
    }
    let sides = [(node - 1, true), (node, false)].filter { $0.0 >= 0 && $0.0 < last }
    return (0...panel.rule.p).map { l in
      var (difference, size) = (0.0, 0.0)
      for (e, atUpper) in sides {
        let c = panel.elements[e].coefficients
        let value = SpaceTimePanel.edge(c, panel.rule, l, atUpper: atUpper)
        difference += atUpper ? value : -value
        for k in 0...panel.rule.n { size += abs(c[k * (panel.rule.p + 1) + l]) }
      }
      return abs(difference) + Double(panel.rule.n) * Self.unit * size
    }
  }

  /// `sup |U_new - U_old|` at the panel's first depth.
  private func depthJump(_ panel: SpaceTimePanel, _ before: SpaceTimeSlice?) -> Double {
    let slice = SpaceTimeSlice(panel, interval, root: panel.first)
    let edges = Set(slice.edges + (before?.edges ?? [])).sorted()
    var largest = 0.0
    for (a, b) in zip(edges, edges.dropFirst()) {
      let isUnstopped = slice.isFromUnstopped(0.5 * (a + b))
      for t in ChebyshevTable.points(2 * panel.rule.n) {
        let rho = 0.5 * (a + b) + 0.5 * (b - a) * t
        let old =
          before?.difference(rho, fromUnstopped: isUnstopped)
          ?? interval.start(rho, root: panel.first, fromUnstopped: isUnstopped)
        largest = max(largest, abs(slice.difference(rho, fromUnstopped: isUnstopped) - old))
      }
    }
    return (before == nil ? 3 : 1.5) * largest
  }
}
