/// Roots and extrema of a continuous function of depth on a step, by function values alone.
enum RootSearch {
  /// A root between `a` and `b`, where the function has values of different sign.
  ///
  /// The bracket shrinks to two ulp and its end on b's side is returned, or a depth where the function is zero. At most one
  /// evaluation more than bisection, about ten for a smooth function. Source: Oliveira and Takahashi (the ITP method), ACM
  /// TOMS 47 (2021).
  static func root(
    _ a: Double, _ atA: Double, _ b: Double, _ atB: Double, _ function: (Double) throws -> Double
  ) rethrows -> Double {
    var (low, high, atLow, atHigh) = (a, b, atA, atB)
    let accuracy = max(abs(a), abs(b)).ulp
    let width = b - a
    var radius = accuracy
    while radius < width { radius *= 2 }
    while high - low > 2 * accuracy {
      let middle = low + 0.5 * (high - low)
      let secant = low + (high - low) * (atLow / (atLow - atHigh))
      let nudge = 0.2 * (high - low) * ((high - low) / width)
      let side: Double = middle >= secant ? 1 : -1
      let truncated = nudge <= abs(middle - secant) ? secant + side * nudge : middle
      let room = max(0, radius - 0.5 * (high - low))
      var depth = abs(truncated - middle) <= room ? truncated : middle - side * room
      if depth <= low || depth >= high { depth = middle }
      let value = try function(depth)
      if value == 0 { return depth }
      if (value < 0) == (atLow < 0) { (low, atLow) = (depth, value) } else { (high, atHigh) = (depth, value) }
      radius *= 0.5
    }
    return high
  }

  /// Where `sign * function` is least on [a, b], and the function there.
  ///
  /// Golden section to about 1e-8 of the interval, then Newton's steps on the function's five-point slope, which a smooth
  /// function needs to be located better than the root of rounding.
  static func extremum(
    _ a: Double, _ middle: Double, _ b: Double, sign: Double, _ function: (Double) throws -> Double
  ) rethrows -> (depth: Double, value: Double) {
    let golden = 0.3819660112501051
    var (low, high) = (a, b)
    var best = (depth: middle, value: sign * (try function(middle)))
    while high - low > 1e-8 * (b - a) + 4 * max(abs(a), abs(b)).ulp {
      // into the longer part
      let depth =
        high - best.depth > best.depth - low
        ? best.depth + golden * (high - best.depth) : best.depth - golden * (best.depth - low)
      let value = sign * (try function(depth))
      if value < best.value {
        if depth > best.depth { low = best.depth } else { high = best.depth }
        best = (depth, value)
      } else if depth > best.depth {
        high = depth
      } else {
        low = depth
      }
    }
    let polished = try polish(best, a, b, sign, function)
    return (polished.depth, sign * polished.value)
  }

  private static func polish(
    _ best: (depth: Double, value: Double), _ a: Double, _ b: Double, _ sign: Double,
    _ function: (Double) throws -> Double
  ) rethrows -> (depth: Double, value: Double) {
    let step = 1e-3 * (b - a)
    var depth = best.depth
    for _ in 0..<3 {
      guard depth - 2 * step > a, depth + 2 * step < b else { return best }
      let values = try [-2.0, -1, 0, 1, 2].map { sign * (try function(depth + $0 * step)) }
      let slope = (values[0] - values[4] + 8 * (values[3] - values[1])) / (12 * step)
      let curvature = (values[3] - 2 * values[2] + values[1]) / (step * step)
      guard curvature > 0, abs(slope) < curvature * step else { return best }
      depth -= slope / curvature
    }
    let value = sign * (try function(depth))
    let beside = sign * (try function(depth + step))
    // at a kink golden section knows better than slopes
    return value - best.value <= 1e-6 * abs(beside - best.value) ? (depth, value) : best
  }
}
