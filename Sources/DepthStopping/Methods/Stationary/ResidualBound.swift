import DepthNumerics
import Foundation

/// A bound of the residual `a V'' + f V' - r V + s` of a computed function over its interval, s the cost or unit cost, in
/// units of the unit cost.
///
/// Where w a, w f, w r and w s are polynomials (`PolynomialStructure`), so is w times the residual on every panel, of known
/// degree d, and its values at M Chebyshev points bound it everywhere: `sup |p| <= max_j |p(x_j)| / cos(pi d / (2 M))` (Ehlich
/// and Zeller). Rounding of the values is added. The bound is that of a function with continuous slope, hence proven: the
/// pieces are shifted by constants until they meet, and what their slopes jump by is mended by cubic Hermite polynomials on
/// the longer panel of two. Otherwise the sampled maximum with a margin of one half, an estimate.
struct ResidualBound {
  let equation: StationaryOperator
  let structure: PolynomialStructure?
  /// Whether the source is the unit cost rather than the cost.
  let isUnit: Bool
  /// Free ends; infinite where the interval reaches the domain's.
  let bottom: Double
  let top: Double

  /// Half a unit in the last place of 1.
  private static let rounding = 0x1p-53
  /// Exact for V'', a polynomial of degree 23.
  private static let meanRule = GaussLegendreRule(count: 12)

  /// By how much every piece is shifted so that all meet, with what rounding may hide: what the values of neighbours differ by,
  /// added up from the end of the domain, if there is one, else from the lower end.
  func shifts(_ pieces: PanelPieces) -> [Double] {
    let count = pieces.pieces.count
    var shifts = [Double](repeating: 0, count: count)
    var sum = 0.0
    func isInside(_ joint: Int) -> Bool { bottom < pieces.pieces[joint].lower && pieces.pieces[joint].lower < top }
    let isFromAbove = top == .infinity && bottom > -.infinity
    for step in 1..<max(1, count) {
      let (joint, next) = isFromAbove ? (count - step, count - 1 - step) : (step, step)
      if isInside(joint) { sum += Self.gap(pieces.pieces[joint - 1], pieces.pieces[joint])[0] }
      shifts[next] = sum
    }
    return shifts
  }

  /// Jumps of value and slope from a piece to the next one, with rounding.
  private static func gap(_ a: PanelPieces.Piece, _ b: PanelPieces.Piece) -> SIMD2<Double> {
    let (left, right) = (a.end(isUpper: true), b.end(isUpper: false))
    return SIMD2(
      abs(left.value - right.value) + left.errors[0] + right.errors[0],
      abs(left.slope - right.slope) + left.errors[1] + right.errors[1])
  }

  /// The largest bound over all panels.
  func largest(_ pieces: PanelPieces) -> Double {
    let shifts = structure == nil ? [] : self.shifts(pieces)
    let kinks = structure == nil ? [] : self.kinks(pieces)
    var largest = 0.0
    for (index, piece) in pieces.pieces.enumerated() {
      let (low, high) = clipped(piece)
      guard low < high else { continue }
      let bound = bound(
        piece, low, high, kink: kinks.isEmpty ? 0 : kinks[index] / (high - low),
        shift: shifts.isEmpty ? 0 : shifts[index])
      guard bound.isFinite else { return .infinity }
      largest = max(largest, bound)
    }
    return largest
  }

  private func clipped(_ piece: PanelPieces.Piece) -> (low: Double, high: Double) {
    (max(piece.lower, bottom), min(piece.upper, top))
  }

  /// For every piece the jumps of slope that it has to mend.
  private func kinks(_ pieces: PanelPieces) -> [Double] {
    let pieces = pieces.pieces
    var kinks = [Double](repeating: 0, count: pieces.count)
    for i in pieces.indices.dropFirst() where bottom < pieces[i].lower && pieces[i].lower < top {
      let (before, after) = (clipped(pieces[i - 1]), clipped(pieces[i]))
      kinks[before.high - before.low >= after.high - after.low ? i - 1 : i] += Self.gap(pieces[i - 1], pieces[i])[1]
    }
    let last = pieces.count - 1
    // V' = 0 at a reflecting end; at a pole the first series is made so
    if isReflecting(pieces[0].lower), bottom < pieces[0].lower, !isAtPole(pieces[0].lower) {
      let end = pieces[0].end(isUpper: false)
      kinks[0] += abs(end.slope) + end.errors[1]
    }
    if isReflecting(pieces[last].upper), top > pieces[last].upper {
      let end = pieces[last].end(isUpper: true)
      kinks[last] += abs(end.slope) + end.errors[1]
    }
    return kinks
  }

