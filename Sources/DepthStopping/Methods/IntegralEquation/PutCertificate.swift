import DepthNumerics
import Foundation

/// Proven bounds of the residuals of a put's curve over all times to go, and through them (`PutEnclosure`) of `W - V`.
///
/// On a cell of s both residuals are analytic functions f of s. f is known at N Chebyshev points, by panels whose rules err
/// by no more than proven (`ResidualPanels`) and with rounding accounted for (`ResidualValues`); its interpolant q errs by at most
/// `4 M rho^-(N-1) / (rho - 1)`, M a bound of |f| on the ellipse of parameter rho about the cell, taken over discs that cover it
/// (`PutIntegrand`); and q is bounded by its values at 4 N Chebyshev points: `|q| <= max / cos(pi/8)` (Ehlich and Zeller).
/// Below a first s the residuals are as small as the integrals are short, whatever the curve: `epsilon <= C(tau, X) + q X tau`,
/// `epsilon >= -r tau`, `epsilon - B delta <= (0.8/sigma) sup(r - q B) sqrt(tau)`.
///
/// O(cells N (panels n + discs)). Not for: r = 0; curves that rise above X within a cell.
/// Source: Trefethen, "Approximation Theory and Approximation Practice" (2013), theorems 8.2 and 19.3.
struct PutCertificate: Sendable {
  /// `W - V` and `V - W` are at most this.
  let above: Double
  let below: Double
  /// Below this s nothing is known of the curve but `B <= X`.
  let firstShare: Double
  /// Below this s the series is not known to be negative, and the curve is cut at X.
  let negativeFrom: Double
  /// The integrands over discs, for values.
  let integrand: PutIntegrand

  /// Why a curve could not be certified.
  struct Failure: Error, Equatable { let reason: String }

  /// The numbers of points from which a cell takes the least that suffices.
  fileprivate static let sizes = [20, 28, 36]
  fileprivate static let parameter = 3.0

  /// - Throws: `Failure`.
  init(_ boundary: PutBoundary, tolerance: Double = 2e-13) throws {
    var search = try Search(boundary, tolerance)
    try search.run()
    (above, below, firstShare, negativeFrom) = (search.above, search.below, search.first, search.negativeFrom)
    integrand = search.integrand
  }

  /// Chebyshev points of a cell, and four times as many that bound the interpolant.
  private struct Sampling {
    let count: Int
    /// `cos(i pi / (2 n))`.
    let cosines: [Double]
    let grid: [Double]

    init(count n: Int) {
      count = n
      cosines = (0..<(4 * n)).map { cos(.pi * Double($0) / Double(2 * n)) }
      grid = (0..<(4 * n)).map { cos(.pi * (Double($0) + 0.5) / Double(4 * n)) }
    }

    /// What interpolation errs by at most, per unit of the bound on the ellipse.
    var tail: Double { 4 / (PutCertificate.parameter - 1) * pow(PutCertificate.parameter, -Double(count - 1)) }
  }

  /// The cells from expiry to the horizon.
  private struct Search {
    let boundary: PutBoundary
    let equation: PutEquation
    let tolerance: Double
    let integrand: PutIntegrand
    let values: ResidualValues
    let rule = GaussLegendreRule(count: ResidualPanels.count)
    let first: Double
    let samplings: [Sampling]
    /// Below this s the series is not known to be negative.
    var negativeFrom: Double
    var (above, below, kappa, matching) = (0.0, 0.0, 0.0, 0.0)
    var cells = 0

    init(_ boundary: PutBoundary, _ tolerance: Double) throws {
      (self.boundary, equation, self.tolerance) = (boundary, boundary.equation, tolerance)
      let (rate, dividend, sigma) = (equation.rate, equation.dividend, equation.volatility)
      let scale = boundary.scale
      // |p| <= s sup |p'| + |p(0)|, or s^4 times the series
      let (most, steep) = boundary.coefficients.enumerated().reduce((0.0, 0.0)) {
        ($0.0 + abs($1.1), $0.1 + 2 * Double($1.0 * $1.0) * abs($1.1))
      }
      func depth(_ share: Double) -> Double {
        min(1, boundary.hasRootFactor ? pow(share, 4) * most : share * steep + abs(boundary.logRatio(share: 0)) + 1e-14)
      }
      // the first s: the bounds that hold for any curve are below a few tolerances
      var root = min(1e-5, 0.1 * scale.horizon.squareRoot())
      var bounds = (0.0, 0.0, 0.0)
      var share = 0.0
      repeat {
        root *= 0.5
        let tau = root * root
        share = scale.share(tau)
        let gain = max(rate - dividend, 0) + min(rate, dividend) * depth(share)
        let distance = log(equation.limit) / (sigma * root) + (abs(equation.logDrift) / sigma + sigma) * root
        let call = equation.limit < 1 ? NormalLaw.cdf(distance) * 1.001 : 0.41 * sigma * root + (rate + dividend) * tau
        bounds = (call + dividend * tau, rate * tau, 0.8 / sigma * gain * root)
      } while max(bounds.0, bounds.1, bounds.2) > 4 * tolerance && root > 1e-16
      first = share
      (above, matching, kappa) = bounds
      let least = equation.limit * exp(-depth(share))
      below = matching / least + kappa * (1 / least - 1)
      let discs = BoundaryDiscs(boundary, least: max(1e-13, share * (scale.turn == nil ? 0.01 : 1e-7)))
      integrand = PutIntegrand(boundary: boundary, discs: discs)
      values = ResidualValues(boundary: boundary, discs: discs)
      samplings = PutCertificate.sizes.map { Sampling(count: $0) }
      negativeFrom = share
      while negativeFrom > 1e-12, Self.curve(integrand, negativeFrom / 1.1, negativeFrom).realMost < 0 {
        negativeFrom /= 1.1
      }
      guard share < 0.5, above.isFinite else { throw Failure(reason: "the horizon is too short") }
    }

