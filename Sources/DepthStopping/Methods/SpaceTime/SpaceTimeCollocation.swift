import DepthDynamics
import DepthNumerics
import DepthRuns
import Foundation

/// Continuation intervals by space-time collocation: values, boundaries and the comparison's bounds of one solve.
struct SpaceTimeCollocation: Sendable {
  let inequality: VariationalInequality
  let horizon: Double
  let marches: [SpaceTimeMarch]

  var isProven: Bool { marches.allSatisfy(\.isProven) }
  var iterations: Int { marches.reduce(0) { $0 + $1.iterations } }
  var elementCount: Int { marches.reduce(0) { $0 + $1.panels.reduce(0) { $0 + $1.elements.count } } }

  /// - Throws: `StoppingError` where anything changes with depth, or the intervals cannot be followed.
  init(_ inequality: VariationalInequality, horizon: Double, resolution: SpaceTimeResolution = .standard) throws {
    guard !inequality.loss.dependsOnDepth else { throw StoppingError("the loss changes with depth") }
    self.inequality = inequality
    self.horizon = horizon
    let allowed = try LookAheadSet(inequality.frozen(at: horizon))
    guard !allowed.components.isEmpty else {
      throw StoppingError(LookAheadSet.emptiness(inequality))
    }
    let kinks = inequality.loss.concaveKinks(depth: 0)
    let intervals = try allowed.components.map { try SpaceTimeInterval(inequality, horizon: horizon, $0, kinks) }
    marches = try intervals.map { interval in
      try SpaceTimeMarch(interval, horizon: horizon, scale: Self.scale(interval, horizon), resolution)
    }
    let end = horizon.squareRoot()
    for (a, b) in zip(marches, marches.dropFirst()) {
      let (low, high) = (a.panels.last!, b.panels.last!)
      guard
        a.interval.origin + low.boundary(isUpper: true, root: end)
          < b.interval.origin + high.boundary(isUpper: false, root: end)
      else { throw StoppingError("two continuation intervals merge") }
    }
    if inequality.dependsOnDepth { try verify() }
  }

  /// Intervals may split and be born where coefficients change with depth: at the ends of panels, V <= g must hold, and all that must be
  /// continued lie in the intervals.
  ///
  /// - Throws: `StoppingError` where it does not.
  private func verify() throws {
    for march in marches {
      for panel in march.panels {
        let slice = SpaceTimeSlice(panel, march.interval, root: panel.last)
        let (above, below) = slice.extremes
        guard above <= 1e-6 * below else {
          throw StoppingError("the continuation region splits at \(panel.last * panel.last) to go")
        }
      }
    }
    for panel in marches[0].panels {
      let s = panel.last
      let intervals = marches.map { march -> (low: Double, high: Double) in
        let edges = march.index(root: s).map { march.panels[$0].edges(root: s) } ?? []
        let origin = march.interval.origin
        return (
          march.interval.isLowerFree ? origin + (edges.first ?? 0) : -.infinity,
          march.interval.isUpperFree ? origin + (edges.last ?? 0) : .infinity
        )
      }
      for component in try LookAheadSet(inequality.frozen(at: max(0, horizon - s * s))).components {
        let isInside = intervals.contains { $0.low <= component.left && component.right <= $0.high }
        guard isInside else { throw StoppingError("a continuation interval is born at \(s * s) to go") }
      }
    }
  }

  /// Size of the problem's values: the loss where the boundaries start, and how it varies over the noise of the horizon.
  static func scale(_ interval: SpaceTimeInterval, _ horizon: Double) -> Double {
    let places = [interval.lower, interval.upper].compactMap(SpaceTimeInterval.place) + interval.kinks.map(\.place)
    // as it is at the horizon
    let inequality = interval.inequality
    var size = 0.0
    for x in places {
      let sigma = interval.noise(x)
      let nudge = 1e-5 * max(abs(x), sigma)
      let rate = abs(inequality.drift(0, x + nudge) - inequality.drift(0, x)) / nudge
      let reach = sigma * (rate.isFinite && rate > 0 ? min(horizon, 1 / rate) : horizon).squareRoot()
      let g = inequality.loss.value(0, x)
      size = max(size, abs(g))
      for y in [x - reach, x + reach] where y > inequality.lower && y < inequality.upper {
        size = max(size, abs(inequality.loss.value(0, y) - g))
      }
    }
    return max(size, 1e-300)
  }

  /// V of the minimised problem and its bound.
  func value(depth: Double, at x: Double) -> (value: Double, bound: Double) {
    let g = inequality.loss.value(0, x)
    let theta = horizon - depth
    guard theta > 0 else { return (g, 2 * g.ulp) }
    let s = theta.squareRoot()
    var (difference, bound) = (0.0, 0.0)
    for march in marches {
      guard let index = march.index(root: s) else {
        bound = max(
          bound, march.startBound + march.interval.layerBound(root: s) + abs(inequality.lookAhead(depth, x)) * theta)
        continue
      }
      let slice = SpaceTimeSlice(march.panels[index], march.interval, root: s)
      let here = slice.difference(x - march.interval.origin)
      difference = min(difference, here)
      bound = max(bound, march.bounds[index])
    }
    let value = g + difference
    return (value, bound + 4 * (abs(g) + abs(difference)) * 0x1p-52)
  }

  /// The estimated error of each boundary at a depth to go: what an error of V makes of the slope, over `LA / a`.
  func boundaryError(depth: Double) -> Double {
    let s = max(0, horizon - depth).squareRoot()
    var worst = 0.0
    for march in marches {
      let interval = march.interval
      guard let index = march.index(root: s) else { continue }
      let panel = march.panels[index]
      let increment = march.bounds[index] - (index > 0 ? march.bounds[index - 1] : march.startBound)
      for isUpper in [false, true] where isUpper ? interval.isUpperFree : interval.isLowerFree {
        let x = interval.origin + panel.boundary(isUpper: isUpper, root: s)
        let sigma = interval.noise(x, root: s)
        let bend = 2 * abs(inequality.lookAhead(depth, x)) / (sigma * sigma)
        let error = (increment + 1e-15 * abs(inequality.loss.value(0, x))) / (sigma * s * bend)
        worst = max(worst, error + panel.step * sigma * s + 4 * x.ulp)
      }
    }
    return worst
  }

  /// Curves, ascending.
  func branches() -> [HaltingBranch] {
    marches.flatMap { march -> [HaltingBranch] in
      [false, true].compactMap { isUpper in
        guard case .free(let place, _) = isUpper ? march.interval.upper : march.interval.lower else { return nil }
        let curve = BoundaryPanels(
          panels: march.panels.map {
            .init(
              first: $0.first, last: $0.last, coefficients: isUpper ? $0.upperCoefficients : $0.lowerCoefficients)
          }, horizon: horizon, origin: march.interval.origin, start: place)
        return HaltingBranch(.panels(curve), stopsBelow: !isUpper, from: 0, to: horizon)
      }
    }
  }
}

extension SpaceTimeInterval {
  /// A bound of `|V - g|` before the first panel.
  func layerBound(root s: Double) -> Double {
    var size = 0.0
    for kink in kinks { size += kink.fall * noise(kink.place) * s }
    for edge in [lower, upper] {
      if case .reflecting(let x) = edge {
        if let radial, edge == lower {
          size += abs(inequality.loss.derivative(0, x.nextUp)) * radial.noise * s * radial.excess(0)
          continue
        }
        size += 2 * abs(inequality.loss.derivative(0, x == inequality.lower ? x.nextUp : x.nextDown)) * noise(x) * s
      }
    }
    return size + startError(root: s)
  }
}