  /// Degree of w times the residual.
  private var degree: Int { ContinuationPanel.valueCount - 1 + (structure?.degree ?? 2) }

  /// On a part of a piece; `kink` is the jump to mend over the length on which it is.
  private func bound(
    _ piece: PanelPieces.Piece, _ low: Double, _ high: Double, kink: Double, shift: Double
  ) -> Double {
    if let middle = splitting(low, high) {
      return max(
        bound(piece, low, middle, kink: kink, shift: shift), bound(piece, middle, high, kink: kink, shift: shift))
    }
    let count = structure == nil ? 25 : degree + 12
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: 6 * count) { buffer in
      let (x, values) = (buffer.baseAddress!, buffer.baseAddress! + count)
      for j in 0..<count {
        x[j] = 0.5 * (low + high) - 0.5 * (high - low) * cos(.pi * (Double(j) + 0.5) / Double(count))
      }
      equation.fill(x, count: count, into: values)
      let source = isUnit ? 4 : 3
      guard let structure else {
        var residual = 0.0
        for j in 0..<count {
          let jet = piece.jet(at: piece.local(x[j]))
          let sum = values[j] * jet[2] + values[count + j] * jet[1] - values[2 * count + j] * jet[0]
          residual = max(residual, abs(sum + values[source * count + j]) / values[4 * count + j])
        }
        return 1.5 * residual
      }
      let pole = isAtPole(low) ? structure.pole : 0
      var (residual, sizes, terms) = (0.0, SIMD4<Double>(), SIMD3<Double>())
      for j in 0..<count {
        let weight = pole > 0 ? 1 : structure.weight(x[j])
        let drift = pole > 0 ? values[count + j] - pole / x[j] : values[count + j]
        let w = weight * SIMD4(values[j], drift, values[2 * count + j], values[source * count + j])
        let jet = piece.jet(at: piece.local(x[j]))
        let turned = pole > 0 ? pole * mean(piece, upTo: x[j]) : 0
        residual = max(residual, abs(w[0] * jet[2] + turned + w[1] * jet[1] - w[2] * jet[0] + w[3]))
        sizes = Self.larger(sizes, w)
        terms = SIMD3(max(terms[0], abs(jet[0])), max(terms[1], abs(jet[1])), max(terms[2], abs(jet[2])))
      }
      // the values' own rounding, and that of the stored series as integrals of one another; what is left of a drift with its
      // pole taken off is wrong by a few roundings of the pole, times V' <= x sup |V''|
      let errors = piece.evaluationErrors
      let products = (sizes[0] + pole) * terms[2] + sizes[1] * terms[1] + sizes[2] * terms[0] + sizes[3]
      residual +=
        (sizes[0] + pole) * errors[2] + sizes[1] * errors[1] + sizes[2] * errors[0] + 16 * Self.rounding * products
      var bound = 1.01 * residual / cos(.pi * Double(degree) / Double(2 * count))
      bound += mending(sizes, pole, kink, length: piece.upper - piece.lower, shift: shift)
      let unit = min(equation.unit(low), equation.unit(high))
      return pole > 0 ? bound / unit : divided(bound, by: structure, low, high) / unit
    }
  }

  /// Where a panel is split on which weight or unit cost vary so much that the quotient by their least is crude.
  private func splitting(_ low: Double, _ high: Double) -> Double? {
    guard let structure, !isAtPole(low) else { return nil }
    let (unit, weight) = (
      equation.unit(high) / equation.unit(low),
      structure.weightPower > 0 ? structure.weight(high) / structure.weight(low) : 1
    )
    guard max(unit, weight) > 4, high.isFinite else { return nil }
    return low > 0 ? (low * high).squareRoot() : 0.125 * high
  }

  /// `V'(x) / x` on a panel that starts at 0 with V' = 0: the mean of V'' over (0, x).
  private func mean(_ piece: PanelPieces.Piece, upTo x: Double) -> Double {
    let rule = Self.meanRule
    var sum = 0.0
    for i in rule.nodes.indices {
      sum += 0.5 * rule.weights[i] * piece.bend(at: piece.local(0.5 * x * (1 + rule.nodes[i])))
    }
    return sum
  }

  private static func larger(_ a: SIMD4<Double>, _ b: SIMD4<Double>) -> SIMD4<Double> {
    SIMD4(max(a[0], abs(b[0])), max(a[1], abs(b[1])), max(a[2], abs(b[2])), max(a[3], abs(b[3])))
  }

  /// What mending adds: a Hermite cubic that takes the jump of slope at one end of a piece to nothing at the other, and a
  /// shift. The sampled sizes of the coefficients are those of polynomials of low degree: 2 covers their maxima between the
  /// samples.
  private func mending(
    _ sizes: SIMD4<Double>, _ pole: Double, _ kink: Double, length: Double, shift: Double
  ) -> Double {
    let rise = kink * length
    return 2 * ((sizes[0] + pole) * 4 * kink + sizes[1] * rise + sizes[2] * (shift + 0.15 * rise * length))
  }

  private func isReflecting(_ x: Double) -> Bool {
    let inequality = equation.inequality
    return (x == inequality.lower && inequality.lowerEnd == .reflecting)
      || (x == inequality.upper && inequality.upperEnd == .reflecting)
  }

  /// Whether a panel starts at a reflecting origin where the drift has its pole.
  private func isAtPole(_ low: Double) -> Bool {
    low == 0 && isReflecting(0) && structure?.weightPower == 1
  }

  /// From `sup |w rho|` to `sup |rho|`.
  private func divided(_ bound: Double, by structure: PolynomialStructure, _ low: Double, _ high: Double) -> Double {
    guard structure.weightPower > 0 else { return bound }
    let least = min(structure.weight(low), structure.weight(high))
    return least > 0 ? bound / least : .infinity
  }
}