    mutating func run() throws {
      var edges = [1.0]
      while edges.last! > 2.2 * first { edges.append(0.5 * edges.last!) }
      edges.append(first)
      // from expiry on: kappa is a running supremum
      var stack = zip(edges, edges.dropFirst()).map { (low: $1, high: $0) }
      while let cell = stack.popLast() {
        if try !treat(cell.low, cell.high) {
          guard cell.high - cell.low > 1e-3 * cell.low, cells + stack.count < 160 else {
            throw Failure(reason: "the residuals vary too fast near s = \(cell.low)")
          }
          let middle = 0.5 * (cell.low + cell.high)
          stack.append((low: middle, high: cell.high))
          stack.append((low: cell.low, high: middle))
        }
      }
    }

    /// Bounds over one cell; false where it must be halved.
    private mutating func treat(_ a: Double, _ b: Double) throws -> Bool {
      let curve = try range(a, b, 14)
      guard curve.high < 0 else { throw Failure(reason: "the curve touches B(0+) near s = \(a)") }
      let (rate, dividend, sigma, scale) = (equation.rate, equation.dividend, equation.volatility, boundary.scale)
      let (early, late) = (scale.timeToGo(a), scale.timeToGo(b))
      let root = late.squareRoot()
      // the share v of the integrals that is only bounded
      let perShare = SIMD2((rate + dividend) * late, 0.8 * rate / sigma * root + rate * late)
      let least = min(0.5, 0.3 * tolerance / max(perShare[0], perShare[1]))
      guard let panels = panels(a, b, least) else { return false }
      // where the call's weight is nothing it is left out: in the complex plane it may grow
      let reach = log(equation.limit) / (sigma * root) + (abs(equation.logDrift) / sigma + sigma) * root
      let hasCall = reach > -9
      let left = hasCall ? 0 : 2 * NormalLaw.cdf(reach)
      let bounds = onEllipse(a, b, panels, hasCall: hasCall)
      let size = max(bounds.matching, bounds.defect)
      guard let sampling = samplings.first(where: { $0.tail * size <= tolerance }) else { return false }
      let tail = sampling.tail
      cells += 1
      // the series may be positive near expiry, where the curve is cut at X
      let inner = scale.share(early * least)
      let doubtful = negativeFrom > inner ? 4 * scale.timeToGo(negativeFrom) / early : 0
      let excess =
        SIMD2(tail * bounds.matching, tail * bounds.defect) + perShare * (least + doubtful)
        + SIMD2(repeating: panels.error + left)
      let sup = suprema(a, b, panels, sampling, hasCall: hasCall)
      let state = equation.limit * exp(curve.low)
      above = max(above, sup.matchingMost + excess[0])
      matching = max(matching, -sup.matchingLeast + excess[0])
      kappa = max(kappa, sup.defectMost + excess[1])
      below = max(below, matching / state + kappa * (1 / state - 1))
      return true
    }

    /// Panels that serve every s of a cell.
    private func panels(_ a: Double, _ b: Double, _ least: Double) -> ResidualPanels? {
      let places = (0..<3).map { i in
        integrand.place(ComplexDisc(from: a + (b - a) * Double(i) / 3, to: a + (b - a) * Double(i + 1) / 3))
      }
      return ResidualPanels(
        power: 2 * integrand.k, least: least, tolerance: 0.05 * tolerance, rule: rule,
        bound: { x in
          let node = integrand.node(x)
          return places.reduce(0) { largest, place in
            let bounds = integrand.residuals(place, node)
            return max(largest, bounds.matching, bounds.defect)
          }
        })
    }

