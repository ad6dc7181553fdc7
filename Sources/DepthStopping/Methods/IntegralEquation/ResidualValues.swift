import DepthNumerics
import Foundation

/// Both residuals of a put's curve at real s by given panels, with a bound of all rounding errors.
struct ResidualValues {
  let boundary: PutBoundary
  let discs: BoundaryDiscs

  struct Value {
    /// epsilon and epsilon - B delta.
    let matching: Double
    let defect: Double
    /// What rounding may have done to each.
    let matchingError: Double
    let defectError: Double
  }

  private static let unit = 0x1p-53

  /// - Parameter hasCall: whether the terms outside of the integrals count.
  func callAsFunction(_ share: Double, _ panels: ResidualPanels, hasCall: Bool) -> Value {
    let (equation, scale) = (boundary.equation, boundary.scale)
    let (rate, dividend, sigma) = (equation.rate, equation.dividend, equation.volatility)
    let m = panels.nodes.count
    let tau = scale.timeToGo(share)
    let rho = tau.squareRoot()
    var point = 2 * share - 1
    var series = 0.0
    boundary.series(at: &point, into: &series, count: 1)
    // the series is divided by unitRoot C R
    let power = boundary.hasRootFactor ? share * share * share * share : 1
    let unitRoot = boundary.hasRootFactor ? scale.horizon.squareRoot() : rho
    let curve = power * series
    let state = equation.limit * exp(curve)
    // of the series, s rounded too
    let seriesError =
      discs.evaluationError + (scale.turn == nil ? 8 * share : 16) * Self.unit * discs.steepest
    let curveError = power * seriesError + 4 * Self.unit * abs(curve)
    var (matching, defect, matchingSize, defectSize, slip) = (0.0, 0.0, 0.0, 0.0, SIMD2<Double>())
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 7 * m) { buffer in
      let base = buffer.baseAddress!
      let (inner, exponents, second, first) = (base, base + m, base + 2 * m, base + 3 * m)
      let (interest, yields) = (base + 4 * m, base + 5 * m)
      let points = base + 6 * m
      for k in 0..<m { second[k] = panels.nodes[k].w }
      scale.shares(share, second, into: points, count: m)
      for k in 0..<m { points[k] = 2 * points[k] - 1 }
      boundary.series(at: points, into: inner, count: m)
      for k in 0..<m {
        let node = panels.nodes[k]
        let root = rho * node.cosine * node.span
        let deviation = sigma * root
        let ratio = boundary.hasRootFactor ? node.w * node.w * node.w * node.w : 1
        let quotient = (series - ratio * inner[k]) / (sigma * unitRoot * node.cosine * node.span)
        let d = max(-40, min(40, quotient + equation.logDrift * root / sigma))
        inner[k] *= power * ratio
        second[k] = d
        first[k] = d + deviation
        exponents[k] = -0.5 * d * d
        interest[k] = -rate * root * root
        yields[k] = -dividend * root * root
      }
      VectorMath.exp(exponents, into: exponents, count: m)
      VectorMath.exp(interest, into: interest, count: m)
      VectorMath.exp(yields, into: yields, count: m)
      for k in 0..<m {
        let node = panels.nodes[k]
        let smooth = rho * node.measure / (node.cosine * node.span) / sigma * interest[k]
        let gain = smooth * equation.gain(inner[k], exp(inner[k]))
        defect += gain * 0.3989422804014327 * exponents[k]
        defectSize += abs(gain) * exponents[k] * (1 + abs(second[k] * second[k]))
        let error =
          2 * seriesError / (sigma * unitRoot * node.cosine * node.span) + 16 * Self.unit * (1 + abs(second[k]))
        // |phi'| <= 1/4, phi <= 2/5
        slip += SIMD2(0.4 * rho * rho * node.measure * (rate + dividend), 0.25 * abs(gain)) * error
      }
      VectorMath.normalCDF(second, into: second, count: m)
      VectorMath.normalCDF(first, into: first, count: m)
      for k in 0..<m {
        let mass = tau * panels.nodes[k].measure
        let paid = mass * rate * interest[k] * second[k]
        let lost = mass * dividend * state * yields[k] * first[k]
        matching -= paid - lost
        defect -= paid
        matchingSize += abs(paid) + abs(lost)
        defectSize += abs(paid)
      }
    }
    slip[1] += slip[0]
    if hasCall {
      let root = sigma * rho
      let second = series / (sigma * unitRoot) + (log(equation.limit) + equation.logDrift * tau) / root
      let paid = exp(-rate * tau) * NormalLaw.cdf(second)
      let call = state * exp(-dividend * tau) * NormalLaw.cdf(second + root)
      matching += call - paid
      defect -= paid
      let density = exp(-rate * tau) * NormalLaw.density(second)
      let error =
        seriesError / (sigma * unitRoot) + 8 * Self.unit * abs(log(equation.limit)) / root + 16 * Self.unit
        * (1 + abs(second))
      // the call's derivative with respect to d_2 vanishes; that to ln S is its first term
      slip += SIMD2(call * curveError + density * 32 * Self.unit * (1 + abs(second)), density * error)
      matchingSize += (call + paid) * (1 + second * second)
      defectSize += paid * (1 + second * second)
    }
    return Value(
      matching: matching, defect: defect, matchingError: slip[0] + 64 * Self.unit * matchingSize,
      defectError: slip[1] + 64 * Self.unit * defectSize)
  }
}
