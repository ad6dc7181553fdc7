import Foundation

/// One continuation interval as it starts at the horizon: what closes it, where it has kinks, and D = V - g at a small depth to go.
///
/// A boundary starts where `LA = g_t + L g - r g + c` changes sign, and moves by `0.45172 sqrt(2 sigma^2 theta)` into the
/// stopping region; or it starts at a concave kink of g (or a reflecting end towards which g rises), and moves by
/// `q sigma sqrt(theta)`, `J sigma phi(q) = 2 LA sqrt(theta)`, J the slope's fall there.
struct SpaceTimeInterval: Sendable {
  enum Edge: Equatable, Sendable {
    /// A free boundary from its place at the horizon.
    case free(from: Double, atKink: Bool)
    case reflecting(Double)
    case absorbing(Double)
    /// The noise vanishes: the equation itself.
    case equation(Double)
    /// At infinity; D = 0 (or U = W) beyond the last element.
    case far
  }

  struct Kink: Sendable {
    let place: Double
    /// By how much the slope of g falls.
    let fall: Double
  }

  /// As it is at the horizon.
  let inequality: VariationalInequality
  /// With what changes in depth; the loss does not.
  let moving: VariationalInequality
  let horizon: Double
  let lower: Edge
  let upper: Edge
  let kinks: [Kink]
  /// Positions are relative to it, so that small distances keep their digits.
  let origin: Double
  let unstopped: UnstoppedValue?
  /// nil but for an interval that begins at the origin of a radial problem, where the loss is a cone.
  let radial: RadialStart?

  var isLowerFree: Bool { if case .free = lower { true } else { false } }
  var isUpperFree: Bool { if case .free = upper { true } else { false } }

  /// |sigma| at the horizon.
  func noise(_ x: Double) -> Double { abs(inequality.diffusion(0, x)) }

  /// |sigma| at a root of the depth to go.
  func noise(_ x: Double, root s: Double) -> Double { abs(moving.diffusion(depth(root: s), x)) }

  /// The depth elapsed at a root of the depth to go.
  func depth(root s: Double) -> Double { max(0, horizon - s * s) }

  /// The width of an element at x that resolves a layer of the depth to go s^2, or of the drift's own length if that is less.
  func elementWidth(_ x: Double, root s: Double) -> Double {
    let depth = self.depth(root: s)
    let sigma = noise(x, root: s)
    let nudge = 1e-5 * max(abs(x), sigma)
    let rate = abs(moving.drift(depth, x + nudge) - moving.drift(depth, x)) / nudge
    return 1.4 * sigma * min(s, rate.isFinite && rate > 0 ? 1 / (2 * rate).squareRoot() : s)
  }

  /// - Throws: `StoppingError` for what the start cannot describe.
  init(
    _ moving: VariationalInequality, horizon: Double, _ component: (left: Double, right: Double), _ allKinks: [Double]
  ) throws {
    let inequality = moving.frozen(at: horizon)
    (self.inequality, self.moving, self.horizon) = (inequality, moving, horizon)
    let (lowerEdge, upperEdge) = (
      try Self.edge(inequality, component, isUpper: false, allKinks),
      try Self.edge(inequality, component, isUpper: true, allKinks)
    )
    (lower, upper) = (lowerEdge, upperEdge)
    let isCone = lowerEdge == .reflecting(0) && inequality.loss.derivative(0, 0.0.nextUp) != 0
    radial = isCone ? RadialStart(inequality) : nil
    var kinks: [Kink] = []
    for k in allKinks {
      let isBelowRight = upperEdge == .far || k <= component.right
      let isAboveLeft = lowerEdge == .far || k >= component.left
      if isBelowRight && isAboveLeft {
        let (left, right) = inequality.loss.slopes(at: k, depth: 0)
        kinks.append(Kink(place: k, fall: left - right))
      }
    }
    self.kinks = kinks
    let start = [lowerEdge, upperEdge].compactMap { edge -> Double? in
      if case .free(let x, _) = edge { x } else { nil }
    }
    guard let first = start.first else { throw StoppingError("the interval has no free boundary") }
    origin = kinks.first?.place ?? first
    if lowerEdge == .far || upperEdge == .far {
      let last = upperEdge == .far ? (kinks.last?.place ?? first) : (kinks.first?.place ?? first)
      let scale = max(abs(inequality.diffusion(0, last)), 1e-3 * abs(last))
      guard
        let value = UnstoppedValue(
          moving, horizon: horizon, from: last, direction: upperEdge == .far ? 1 : -1, scale: scale)
      else { throw StoppingError("the value of never stopping is not known in closed form") }
      unstopped = value
    } else {
      unstopped = nil
    }
  }

  static func place(_ edge: Edge) -> Double? {
    switch edge {
    case .free(let x, _), .reflecting(let x), .absorbing(let x), .equation(let x): x
    case .far: nil
    }
  }