    /// Bounds of both residuals on the ellipse about [a, b].
    private func onEllipse(
      _ a: Double, _ b: Double, _ panels: ResidualPanels, hasCall: Bool
    ) -> PutIntegrand.Bounds {
      let rho = PutCertificate.parameter
      let (middle, half) = (0.5 * (a + b), 0.5 * (b - a))
      let (major, minor) = (0.5 * half * (rho + 1 / rho), 0.5 * half * (rho - 1 / rho))
      let arcs = 14
      let pieces = 5
      let nodes = panels.panels.flatMap { panel in
        (0..<pieces).map { i in
          let step = (panel.high - panel.low) / Double(pieces)
          return (
            node: integrand.node(
              ComplexDisc(from: panel.low + step * Double(i), to: panel.low + step * Double(i + 1))), length: step
          )
        }
      }
      var largest = PutIntegrand.Bounds(matching: 0, defect: 0)
      for arc in 0..<arcs {
        let angle = .pi * (Double(arc) + 0.5) / Double(arcs)
        let place = integrand.place(
          ComplexDisc(
            middle + major * cos(angle), minor * sin(angle), radius: 1.0001 * major * .pi / Double(2 * arcs)))
        var bounds = hasCall ? integrand.ends(place) : PutIntegrand.Bounds(matching: 0, defect: 0)
        for (node, length) in nodes {
          let here = integrand.residuals(place, node)
          bounds.matching += here.matching * length
          bounds.defect += here.defect * length
        }
        largest.matching = max(largest.matching, bounds.matching)
        largest.defect = max(largest.defect, bounds.defect)
        guard largest.matching < 1e9, largest.defect < 1e9 else { break }
      }
      return largest
    }

    /// Bounds of the interpolants on the cell, with the rounding of their values.
    private func suprema(
      _ a: Double, _ b: Double, _ panels: ResidualPanels, _ sampling: Sampling, hasCall: Bool
    ) -> (
      matchingMost: Double, matchingLeast: Double, defectMost: Double
    ) {
      let n = sampling.count
      let (middle, half) = (0.5 * (a + b), 0.5 * (b - a))
      var (matching, defect) = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: n))
      var errors = SIMD2<Double>()
      for j in 0..<n {
        let value = values(middle + half * sampling.cosines[2 * j + 1], panels, hasCall: hasCall)
        (matching[j], defect[j]) = (value.matching, value.defect)
        errors = SIMD2(max(errors[0], value.matchingError), max(errors[1], value.defectError))
      }
      let first = interval(matching, sampling, 4 * errors[0])
      let second = interval(defect, sampling, 4 * errors[1])
      return (first.high, first.low, second.high)
    }

    /// Least and largest value of the interpolant; `slack`: rounding times more than Lebesgue's constant (3.4 at 36 points).
    private func interval(_ samples: [Double], _ sampling: Sampling, _ slack: Double) -> (low: Double, high: Double) {
      let n = samples.count
      var coefficients = [Double](repeating: 0, count: n)
      for k in 0..<n {
        var sum = 0.0
        // cos(k (2 j + 1) pi / (2 n))
        for j in 0..<n { sum += samples[j] * sampling.cosines[k * (2 * j + 1) % (4 * n)] }
        coefficients[k] = (k == 0 ? 1 : 2) * sum / Double(n)
      }
      var found = [Double](repeating: 0, count: 4 * n)
      ChebyshevSeries.values(coefficients, n, at: sampling.grid, into: &found, count: 4 * n)
      let (low, high) = (found.min() ?? 0, found.max() ?? 0)
      // the shifted polynomial is as large as its samples over cos(pi/8)
      let (middle, reach) = (0.5 * (low + high), 0.5 * (high - low) * 1.0824)
      let rounding = slack + 1e-14 * max(abs(low), abs(high))
      return (middle - reach - rounding, middle + reach + rounding)
    }

    /// p over [a, b].
    private static func curve(_ integrand: PutIntegrand, _ a: Double, _ b: Double) -> ComplexDisc {
      let share = ComplexDisc(from: a, to: b)
      return integrand.curve(share, integrand.discs.jet(share).value)
    }

    /// Least and largest p over [a, b].
    private func range(_ a: Double, _ b: Double, _ halvings: Int) throws -> (low: Double, high: Double) {
      let value = Self.curve(integrand, a, b)
      if value.radius <= 0.05 * abs(value.real) { return (value.realLeast, value.realMost) }
      guard halvings > 0 else { throw Failure(reason: "the curve is not resolved near s = \(a)") }
      let middle = 0.5 * (a + b)
      let (left, right) = (try range(a, middle, halvings - 1), try range(middle, b, halvings - 1))
      return (min(left.low, right.low), max(left.high, right.high))
    }
  }
}
