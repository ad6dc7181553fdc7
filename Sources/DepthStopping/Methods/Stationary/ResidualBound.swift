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

  /// What the values of neighbouring pieces differ by, added up, with what rounding may hide.
  func jumps(_ pieces: PanelPieces) -> Double {
    var sum = 0.0
    for i in pieces.pieces.indices.dropFirst() where bottom < pieces.pieces[i].lower && pieces.pieces[i].lower < top {
      let (a, b) = (pieces.pieces[i - 1], pieces.pieces[i])
      sum += abs(a.jet(at: 1)[0] - b.jet(at: -1)[0]) + a.evaluationErrors[0] + b.evaluationErrors[0]
    }
    return sum
  }

  /// The largest bound over all panels.
  ///
  /// - Parameter shift: by how much pieces may be shifted; nil for `jumps`.
  func largest(_ pieces: PanelPieces, shift: Double? = nil) -> Double {
    let shift = shift ?? (structure == nil ? 0 : jumps(pieces))
    let kinks = structure == nil ? [] : self.kinks(pieces)
    var largest = 0.0
    for (index, piece) in pieces.pieces.enumerated() {
      let (low, high) = clipped(piece)
      guard low < high else { continue }
      let bound = bound(piece, low, high, kink: kinks.isEmpty ? 0 : kinks[index], shift: shift)
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
      let jump =
        abs(pieces[i - 1].jet(at: 1)[1] - pieces[i].jet(at: -1)[1]) + pieces[i - 1].evaluationErrors[1]
        + pieces[i].evaluationErrors[1]
      kinks[before.high - before.low >= after.high - after.low ? i - 1 : i] += jump
    }
    let last = pieces.count - 1
    // V' = 0 at a reflecting end; at a pole the first series is made so
    if isReflecting(pieces[0].lower), bottom < pieces[0].lower, !isAtPole(pieces[0].lower) {
      kinks[0] += abs(pieces[0].jet(at: -1)[1]) + pieces[0].evaluationErrors[1]
    }
    if isReflecting(pieces[last].upper), top > pieces[last].upper {
      kinks[last] += abs(pieces[last].jet(at: 1)[1]) + pieces[last].evaluationErrors[1]
    }
    return kinks
  }

  /// Degree of w times the residual.
  private var degree: Int { ContinuationPanel.valueCount - 1 + (structure?.degree ?? 2) }

  private func bound(
    _ piece: PanelPieces.Piece, _ low: Double, _ high: Double, kink: Double, shift: Double
  ) -> Double {
    let count = structure == nil ? 25 : degree + 8
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
      bound += mending(sizes, pole, kink, length: high - low, shift: shift)
      let unit = min(equation.unit(low), equation.unit(high))
      return pole > 0 ? bound / unit : divided(bound, by: structure, low, high) / unit
    }
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
    2 * ((sizes[0] + pole) * 4 * kink / length + sizes[1] * kink + sizes[2] * (shift + 0.15 * kink * length))
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

  /// Rounding errors of the three series by Clenshaw's recurrence: `8 u sum (k + 3)^3 |c_k|` each.
  ///
  /// A rounding in step k reaches the sum times U_k <= k + 1, and the partial sums are at most `sum (j - k + 1) |c_j|`.
  var evaluationErrors: SIMD3<Double> {
    var errors = SIMD3<Double>()
    var place = 0
    series.withUnsafeBufferPointer { buffer in
      for (component, count) in [
        ContinuationPanel.valueCount, ContinuationPanel.slopeCount, ContinuationPanel.nodes,
      ].enumerated() {
        for k in 0..<count {
          let weight = Double(k + 3)
          errors[component] += weight * weight * weight * abs(buffer[place + k])
        }
        place += count
      }
    }
    return 8 * 0x1p-53 * errors
  }
}
