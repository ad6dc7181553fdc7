import DepthDynamics
import DepthNumerics
import DepthRuns
import Foundation

/// Independent offers: `V_n(x) = max{x, beta E V_{n-1} - c}`, n offers to come.
///
/// Continuing is worth the reservation price xi_n whatever is in hand: without a horizon the root of
/// `beta E(X - xi)^+ - c = (1 - beta) xi` (the same with recall), with one `xi_{n+1} = beta (xi_n + E(X - xi_n)^+) - c`,
/// `xi_1 = beta E X - c`. With recall, cost and discount the problem is monotone: the stationary price is optimal at every
/// depth, and V integrates the law of the best offer. Rounding: the recursion's slope is P(X < xi) <= 1, so errors add up to at
/// most n eps_0, eps_0 = 8 ulp max(1, |xi|, c); the stationary price is bracketed by signs
/// that exceed the rounding of the equation, relative to its terms. Integrals for
/// recall with a horizon carry an estimate. Source: Chow, Robbins and Siegmund (1971), chapter 3; Moser (1956) for c = 0.
struct OfferRecursion {
  private let problem: StoppingProblem
  private let offers: OfferSequence
  private let cost: Double
  private let factor: Double

  init(_ problem: StoppingProblem, _ offers: OfferSequence) {
    self.problem = problem
    self.offers = offers
    cost = problem.runningCost
    factor = problem.blockFactor
  }

  /// A price with its error bound.
  private struct Price {
    let price: Double
    let bound: Double
  }

  func solve(at points: [[Double]], blocks: [Int]) throws -> StoppingSolution {
    let inHand = points.isEmpty ? [0] : points.map { $0[0] }
    let horizon = problem.horizon.map { Int($0) }
    let (found, seconds) = try timed { () -> (Price?, [Price]?, Double) in
      let steady: Price? = cost == 0 && factor == 1 ? nil : try stationaryPrice()
      let prices: [Price]? = horizon.map { reservationPrices($0) }
      return (steady, prices, depths(steady, prices))
    }
    let (steady, prices, expected) = found
    let values = blocks.flatMap { block in
      inHand.map { x in value(x, left: horizon.map { $0 - block }, block, steady, prices) }
    }
    let expectedDepths = inHand.map { x -> StoppingSolution.ExpectedDepth in
      let depth = x >= price(left: horizon, steady, prices).price ? 0 : expected
      return .init(at: [x], value: depth, lower: depth * (1 - 1e-12), upper: depth * (1 + 1e-12))
    }
    return StoppingSolution(
      values: values, boundary: boundary(steady, prices), expectedDepths: expected.isFinite ? expectedDepths : [],
      diagnostics: Diagnostics(
        status: .converged, method: "bellman", iterations: horizon ?? 1, residualNorm: "exact recursion",
        seconds: seconds),
      warnings: offers.hasRecall && steady == nil
        ? ["with recall and neither cost nor discount every offer is seen: no boundary before the horizon"] : [])
  }

  // MARK: prices

  private func step(_ price: Double) -> Double { factor * (price + offers.excess(over: price)) - cost }

  private func rounding(_ price: Double) -> Double { 8 * Double.ulpOfOne * max(1, abs(price), cost) }

  private func stationaryPrice() throws -> Price {
    func excess(_ x: Double) -> Double { factor * offers.excess(over: x) - cost - (1 - factor) * x }
    var (low, high) = (-1.0, 1.0)
    while excess(low) <= 0, low > -1e300 { low *= 2 }
    while excess(high) >= 0, high < 1e300 { high *= 2 }
    let price: Double
    do { price = try RootFinding.brent(lower: low, upper: high, excess) } catch {
      throw StoppingError("no reservation price: continuing is worth more than any offer")
    }
    var width = 4 * max(abs(price), 1e-300).ulp
    func slack(_ x: Double) -> Double {
      8 * Double.ulpOfOne * (offers.excessScale(x) + cost + (1 - factor) * abs(x))
    }
    while !(excess(price - width) > slack(price - width) && excess(price + width) < -slack(price + width)),
      width < 1e300
    {
      width *= 2
    }
    return Price(price: price, bound: width)
  }

