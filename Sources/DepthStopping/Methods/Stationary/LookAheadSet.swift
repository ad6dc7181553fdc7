import DepthNumerics
import Foundation

/// Where one must continue and where stopping is allowed at all, from the sign of `LA = L g - r g + c`.
///
/// Every component of the continuation region holds a point of `{LA < 0}` or a concave kink: on an interval with LA >= 0
/// and V = g at its ends, V = g by the maximum principle. Sampled from every finite end (or from 0): at 4 points a decade
/// where one change of sign at most is vouched for (`PolynomialStructure`); else at 20, and evenly on a bounded domain, and
/// finer until no new change comes to light. A pair of changes closer than the samples goes unseen.
struct LookAheadSet {
  /// Maximal intervals where one must continue; a kink alone has length zero.
  let components: [(left: Double, right: Double)]
  /// Kinks and sign changes of LA: between two of them LA has one sign.
  let breaks: [Double]
  /// All places where stopping is allowed for good reason (LA > 0 or a convex kink) lie between these.
  let firstAllowed: Double
  let lastAllowed: Double

  /// - Throws: `StoppingError` where the noise vanishes inside the domain, a coefficient is not finite, or LA oscillates too
  ///   finely to be sampled.
  init(_ inequality: VariationalInequality) throws {
    let (samples, signs) = try Self.resolved(inequality)
    var breaks: [Double] = []
    var components: [(left: Double, right: Double)] = []
    var openedAt: Double? = signs[0] < 0 ? inequality.lower : nil
    for i in 1..<samples.count where (signs[i] < 0) != (signs[i - 1] < 0) {
      let change = Self.change(inequality, samples[i - 1], samples[i], signs[i - 1], signs[i])
      breaks.append(change)
      if let left = openedAt {
        components.append((left, change))
        openedAt = nil
      } else {
        openedAt = change
      }
    }
    if let left = openedAt { components.append((left, inequality.upper)) }
    for kink in inequality.loss.concaveKinks(depth: 0)
    where !components.contains(where: { $0.left <= kink && kink <= $0.right }) {
      components.append((kink, kink))
    }
    self.components = Self.joined(components + Self.endComponents(inequality))
    let kinks = inequality.loss.kinks.filter { $0 > inequality.lower && $0 < inequality.upper }
    let edges = self.components.flatMap { [$0.left, $0.right] }.filter {
      $0 > inequality.lower && $0 < inequality.upper
    }
    self.breaks = Set(breaks + kinks + edges).sorted()
    let convex = kinks.filter { kink in !inequality.loss.concaveKinks(depth: 0).contains(kink) }
    let allowed = samples.indices.filter { signs[$0] > 0 }
    // one sample further out: the change lies in between
    let first = allowed.first.map { $0 == 0 ? inequality.lower : samples[$0 - 1] } ?? .infinity
    let last = allowed.last.map { $0 == samples.count - 1 ? inequality.upper : samples[$0 + 1] } ?? -.infinity
    firstAllowed = min(first, convex.first ?? .infinity)
    lastAllowed = max(last, convex.last ?? -.infinity)
  }

  /// Why there is no component: one stops everywhere, or what there is lies where no sample does.
  static func emptiness(_ inequality: VariationalInequality) -> String {
    let far = stride(from: 15.5, through: 300, by: 0.5).map { pow(10, $0) }
    let beyond = [(inequality.upper, 1.0), (inequality.lower, -1.0)].flatMap { end, side -> [Double] in
      guard end.isInfinite else { return [] }
      return far.map { side * $0 }.filter { inequality.lower < $0 && $0 < inequality.upper }
    }
    guard let place = beyond.first(where: { inequality.lookAhead(0, $0) < 0 }) else {
      return "stopping at once is optimal everywhere (L g - r g + c >= 0 and no concave kink): no boundary"
    }
    return
      "the boundary is out of reach: going on pays only beyond states of about \(place), where numbers lose their digits "
      + "(allowed: within 1e15 of the state's scale); a larger rate or another unit of the state would help"
  }

  /// Ends of the domain that act as concave kinks: a reflecting end (returned to) towards which g rises, an absorbing one
  /// where g drops. The stretch beside it is so short that it lies in the continuation region.
  private static func endComponents(_ inequality: VariationalInequality) -> [(left: Double, right: Double)] {
    let length = inequality.upper - inequality.lower
    return [true, false].compactMap { isUpper in
      let end = isUpper ? inequality.upper : inequality.lower
      let condition = isUpper ? inequality.upperEnd : inequality.lowerEnd
      guard end.isFinite, condition == .reflecting || condition == .absorbing else { return nil }
      let inwards = isUpper ? -1.0 : 1.0
      let x = end + inwards * 1e-9 * (length.isFinite ? length : max(1, abs(end)))
      let sigma = inequality.diffusion(0, x)
      guard 2 * abs(inequality.drift(0, x) * (x - end)) < 0.5 * sigma * sigma else { return nil }
      let bend = max(abs(2 * inequality.lookAhead(0, x)) / (sigma * sigma), 1e-300)
      var reach: Double
      if condition == .reflecting {
        let slope = inwards * inequality.loss.derivative(0, x)
        guard slope < 0 else { return nil }
        reach = 1e-2 * -slope / bend
      } else {
        let drop = inequality.loss.value(0, x) - inequality.loss.value(0, end)
        guard drop > 1e-6 * abs(inequality.loss.value(0, end)) else { return nil }
        reach = 1e-2 * (drop / bend).squareRoot()
      }
      reach = min(reach, 1e-2 * (length.isFinite ? length : max(1, abs(end))))
      return isUpper ? (end - reach, end) : (end, end + reach)
    }
  }