extension PanelPieces.Piece {
  /// V'' at t in [-1, 1].
  func bend(at t: Double) -> Double {
    series.withUnsafeBufferPointer { buffer in
      let start = buffer.baseAddress! + ContinuationPanel.valueCount + ContinuationPanel.slopeCount
      return SpectralIntegration.evaluate(start, count: ContinuationPanel.nodes, at: t)
    }
  }

  /// Value and slope at an end, where the polynomials are 1 and -1, with the rounding of the sums and of value and slope as
  /// integrals.
  func end(isUpper: Bool) -> (value: Double, slope: Double, errors: SIMD2<Double>) {
    var (sums, sizes) = (SIMD3<Double>(), SIMD3<Double>())
    var place = 0
    series.withUnsafeBufferPointer { buffer in
      for (component, count) in [
        ContinuationPanel.valueCount, ContinuationPanel.slopeCount, ContinuationPanel.nodes,
      ].enumerated() {
        for k in 0..<count {
          let term = buffer[place + k]
          sums[component] += isUpper || k % 2 == 0 ? term : -term
          sizes[component] += abs(term)
        }
        place += count
      }
    }
    let (u, half) = (1.1 * 0x1p-53, 0.5 * (upper - lower))
    let terms = Double(ContinuationPanel.valueCount)
    let slopeError = u * (terms * sizes[1] + 8 * half * sizes[2])
    return (sums[0], sums[1], SIMD2(u * (terms * sizes[0] + 8 * half * (sizes[1] + half * sizes[2])), slopeError))
  }

  /// Errors of the three series: of their evaluation by Clenshaw's recurrence, and of each as the integral of the next.
  ///
  /// A rounding in step j of the recurrence counts as one of the coefficient c_j, hence times T_j. With partial sums at most
  /// `sum (k - j + 1) |c_k|` that makes `u sum (5/2 k^2 + 7/2 k + 2) |c_k|`, and the rounding of t adds `3 u k^2 |c_k|`.
  var evaluationErrors: SIMD3<Double> {
    let u = 1.1 * 0x1p-53
    var errors = SIMD3<Double>()
    var sums = SIMD3<Double>()
    var place = 0
    series.withUnsafeBufferPointer { buffer in
      for (component, count) in [
        ContinuationPanel.valueCount, ContinuationPanel.slopeCount, ContinuationPanel.nodes,
      ].enumerated() {
        for k in 0..<count {
          let degree = Double(k)
          let size = abs(buffer[place + k])
          errors[component] += (6 * degree * degree + 4 * degree + 3) * size
          sums[component] += size
        }
        place += count
      }
    }
    let half = 0.5 * (upper - lower)
    errors[1] += 8 * half * sums[2]
    errors[0] += 8 * half * (sums[1] + half * sums[2])
    return u * errors
  }
}
