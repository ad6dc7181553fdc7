import DepthNumerics
import Foundation

/// The interval that grids cover, and what holds at its ends.
struct GridDomain: Equatable {
  var lower: Double
  var upper: Double
  var lowerEnd: GridEnd
  var upperEnd: GridEnd
}

/// States that matter to an inequality with a horizon, and how far the diffusion reaches from them.
struct DomainSearch {
  let inequality: VariationalInequality
  let horizon: Double
  /// States asked for.
  let states: [Double]

  /// Kinks, also those that a mirror makes, zeros of the look-ahead function, states asked for, the noiseless ends; ascending.
  func features() -> [Double] {
    var found = states + inequality.loss.kinks + mirrors()
    for depth in [0, 0.5 * horizon, horizon] { found += lookAheadZeros(depth) }
    return found.filter { $0 >= inequality.lower && $0 <= inequality.upper }.sorted()
  }

  /// Reflecting ends from which the loss falls: mirrored there it has a concave kink, where one continues whatever the cost. Not the
  /// origin of R^d, d > 1, whose drift grows without bound: what it makes of the look-ahead has zeros of its own.
  private func mirrors() -> [Double] {
    let slope = inequality.loss.derivative
    func falls(_ end: ScalarDiffusion.End, _ place: Double, _ inwards: Double) -> Bool {
      guard end == .reflecting, place.isFinite else { return false }
      let beside = inwards * slope(horizon, inwards > 0 ? place.nextUp : place.nextDown)
      let noise = abs(inequality.diffusion(horizon, place))
      let reach = noise * horizon.squareRoot()
      let away = min(max(place + inwards * reach, inequality.lower), inequality.upper)
      guard abs(inequality.drift(horizon, place + inwards * 1e-6 * reach)) * 1e-6 * reach < 0.1 * noise * noise else {
        return false
      }
      return beside < -1e-9 * abs(slope(horizon, away))
    }
    return (falls(inequality.lowerEnd, inequality.lower, 1) ? [inequality.lower] : [])
      + (falls(inequality.upperEnd, inequality.upper, -1) ? [inequality.upper] : [])
  }

  /// The farthest places that paths from [lower, upper] reach within the horizon, but with probability `e^(-deviations^2/2)`.
  ///
  /// A path under the constant push u costs `u^2 D / 2`: the pushes of that cost over the durations D = T, T/4, T/16, ... are
  /// followed, which also bounds contracting flows.
  func reach(from lower: Double, to upper: Double, deviations: Double) -> (lower: Double, upper: Double) {
    var (low, high) = (lower, upper)
    for depth in [0, 0.5 * horizon, horizon] {
      var duration = horizon
      for _ in 0..<8 {
        let push = 1.1 * deviations / duration.squareRoot()
        low = min(low, path(from: lower, push: -push, duration, depth))
        high = max(high, path(from: upper, push: push, duration, depth))
        duration /= 4
      }
    }
    return (low, high)
  }

  /// The farthest point of `x' = f + push sigma` over a duration, within the domain.
  private func path(from start: Double, push: Double, _ duration: Double, _ depth: Double) -> Double {
    let side = push > 0 ? 1.0 : -1.0
    let (inside, outside) = (inequality.lower, inequality.upper)
    var (x, farthest, left) = (start, start, duration)
    func velocity(_ x: Double) -> Double {
      let v = inequality.drift(depth, x) + push * inequality.diffusion(depth, x)
      return v.isFinite ? v : 0
    }
    for _ in 0..<400 where left > 0 {
      let v = velocity(x)
      // steps that resolve the field where it contracts; at rest nothing more comes
      let nudge = 1e-4 * max(abs(x), abs(v) * left * 1e-3, 1e-8)
      let stiffness = abs(velocity(min(max(x + nudge, inside), outside)) - v) / nudge
      let h = min(left, max(duration / 64, 1e-3 * left), stiffness > 0 ? 0.5 / stiffness : left)
      x = min(max(x + h * velocity(min(max(x + 0.5 * h * v, inside), outside)), inside), outside)
      left -= h
      if !(abs(x) < 1e100) { return side * 1e100 }
      if side * x > side * farthest { farthest = x }
    }
    return farthest
  }