  private static func edge(
    _ inequality: VariationalInequality, _ component: (left: Double, right: Double), isUpper: Bool, _ kinks: [Double]
  ) throws -> Edge {
    let place = isUpper ? component.right : component.left
    let end = isUpper ? inequality.upper : inequality.lower
    let condition = isUpper ? inequality.upperEnd : inequality.lowerEnd
    let outward = isUpper ? 1.0 : -1.0
    if place == end {
      switch condition {
      case .reflecting: return .reflecting(end)
      case .absorbing: return .absorbing(end)
      case .inflow: return .equation(end)
      case .natural:
        guard end.isInfinite else { throw StoppingError("continuation reaches a natural end at \(end)") }
        return .far
      }
    }
    // a loss that solves the equation beyond: one never stops there
    if end.isInfinite {
      let scale = max(abs(inequality.diffusion(0, place)), 1e-3 * abs(place), 1e-300)
      let isFlat = [0.01, 0.1, 1, 10, 100].allSatisfy { inequality.lookAhead(0, place + outward * scale * $0) == 0 }
      if isFlat { return .far }
    }
    // an end that acts as a kink: its component is a stub in which stopping would pay
    let middle = 0.5 * (component.left + component.right)
    let other = isUpper ? inequality.lower : inequality.upper
    let touches = (isUpper ? component.left : component.right) == other
    if touches, inequality.lookAhead(0, middle) > 0 {
      let otherEnd = isUpper ? inequality.lowerEnd : inequality.upperEnd
      guard otherEnd == .reflecting else { throw StoppingError("the loss drops at an absorbing end") }
      return .free(from: other, atKink: true)
    }
    return .free(from: place, atKink: kinks.contains(place))
  }

  /// `b_0 = 0.45172 sqrt(2 sigma^2 theta)`: where a boundary starts off the zero of L g - r g + c.
  private static let start = 0.45172329894217206

  /// LA on the stopping side of a kink.
  private func price(_ x: Double, _ outward: Double) -> Double {
    inequality.lookAhead(0, x + outward * 1e-9 * max(abs(x), noise(x), 1e-6))
  }

  private func fall(atEdge x: Double) -> Double {
    if let kink = kinks.first(where: { $0.place == x }) { return kink.fall }
    return 2 * abs(inequality.loss.derivative(0, x == inequality.lower ? x.nextUp : x.nextDown))
  }

  /// q of a boundary that starts at a kink.
  private static func quantile(_ noise: Double, _ fall: Double, _ price: Double, _ s: Double) -> Double {
    let ratio = fall * noise / (2 * s * price) * 0.3989422804014327
    return ratio > 1 ? (2 * log(ratio)).squareRoot() : 0
  }

  /// A free boundary's position, relative to the origin, at a small root of the depth to go.
  func boundary(isUpper: Bool, root s: Double) -> Double {
    guard case .free(let x, let atKink) = isUpper ? upper : lower else { return 0 }
    let outward = isUpper ? 1.0 : -1.0
    let sigma = noise(x)
    if atKink {
      return x - origin + outward * sigma * s * Self.quantile(sigma, fall(atEdge: x), price(x, outward), s)
    }
    return x - origin + outward * Self.start * 2.0.squareRoot() * sigma * s
  }

  /// V - W, W the value of never stopping.
  func start(_ rho: Double, root s: Double, fromUnstopped: Bool) -> Double {
    let value = start(rho, root: s)
    guard fromUnstopped, let (factor, shift) = unstopped?.gap(s * s) else { return value }
    return value + factor * inequality.loss.value(0, origin + rho) - shift
  }

  /// D = V - g at x = origin + rho, approximately.
  func start(_ rho: Double, root s: Double) -> Double {
    let x = origin + rho
    var value = regularRate(x) * s * s
    if !value.isFinite || kinks.contains(where: { $0.place == x }) { value = 0 }
    for (edge, outward) in [(lower, -1.0), (upper, 1.0)] {
      guard case .free(let place, let atKink) = edge else { continue }
      let distance = rho - (place - origin)
      if !atKink {
        let k = noise(place) * 2.0.squareRoot() * s
        let b = place + outward * Self.start * k
        value -=
          inequality.lookAhead(0, b) * s * s * Self.repeated(-outward * distance / k) / Self.repeated(-Self.start)
      } else if distance * outward >= 0 {
        return early(abs(distance), place, outward, s)
      }
    }
    for kink in kinks {
      let sigma = noise(kink.place)
      value -= kink.fall * sigma * s * Self.overshoot(abs(rho - (kink.place - origin)) / (sigma * s))
    }
    if let radial { value += coneSlope * radial.noise * s * radial.excess(max(x, 0) / (radial.noise * s)) }
    for edge in [lower, upper] {
      guard case .reflecting(let place) = edge, !isStart(place), radial == nil || edge == upper else { continue }
      let slope = abs(inequality.loss.derivative(0, place == inequality.lower ? place.nextUp : place.nextDown))
      let sigma = noise(place)
      value -= 2 * slope * sigma * s * Self.overshoot(abs(rho - (place - origin)) / (sigma * s))
    }
    return value
  }

  /// g' at the origin of a radial problem.
  private var coneSlope: Double { inequality.loss.derivative(0, 0.0.nextUp) }

