import DepthDynamics
import DepthRuns
import Foundation

/// The stretch of coordinates on which the recursion runs, wide enough that its ends do not matter.
struct BlockDomain: Equatable, Sendable {
  let lower: Double
  let upper: Double
  /// Of the loss, in the coordinate.
  let kinks: [Double]
  /// A radial coordinate: nothing lies below.
  let startsAtOrigin: Bool
  /// The answer must be held against that of a wider domain.
  let mustBeWidened: Bool

  /// - Throws: `StoppingError` where nothing says where the boundary may lie.
  init(_ problem: BlockProblem, points: [Double], widening: Double = 1) throws {
    let transition = problem.transition
    let kinks = problem.loss.kinks.map { transition.coordinate($0) }.filter(\.isFinite)
    let spots = points + kinks + Self.edges(problem) + Self.centre(transition)
    guard var low = spots.min(), var high = spots.max() else {
      throw StoppingError(
        "nothing says where the boundary lies: no kink, no change of the look-ahead's sign and no point asked for")
    }
    startsAtOrigin = transition.isRadial
    self.kinks = startsAtOrigin ? kinks.filter { $0 > 0 } : kinks
    let block = transition.deviation(after: problem.blockSize)
    var widens = false
    if let blocks = problem.blocks {
      let horizon = Double(blocks) * problem.blockSize
      if case .gaussian(let law) = transition {
        let means = [law.mean(low, after: horizon), law.mean(high, after: horizon)]
        (low, high) = (min(low, means[0], means[1]), max(high, means[0], means[1]))
      }
      let deviation = transition.deviation(after: horizon)
      // the tilt shifts a walk whose payoff grows like e^y, or whose measure is a mixture, by its variance
      let reach = (9 + deviation) * deviation + block
      (low, high) = (low - reach, high + reach)
    } else if let spread = Self.stationaryReach(transition) {
      (low, high) = (low - spread, high + spread)
    } else if case .posterior = transition {
      let ends = Self.worthContinuing(problem)
      (low, high) = (min(low, ends.lower) - 2 * block, max(high, ends.upper) + 2 * block)
    } else {
      widens = true
      let reach = widening * (16 * block + 0.5 * (high - low))
      (low, high) = (low - reach, high + reach)
    }
    if case .posterior = transition { (low, high) = (max(low, -600), min(high, 600)) }
    lower = startsAtOrigin ? 0 : low
    upper = high
    mustBeWidened = widens
    let panels = (upper - lower) / block
    guard panels < 20_000 else {
      throw StoppingError(
        "the domain spans \(panels.rounded()) standard deviations of a block; allowed: 20000 (larger block size)")
    }
  }

  /// Where a walk that contracts has mass above rounding: sqrt(37) s/sqrt(a) and a little.
  private static func stationaryReach(_ transition: ExactTransition) -> Double? {
    switch transition {
    case .gaussian(.ornsteinUhlenbeck(let rate, _, let noise)) where rate > 0: 6.3 * noise / rate.squareRoot()
    case .radial(let rate, let noise, let dimension) where rate > 0:
      (6.3 + (0.5 * Double(dimension)).squareRoot()) * noise / rate.squareRoot()
    default: nil
    }
  }

  private static func centre(_ transition: ExactTransition) -> [Double] {
    if case .gaussian(.ornsteinUhlenbeck(_, let center, _)) = transition { return [center] }
    return []
  }

  /// Beyond these log-odds a block costs more than it can gain: g there exceeds the chord of its ends (below which no
  /// martingale can bring the expected loss) by less than c_Delta.
  private static func worthContinuing(_ problem: BlockProblem) -> (lower: Double, upper: Double) {
    let (atZero, atOne) = (problem.loss.value(0, 0), problem.loss.value(0, 1))
    func gain(_ y: Double) -> Double {
      let p = problem.transition.state(y)
      return problem.loss.value(0, p) - (atZero * (1 - p) + atOne * p)
    }
    var (lower, upper) = (-1.0, 1.0)
    while lower > -36, gain(lower) > problem.blockCost { lower -= 0.5 }
    while upper < 36, gain(upper) > problem.blockCost { upper += 0.5 }
    return (lower, upper)
  }

  /// Coordinates near which the infinitesimal look-ahead changes sign: boundaries lie beside them.
  private static func edges(_ problem: BlockProblem) -> [Double] {
    let inequality = problem.inequality
    let exponents = stride(from: -6.0, through: 6.0, by: 0.1).map { pow(10, $0) }
    let states: [Double]
    switch (inequality.lower.isFinite, inequality.upper.isFinite) {
    case (true, true):
      states = exponents.map { inequality.lower + (inequality.upper - inequality.lower) * $0 / (1 + $0) }
    case (true, false): states = exponents.map { inequality.lower + $0 }
    case (false, true): states = exponents.reversed().map { inequality.upper - $0 }
    case (false, false): states = exponents.reversed().map { -$0 } + [0] + exponents
    }
    var edges: [Double] = []
    var last: (state: Double, sign: Int)?
    for x in states {
      let sigma = inequality.diffusion(0, x)
      let terms = [
        inequality.drift(0, x) * inequality.loss.derivative(0, x),
        0.5 * sigma * sigma * inequality.loss.curvature(0, x),
        -inequality.discount(0, x) * inequality.loss.value(0, x), inequality.cost(0, x),
      ]
      let (sum, size) = (terms.reduce(0, +), terms.reduce(0) { $0 + abs($1) })
      guard sum.isFinite, abs(sum) > 1e-10 * size else { continue }
      let sign = sum < 0 ? -1 : 1
      if let last, last.sign != sign {
        edges += [problem.transition.coordinate(last.state), problem.transition.coordinate(x)]
      }
      last = (x, sign)
    }
    return (edges + blockEdges(problem, states)).filter(\.isFinite)
  }

  /// Coordinates near which a whole block of a contracting walk stops paying, `g(y) - g(E y_Delta) - c_Delta`: where a block costs
  /// much and g is flat beside it, far from the infinitesimal ones.
  private static func blockEdges(_ problem: BlockProblem, _ states: [Double]) -> [Double] {
    let transition = problem.transition
    func mean(_ y: Double) -> Double? {
      switch transition {
      case .gaussian(let law) where stationaryReach(transition) != nil: law.mean(y, after: problem.blockSize)
      case .radial(let rate, _, _) where rate > 0: y * exp(-rate * problem.blockSize)
      default: nil
      }
    }
    var edges: [Double] = []
    var last: (coordinate: Double, pays: Bool)?
    for x in states {
      let y = transition.coordinate(x)
      guard let next = mean(y) else { return [] }
      let gain = problem.loss.value(0, x) - problem.loss.value(0, transition.state(next)) - problem.blockCost
      guard gain.isFinite else { continue }
      if let last, last.pays != (gain > 0) { edges += [last.coordinate, y] }
      last = (y, gain > 0)
    }
    return edges
  }
}