  private func lookAheadZeros(_ depth: Double) -> [Double] {
    let samples = samplePoints()
    var zeros: [Double] = []
    var previous = (x: samples[0], value: inequality.lookAhead(depth, samples[0]))
    for x in samples.dropFirst() {
      let value = inequality.lookAhead(depth, x)
      if value.isFinite && previous.value.isFinite && (value < 0) != (previous.value < 0) {
        let root = try? RootFinding.brent(lower: previous.x, upper: x, absoluteTolerance: 1e-9 * abs(x)) {
          inequality.lookAhead(depth, $0)
        }
        zeros.append(root ?? 0.5 * (previous.x + x))
      }
      previous = (x, value)
    }
    return zeros
  }

  /// Points that see every scale, towards finite ends, infinity and the kinks.
  private func samplePoints() -> [Double] {
    let exponents = stride(from: -6.0, through: 6.0, by: 0.1).map { pow(10, $0) }
    var points: [Double]
    switch (inequality.lower.isFinite, inequality.upper.isFinite) {
    case (true, true):
      let length = inequality.upper - inequality.lower
      points = exponents.map { inequality.lower + length * $0 / (1 + $0) }
    case (true, false): points = exponents.map { inequality.lower + $0 }
    case (false, true): points = exponents.map { inequality.upper - $0 }
    case (false, false): points = exponents.map { -$0 } + [0] + exponents
    }
    for center in inequality.loss.kinks {
      points += exponents.flatMap { [center - $0, center + $0] }.filter {
        $0 > inequality.lower && $0 < inequality.upper
      }
    }
    return Array(Set(points)).sorted()
  }

  /// The domain between two places, with what holds there.
  func domain(from lower: Double, to upper: Double) -> GridDomain {
    func end(_ place: Double, _ limit: Double, _ kind: ScalarDiffusion.End, _ inward: Double) -> GridEnd {
      guard place == limit else { return .far }
      switch kind {
      case .reflecting: return .reflecting(index: reflectingIndex(limit, inward))
      case .absorbing: return .stopped
      case .inflow, .natural: return .degenerate
      }
    }
    let length = upper - lower
    // an end so near that only rounding separates it, or that paths come near to with a power of the distance for probability
    let isLowerNear =
      lower - inequality.lower <= 1e-7 * length || isEntered(inequality.lower, inequality.lowerEnd, length)
    let isUpperNear =
      inequality.upper - upper <= 1e-7 * length || isEntered(inequality.upper, inequality.upperEnd, -length)
    let low = isLowerNear && inequality.lower.isFinite ? inequality.lower : lower
    let high = isUpperNear && inequality.upper.isFinite ? inequality.upper : upper
    return GridDomain(
      lower: low, upper: high, lowerEnd: end(low, inequality.lower, inequality.lowerEnd, length),
      upperEnd: end(high, inequality.upper, inequality.upperEnd, -length))
  }

  /// Whether an end's drift repels like that of a norm: `reach` takes the drift for a wall, but a path in R^d comes within rho of
  /// the origin with a probability of about `rho^(d - 2)`, which only high dimensions make small.
  private func isEntered(_ end: Double, _ kind: ScalarDiffusion.End, _ inward: Double) -> Bool {
    guard kind == .reflecting, end.isFinite else { return false }
    let index = reflectingIndex(end, inward)
    return index > 0 && index < 10
  }

  /// `lim f (x - end) / sigma^2`: 0 for regular drifts, (d - 1)/2 for a radius.
  private func reflectingIndex(_ end: Double, _ inward: Double) -> Double {
    func index(_ distance: Double) -> Double {
      let x = end + distance
      let sigma = inequality.diffusion(0, x)
      return inequality.drift(0, x) * distance / (sigma * sigma)
    }
    let small = 1e-5 * inward
    // linear extrapolation to the end
    let limit = 2 * index(small) - index(2 * small)
    return limit.isFinite && abs(limit) > 1e-6 ? limit : 0
  }
}
