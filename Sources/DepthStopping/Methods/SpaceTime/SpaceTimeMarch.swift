import Foundation

/// Panels of depth from a tiny depth to go up to the horizon, each as fine as its error's bound asks, with the errors summed.
struct SpaceTimeMarch: Sendable {
  let interval: SpaceTimeInterval
  /// Ascending in the root of the depth to go.
  private(set) var panels: [SpaceTimePanel] = []
  /// Bound of `|V - U|` from each panel on.
  private(set) var bounds: [Double] = []
  /// Bound before the first panel, with V = g there.
  private(set) var startBound: Double
  /// Whether every condition that the comparison checks holds; suprema that are sampled keep it from being a proof.
  private(set) var isProven: Bool
  private(set) var iterations = 0

  private static let mostPanels = 400

  private struct Candidate {
    let panel: SpaceTimePanel
    let verdict: SpaceTimeCertificate.Verdict
    /// Bound per length of s.
    let rate: Double
    let resolution: (state: Int, depth: Int)
  }

  /// - Parameters:
  ///   - scale: size of the problem's values, to which the aim is relative.
  ///   - limits: degrees to try, and the aim.
  /// - Throws: `StoppingError` where no resolution follows the boundaries.
  init(_ interval: SpaceTimeInterval, horizon: Double, scale: Double, _ limits: SpaceTimeResolution) throws {
    self.interval = interval
    let end = horizon.squareRoot()
    let rules = limits.stateDegrees.map { n in limits.depthDegrees.map { SpaceTimeRule(states: n, depths: $0) } }
    var s = 0.1 * end
    while interval.startError(root: s) > 1e-14 * scale, s > 1e-10 * end { s *= 0.5 }
    startBound = interval.startError(root: s)
    isProven = interval.inequality.structure?.lossDegree != nil
    let certificate = SpaceTimeCertificate(interval)
    let target = limits.aim * scale
    var (total, resolution, ratio) = (startBound, (state: 0, depth: 0), 2.0)
    var before: SpaceTimeSlice?
    while s < end * (1 - 1e-12) {
      guard panels.count < Self.mostPanels else {
        throw StoppingError("\(Self.mostPanels) panels of depth do not reach the horizon")
      }
      var best: Candidate?
      var stale = 0
      for _ in 0..<20 {
        var next = min(end, s * ratio)
        if end < next * 1.1 { next = end }
        let found = attempt(rules[resolution.state][resolution.depth], s, next, before)
        iterations += found?.iterations ?? 10
        guard let found else {
          guard ratio > 1.02 else { break }
          if resolution.state == 0 { resolution = (2, 1) } else { ratio = 1 + 0.5 * (ratio - 1) }
          continue
        }
        let verdict = certificate.verdict(found, after: before, allowance: 0.02 * target)
        let candidate = Candidate(
          panel: found, verdict: verdict, rate: verdict.bound / (next - s), resolution: resolution)
        // what halving or refining does not lower is rounding: more panels would only add to it
        if best.map({ candidate.rate < 0.6 * $0.rate }) ?? true {
          best = candidate
          stale = 0
        } else {
          stale += 1
        }
        if verdict.bound <= target || stale == 2 { break }
        let tail = max(verdict.stateTail, verdict.depthTail)
        if tail <= 0.05 * target, best!.panel.last == next { break }
        if verdict.stateTail >= verdict.depthTail, resolution.state + 1 < limits.stateDegrees.count {
          resolution.state += 1
        } else if verdict.depthTail > 0.1 * verdict.stateTail, resolution.depth + 1 < limits.depthDegrees.count {
          resolution.depth += 1
        } else if ratio > 1.05 {
          ratio = 1 + 0.6 * (ratio - 1)
        } else {
          break
        }
      }
      guard let best, best.verdict.bound < 1e-4 * scale else {
        throw StoppingError(
          "no panel from \(s * s) to go on follows the boundary: it may close, split or lose smooth fit")
      }
      resolution = best.resolution
      if best.verdict.stateTail < 1e-3 * target, resolution.state > 0 { resolution.state -= 1 }
      if best.verdict.depthTail < 1e-3 * target, resolution.depth > 0 { resolution.depth -= 1 }
      total += best.verdict.bound
      isProven = isProven && best.verdict.isProven
      panels.append(best.panel)
      bounds.append(total)
      ratio = min(2, 1 + 1.25 * (best.panel.last / s - 1))
      s = best.panel.last
      before = SpaceTimeSlice(best.panel, interval, root: s)
    }
  }

  /// The first depth to go's root from which panels exist.
  var first: Double { panels.first?.first ?? 0 }

  func index(root s: Double) -> Int? {
    guard s >= first else { return nil }
    return panels.firstIndex { s <= $0.last } ?? panels.count - 1
  }

  private func attempt(
    _ rule: SpaceTimeRule, _ s: Double, _ next: Double, _ before: SpaceTimeSlice?
  ) -> SpaceTimePanel? {
    let roots = rule.depths.nodes.map { s + (next - s) * $0 }
    let lower = interval.isLowerFree ? guess(isUpper: false, roots) : roots.map { _ in 0 }
    let upper = interval.isUpperFree ? guess(isUpper: true, roots) : roots.map { _ in 0 }
    guard let nodes = nodes(s, next, lower, upper) else { return nil }
    var newton = SpaceTimeNewton(
      rule, interval, first: s, last: next, nodes: nodes, lower: lower, upper: upper,
      start: { rho, isUnstopped in
        before?.difference(rho, fromUnstopped: isUnstopped)
          ?? interval.start(rho, root: s, fromUnstopped: isUnstopped)
      })
    return newton.solve()
  }