  /// What V - g grows by per depth where the loss is smooth: LA, at a cone without the drift's share.
  private func regularRate(_ x: Double) -> Double {
    guard radial != nil else { return inequality.lookAhead(0, x) }
    let sigma = noise(x)
    let (bend, decay) = (inequality.loss.curvature(0, x), inequality.discount(0, x) * inequality.loss.value(0, x))
    return inequality.cost(0, x) + 0.5 * sigma * sigma * bend - decay
  }

  private func isStart(_ place: Double) -> Bool {
    lower == .free(from: place, atKink: true) || upper == .free(from: place, atKink: true)
  }

  /// Beside a kink where the corridor starts: the value of going on since the boundary came past x.
  private func early(_ distance: Double, _ place: Double, _ outward: Double, _ s: Double) -> Double {
    let (sigma, fall, price) = (noise(place), fall(atEdge: place), price(place, outward))
    func waiting(_ s: Double) -> Double {
      -fall * sigma * s * Self.overshoot(distance / (sigma * s)) + price * s * s
    }
    func reach(_ s: Double) -> Double { sigma * s * Self.quantile(sigma, fall, price, s) }
    guard distance < reach(s) else { return 0 }
    var (low, high) = (1e-14 * s, s)
    for _ in 0..<80 {
      let middle = (low * high).squareRoot()
      if reach(middle) < distance { low = middle } else { high = middle }
    }
    return waiting(s) - waiting(low)
  }

  /// `phi(z) - z Phi(-z)`.
  private static func overshoot(_ z: Double) -> Double {
    0.3989422804014327 * exp(-0.5 * z * z) - 0.5 * z * erfc(z * 0.5.squareRoot())
  }

  /// The third repeated integral of erfc.
  private static func repeated(_ z: Double) -> Double {
    guard z < 8 else { return 0 }
    var (last, next) = (2 / Double.pi.squareRoot() * exp(-z * z), erfc(z))
    for n in 1...3 { (last, next) = (next, -z / Double(n) * next + last / Double(2 * n)) }
    return max(next, 0)
  }

  /// A bound of `|V - g - start|` at the root s: rates near the starting places times the depth to go.
  func startError(root s: Double) -> Double {
    var error = 0.0
    for edge in [lower, upper] {
      guard case .free(let place, _) = edge else { continue }
      error = max(error, rates(place, 20 * noise(place) * s) * s * s)
    }
    for kink in kinks { error += rates(kink.place, 20 * noise(kink.place) * s) * s * s }
    for edge in [lower, upper] where radial == nil || edge == upper {
      guard case .reflecting(let place) = edge else { continue }
      error += rates(place, 20 * noise(place) * s) * s * s
    }
    return 3 * error + regularError(s) + movedError(s)
  }

  /// What coefficients change by over the first depth to go, on what they make of it.
  private func movedError(_ s: Double) -> Double {
    guard moving.dependsOnDepth else { return 0 }
    var error = 0.0
    for place in [lower, upper].compactMap(Self.place) + kinks.map(\.place) {
      let fall = kinks.first { $0.place == place }?.fall ?? abs(2 * inequality.loss.derivative(0, place))
      let price = moving.lookAhead(depth(root: s), place) - inequality.lookAhead(0, place)
      error += fall * abs(noise(place, root: s) - noise(place)) * s + abs(price) * s * s
    }
    return error.isFinite ? error : 0
  }

  /// Over the whole continuation interval the start's regular part is `theta LA`, in error by `theta^2 L(LA)/2`: sampled.
  private func regularError(_ s: Double) -> Double {
    guard let a = Self.place(lower), let b = Self.place(upper), b > a else { return 0 }
    let step = (b - a) / 64
    var largest = 0.0
    for i in 2...62 {
      let x = a + Double(i) * step
      let (l, m, r) = (
        regularRate(x - step), regularRate(x), regularRate(x + step)
      )
      let sigma = noise(x)
      let bend = 0.5 * sigma * sigma * abs(l - 2 * m + r) / (step * step)
      largest = max(
        largest, bend + abs(inequality.drift(0, x) * (r - l) / (2 * step)) + inequality.discount(0, x) * abs(m))
    }
    return largest * s * s * s * s
  }

  /// Rates of growth near a starting place.
  private func rates(_ place: Double, _ reach: Double) -> Double {
    let low = max(place - reach, inequality.lower)
    let high = min(place + reach, inequality.upper)
    var (price, drift, spread) = (0.0, 0.0, [Double]())
    for i in 0...40 {
      let x = low + (high - low) * (Double(i) + 0.5) / 41
      price = max(price, abs(inequality.lookAhead(0, x)))
      drift = max(drift, abs(inequality.drift(0, x)))
      spread.append(noise(x) * noise(x) / 2)
    }
    let slope = (spread.max()! - spread.min()!) / max(high - low, 1e-300)
    let fall =
      kinks.contains { $0.place == place } || [lower, upper].contains(.reflecting(place)) ? fall(atEdge: place) : 0
    return price + fall * (0.5 * slope + drift)
  }
}

extension SpaceTimeInterval.Edge {
  var isFree: Bool { if case .free = self { true } else { false } }
}