  private static func joined(_ components: [(left: Double, right: Double)]) -> [(left: Double, right: Double)] {
    var result: [(left: Double, right: Double)] = []
    for next in components.sorted(by: { $0.left < $1.left }) {
      if let last = result.last, next.left <= last.right {
        result[result.count - 1].right = max(last.right, next.right)
      } else {
        result.append(next)
      }
    }
    return result
  }

  /// The signs of LA; what lies below the rounding of its terms counts as zero.
  private static func signs(_ inequality: VariationalInequality, _ samples: [Double]) throws -> [Int] {
    let sigma = inequality.diffusion.values(depth: 0, samples)
    let f = inequality.drift.values(depth: 0, samples)
    let r = inequality.discount.values(depth: 0, samples)
    let c = inequality.cost.values(depth: 0, samples)
    let loss = inequality.loss
    let (g, slope, bend) = (
      loss.value.values(depth: 0, samples), loss.derivative.values(depth: 0, samples),
      loss.curvature.values(depth: 0, samples)
    )
    return try samples.indices.map { i in
      guard !(sigma[i] < 0) else {
        throw StoppingError(
          "the diffusion is negative, \(sigma[i]) at \(samples[i]); allowed: sigma > 0 inside the domain (its sign does not "
            + "matter to the noise, so give its absolute value)")
      }
      guard sigma[i] > 0 else {
        throw StoppingError(
          "degenerate noise: sigma is \(sigma[i]) at \(samples[i]), inside the domain; smooth fit needs sigma > 0 there"
        )
      }
      let (transport, spread) = (f[i] * slope[i], 0.5 * sigma[i] * sigma[i] * bend[i])
      let value = transport + spread - r[i] * g[i] + c[i]
      guard value.isFinite, r[i] >= 0 else {
        throw StoppingError(
          "L g - r g + c is \(value) at \(samples[i]) (r = \(r[i])): coefficients must be finite, r >= 0")
      }
      let size = abs(transport) + abs(spread) + abs(r[i] * g[i]) + abs(c[i])
      return abs(value) <= 1e-14 * size ? 0 : value < 0 ? -1 : 1
    }
  }

  private static func change(
    _ inequality: VariationalInequality, _ a: Double, _ b: Double, _ signA: Int, _ signB: Int
  ) -> Double {
    if let kink = inequality.loss.kinks.first(where: { a < $0 && $0 <= b }) { return kink }
    if signA * signB < 0, let root = try? RootFinding.brent(lower: a, upper: b, { inequality.lookAhead(0, $0) }) {
      return root
    }
    // a sample on the change itself
    if signA == 0 || signB == 0 { return signA == 0 ? a : b }
    return 0.5 * (a + b)
  }

  /// Samples fine enough to see every change of sign, with the signs.
  private static func resolved(_ inequality: VariationalInequality) throws -> (samples: [Double], signs: [Int]) {
    func changes(_ signs: [Int]) -> Int { zip(signs, signs.dropFirst()).count { ($0 < 0) != ($1 < 0) } }
    var samples = Self.samples(inequality, refinement: 1)
    var signs = try Self.signs(inequality, samples)
    // between two kinks a structure promises one change at most
    guard inequality.structure == nil else { return (samples, signs) }
    var seen = changes(signs)
    for refinement in [2, 4, 8] {
      samples = Self.samples(inequality, refinement: refinement)
      signs = try Self.signs(inequality, samples)
      let count = changes(signs)
      if count == seen { return (samples, signs) }
      seen = count
    }
    throw StoppingError(
      "L g - r g + c oscillates: \(seen) changes of sign between \(inequality.lower) and \(inequality.upper), more with "
        + "every finer look, so that there are as many boundaries; a bounded domain around the states asked for would help"
    )
  }

  /// Points that see every scale: geometric towards finite ends and towards infinity, and around kinks.
  private static func samples(_ inequality: VariationalInequality, refinement: Int) -> [Double] {
    let (lower, upper) = (inequality.lower, inequality.upper)
    let exponents =
      inequality.structure == nil
      ? stride(from: -9.0, through: 9.0, by: 0.05 / Double(refinement)).map { pow(10, $0) }
      : stride(from: -15.0, through: 15.0, by: 0.25).map { pow(10, $0) }
    var grid: [Double] =
      switch (lower.isFinite, upper.isFinite) {
      case (true, true): exponents.map { lower + (upper - lower) * ($0 / (1 + $0)) }
      case (true, false): exponents.map { lower + $0 }
      case (false, true): exponents.reversed().map { upper - $0 }
      case (false, false): exponents.reversed().map { -$0 } + exponents
      }
    if refinement > 1, lower.isFinite, upper.isFinite {
      let count = 200 * refinement
      grid += (1..<count).map { lower + (upper - lower) * Double($0) / Double(count) }
      grid = Set(grid).sorted()
    }
    let kinks = inequality.loss.kinks
    guard !kinks.isEmpty else { return grid }
    // nothing may be sampled on a kink; a pair beside each keeps the signs on its two sides apart
    let beside = kinks.flatMap { kink -> [Double] in
      let end = lower.isFinite ? lower : upper.isFinite ? upper : kink - max(1, abs(kink))
      let reach = 1e-7 * (upper.isFinite && lower.isFinite ? upper - lower : abs(kink - end))
      return [kink - reach, kink + reach]
    }
    return Set(grid + beside).filter { $0 > lower && $0 < upper && !kinks.contains($0) }.sorted()
  }
}
