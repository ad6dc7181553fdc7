import DepthDynamics
import DepthRuns
import Foundation

/// Taking the best of n uniform offers, all seen: with m to come take a record x >= b_m, `sum_{j=1}^m (b_m^-j - 1)/j = 1`, b_0 = 0.
///
/// The problem is monotone, so the one-step rule is optimal. Its value from the best offer so far, x, with m to come and thresholds
/// `d_i = b_{m-i}` (falling) is the sum over r of the chance that offer r + 1 is the first one taken and the best of all:
/// `v_m(x) = sum_{r<m} int_{max(x, d_{r+1})}^1 [x^r + sum_{j<=r} (min(y, d_j)^r - x^r)^+ / r] y^(m-r-1) dy`: nothing is
/// taken among the first r offers, all below y, when either none exceeds x or their largest, the j-th, is below d_j. O(m^2) a state.
/// With x in hand `V = max(x^m, v_m(x))`.
///
/// Rounding: every term is off by at most 16 ulp of its parts and sums of m terms twice over add 2 m ulp; a threshold that is off by
/// m ulp costs its square: certified. Source: Gilbert and Mosteller (1966), section 3.
struct FullInformationRecursion {
  static let mostOffers = 2000

  private let problem: StoppingProblem
  private let count: Int

  static func objection(to problem: StoppingProblem) -> String? {
    guard let horizon = problem.horizon, horizon <= Double(mostOffers) else {
      return "the best of all offers needs a horizon, up to \(mostOffers) offers"
    }
    return problem.runningCost == 0 && problem.discount.constantValue == 0
      ? nil : "the best of all offers is sought without cost and discount"
  }

  init(_ problem: StoppingProblem) throws {
    self.problem = problem
    count = Int(problem.horizon ?? 0)
  }

  func solve(at points: [[Double]], blocks: [Int]) throws -> StoppingSolution {
    let inHand = points.isEmpty ? [0] : points.map { $0[0] }
    if let outside = inHand.first(where: { !($0 >= 0 && $0 <= 1) }) {
      throw InputError.value(outside, of: "at", allowed: "the best quality so far, numbers from 0 to 1")
    }
    let ((thresholds, values, depths), seconds) = timed {
      let thresholds = Self.thresholds(count)
      let values = blocks.flatMap { block in inHand.map { value($0, left: count - block, block, thresholds) } }
      let first = count - (blocks.first ?? 0)
      return (thresholds, values, inHand.map { expectedDepth($0, left: first, thresholds) })
    }
    let states = Array(thresholds.reversed())
    let levels = states.indices.map { Double($0) }
    let branch = (try? BoundaryCurve(depths: levels, values: states)).map {
      [HaltingBranch(.table($0), stopsBelow: false, to: Double(count))]
    }
    return StoppingSolution(
      values: values,
      boundary: HaltingBoundary(
        shape: .curve, points: zip(levels, states).map { .init(depth: $0, at: [$1]) }, branches: branch ?? [],
        errorBound: 8 * Double(count) * Double.ulpOfOne, boundKind: .certified),
      expectedDepths: zip(inHand, depths).map {
        .init(at: [$0], value: $1.value, lower: $1.value - $1.error, upper: $1.value + $1.error)
      },
      diagnostics: Diagnostics(
        status: .converged, method: "bellman", iterations: count, residualNorm: "exact sum", seconds: seconds))
  }

  // MARK: parts

  /// b_0, ..., b_n: Newton's method on `sum expm1(j w)/j = 1` in w = -ln b, convex and increasing, from the right.
  static func thresholds(_ count: Int) -> [Double] {
    var thresholds = [0.0]
    thresholds.reserveCapacity(count + 1)
    var w = 1.0
    for m in 1...max(1, count) {
      for _ in 0..<60 {
        let q = exp(w)
        var (power, sum, slope) = (1.0, -1.0, 0.0)
        for j in 1...m {
          power *= q
          sum += (power - 1) / Double(j)
          slope += power
        }
        let step = sum / slope
        w -= step
        if abs(step) <= 1e-15 * w { break }
      }
      thresholds.append(exp(-w))
    }
    return Array(thresholds.prefix(count + 1))
  }

  private func value(_ x: Double, left m: Int, _ block: Int, _ thresholds: [Double]) -> StoppingSolution.Value {
    let now = pow(x, Double(m))
    let (later, size) = m == 0 ? (0, 0) : goingOn(from: x, left: m, thresholds)
    let (steps, ulp) = (Double(m), Double.ulpOfOne)
    let threshold = pow(8 * steps * steps * ulp, 2)
    let stops = m == 0 || x >= thresholds[m]
    return .init(
      at: [x], depth: Double(block), value: stops ? now : later, stoppingLoss: now,
      errorBound: 2 * ulp * now + (2 * steps + 16) * ulp * size + threshold, boundKind: .certified)
  }

  /// v_m(x), and the sum of what it is made of, signs dropped.
  func goingOn(from x: Double, left m: Int, _ thresholds: [Double]) -> (value: Double, size: Double) {
    var (value, size) = (0.0, 0.0)
    for r in 0..<m {
      let rest = Double(m - r)
      let low = max(x, thresholds[m - r - 1])
      let none = pow(x, Double(r))
      let (lowRest, lowAll) = (pow(low, rest), pow(low, Double(m)) / Double(m))
      var (sum, parts) = (none * (1 - lowRest) / rest, none / rest)
      if r > 0 {
        for j in 1...r {
          let d = thresholds[m - j]
          // thresholds fall: no later one exceeds x either
          guard d > x else { break }
          let (dr, dRest) = (pow(d, Double(r)), pow(d, rest))
          let all = dr * dRest / Double(m)
          let inner = (all - lowAll) - none * (dRest - lowRest) / rest + (dr - none) * (1 - dRest) / rest
          sum += inner / Double(r)
          parts += (all + lowAll + 2 * none / rest + dr / rest) / Double(r)
        }
      }
      value += sum
      size += parts
    }
    return (value, size)
  }

  /// Offers seen until one is taken, n where none is: `sum_{r<m} P(nothing taken among r)`.
  ///
  /// Its error: rounding as in V, and m^2/2 terms `d^r/r` whose thresholds are off by at most 8 m ulp.
  private func expectedDepth(_ x: Double, left m: Int, _ thresholds: [Double]) -> (value: Double, error: Double) {
    guard m > 0, x < thresholds[m] else { return (0, 0) }
    var (depth, size) = (1.0, 1.0)
    for r in 1..<max(1, m) {
      let none = pow(x, Double(r))
      var sum = none
      for j in 1...r {
        let d = thresholds[m - j]
        guard d > x else { break }
        let power = pow(d, Double(r))
        sum += (power - none) / Double(r)
        size += (power + none) / Double(r)
      }
      depth += sum
      size += none
    }
    let steps = Double(m)
    return (depth, Double.ulpOfOne * ((2 * steps + 16) * size + 4 * steps * steps * steps))
  }
}