  /// xi_1, ..., xi_n (at index n - 1).
  private func reservationPrices(_ count: Int) -> [Price] {
    var prices: [Price] = []
    prices.reserveCapacity(count)
    var (price, bound) = (factor * offers.mean - cost, 4 * Double.ulpOfOne * max(1, cost))
    for n in 0..<count {
      if n > 0 {
        bound += rounding(price)
        price = step(price)
      }
      prices.append(Price(price: price, bound: bound))
    }
    return prices
  }

  private func price(left: Int?, _ steady: Price?, _ prices: [Price]?) -> Price {
    if left == 0 { return Price(price: -.infinity, bound: 0) }
    guard let left, let prices, !offers.hasRecall else { return steady ?? Price(price: .infinity, bound: 0) }
    return prices[left - 1]
  }

  // MARK: values

  private func value(
    _ x: Double, left: Int?, _ block: Int, _ steady: Price?, _ prices: [Price]?
  ) -> StoppingSolution.Value {
    let price = price(left: left, steady, prices)
    var (value, bound, kind) = (max(x, price.price), price.bound, StoppingSolution.BoundKind.certified)
    if left == 0 || x >= price.price + price.bound { (value, bound) = (x, 0) }
    if offers.hasRecall, let left, left > 0, x < price.price {
      let fine = bestSoFar(x, price.price, left, panels: 256)
      (value, kind) = (fine, .estimate)
      let top = ceiling(price.price)
      bound += 4 * abs(fine - bestSoFar(x, price.price, left, panels: 128))
      bound += Double(left) * (rounding(top) + (price.price.isFinite ? 0 : offers.excess(over: top)))
    }
    return .init(
      at: [x], depth: Double(block), value: value, stoppingLoss: x, errorBound: bound + abs(value).ulp, boundKind: kind)
  }

  /// Up to where the law of the best offer is integrated: the threshold, or where offers end (but for their excess over 40).
  private func ceiling(_ threshold: Double) -> Double {
    threshold.isFinite ? threshold : offers.law == .uniform ? 1 : 40
  }

  /// n offers to come, m < xi in hand: stop at the first offer of at least xi, else with the best.
  private func bestSoFar(_ m: Double, _ threshold: Double, _ n: Int, panels: Int) -> Double {
    let tail = threshold.isFinite ? offers.tail(threshold) : 0
    let miss = 1 - tail
    let taken = threshold.isFinite ? offers.excess(over: threshold) + threshold * tail : 0
    var (sum, chance) = (0.0, 1.0)
    for _ in 0..<n {
      sum += chance * (factor * taken - cost)
      chance *= factor * miss
    }
    let ceiling = ceiling(threshold)
    let best = Quadrature.gaussLegendre(from: m, to: ceiling, panels: panels) { pow(1 - offers.tail($0), Double(n)) }
    return sum + chance * ceiling - pow(factor, Double(n)) * best
  }

  /// E tau* from an offer below the price, at depth 0.
  private func depths(_ steady: Price?, _ prices: [Price]?) -> Double {
    guard let prices else { return steady.map { 1 / offers.tail($0.price) } ?? .infinity }
    var depth = 0.0
    for n in prices.indices {
      // n offers remain after the one that comes now
      let threshold = n == 0 ? -.infinity : price(left: n, steady, prices).price
      let accepted = threshold == -.infinity ? 1 : offers.tail(threshold)
      depth = 1 + (1 - accepted) * depth
    }
    return depth
  }

  private func boundary(_ steady: Price?, _ prices: [Price]?) -> HaltingBoundary {
    guard let prices, !offers.hasRecall else {
      // with recall, neither cost nor discount: one sees every offer
      guard let price = steady else {
        return HaltingBoundary(shape: .points, points: [], errorBound: 0, boundKind: .certified)
      }
      return HaltingBoundary(
        shape: .points, points: [.init(at: [price.price])],
        branches: [HaltingBranch(.constant(price.price), stopsBelow: false)], errorBound: price.bound,
        boundKind: .certified)
    }
    let depths = prices.indices.map { Double($0) }
    let states = prices.reversed().map(\.price)
    let branches = (try? BoundaryCurve(depths: depths, values: states)).map {
      [HaltingBranch(.table($0), stopsBelow: false, to: depths.last ?? 0)]
    }
    return HaltingBoundary(
      shape: .curve, points: zip(depths, states).map { .init(depth: $0, at: [$1]) }, branches: branches ?? [],
      errorBound: prices.last?.bound ?? 0, boundKind: .certified)
  }
}