  /// Boundaries at new roots: `(b - b_0)/s` goes on as a cubic in `ln s`.
  private func guess(isUpper: Bool, _ roots: [Double]) -> [Double] {
    guard let last = panels.last else { return roots.map { interval.boundary(isUpper: isUpper, root: $0) } }
    guard case .free(let place, _) = isUpper ? interval.upper : interval.lower else { return roots.map { _ in 0 } }
    let base = place - interval.origin
    let shares = panels.count == 1 ? [0.5, 1] : [0.0, 0.33, 0.67, 1]
    let points = shares.map { last.first + (last.last - last.first) * $0 }
    let (x, y) = (points.map { log($0) }, points.map { (last.boundary(isUpper: isUpper, root: $0) - base) / $0 })
    return roots.enumerated().map { j, s in
      if j == 0 { return last.boundary(isUpper: isUpper, root: last.last) }
      let t = log(s)
      var sum = 0.0
      for i in x.indices {
        var weight = y[i]
        for k in x.indices where k != i { weight *= (t - x[k]) / (x[i] - x[k]) }
        sum += weight
      }
      return base + s * sum
    }
  }

  private func nodes(_ s: Double, _ next: Double, _ lower: [Double], _ upper: [Double]) -> [SpaceTimeMesh.Node]? {
    let (b, d) = (lower[lower.count - 1], upper[upper.count - 1])
    func position(_ place: MovingPlace) -> Double { place.at(lower: b, upper: d, root: next) }
    func width(_ rho: Double) -> Double { interval.elementWidth(interval.origin + rho, root: next) }
    var landmarks: [SpaceTimeMesh.Landmark] = []
    func edge(_ edge: SpaceTimeInterval.Edge, isUpper: Bool) {
      switch edge {
      case .free:
        landmarks.append(
          .init(place: isUpper ? MovingPlace(upper: 1) : MovingPlace(lower: 1), jump: 0, width: width(isUpper ? d : b)))
      case .reflecting(let x):
        let inside = isUpper ? x.nextDown : x.nextUp
        let isSloped = interval.inequality.loss.derivative(0, inside) != 0
        landmarks.append(
          .init(
            place: MovingPlace(fixed: x - interval.origin), jump: 0,
            width: isSloped ? 1.4 * interval.noise(inside, root: next) * next : nil))
      case .absorbing(let x), .equation(let x):
        landmarks.append(.init(place: MovingPlace(fixed: x - interval.origin), jump: 0, width: nil))
      case .far: break
      }
    }
    edge(interval.lower, isUpper: false)
    for kink in interval.kinks {
      let rho = kink.place - interval.origin
      guard interval.lower != .reflecting(kink.place), interval.upper != .reflecting(kink.place) else { continue }
      landmarks.append(.init(place: MovingPlace(fixed: rho), jump: kink.fall, width: width(rho)))
    }
    edge(interval.upper, isUpper: true)
    for (a, c) in zip(landmarks, landmarks.dropFirst()) where position(a.place) >= position(c.place) { return nil }
    var nodes = SpaceTimeMesh(landmarks, root: next, position: position).nodes
    if interval.upper == .far { nodes += far(landmarks[landmarks.count - 1].place, 1, s, next, position, lower, upper) }
    if interval.lower == .far {
      var below = far(landmarks[0].place, -1, s, next, position, lower, upper)
      // the element above the nearest of them still counts from g
      below[0].isUnstopped = false
      nodes = below.reversed() + nodes
    }
    return nodes
  }

  /// Places beyond the last landmark, out to where nothing is felt of stopping: noise reaches nine deviations, the flow backwards
  /// carries on. They stand still relative to the boundary's change inside the panel.
  private func far(
    _ landmark: MovingPlace, _ direction: Double, _ s: Double, _ next: Double, _ position: (MovingPlace) -> Double,
    _ lower: [Double], _ upper: [Double]
  ) -> [SpaceTimeMesh.Node] {
    let begin = landmark.at(lower: lower[0], upper: upper[0], root: s)
    let end = position(landmark)
    var x = interval.origin + end
    let steps = 256
    for k in 0..<steps {
      let root = next * (Double(k) + 0.5) / Double(steps)
      func speed(_ x: Double) -> Double {
        2 * root * max(-direction * interval.moving.drift(interval.depth(root: root), x), 0)
          + 9 * interval.noise(x, root: root)
      }
      let h = next / Double(steps)
      x += direction * h * speed(x + direction * 0.5 * h * speed(x))
    }
    let reach = abs(x - interval.origin - end)
    var offsets: [Double] = []
    var place = 0.0
    while place < reach {
      let here = interval.origin + end + direction * place
      place += max(interval.elementWidth(here, root: next), 0.3 * place)
      offsets.append(place)
    }
    return offsets.map { offset in
      let (low, high) = (begin + direction * offset * s / next, end + direction * offset)
      let root = (high - low) / (next - s)
      return SpaceTimeMesh.Node(place: MovingPlace(fixed: low - root * s, root: root), isUnstopped: true)
    }
  }
}
