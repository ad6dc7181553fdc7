import DepthNumerics
import Foundation

/// A bound of the residual `a V'' + f V' - r V + s` of a computed function over its interval, s the cost or 1.
///
/// Where w a, w f, w r and w s are polynomials (`PolynomialStructure`), so is w times the residual on every panel, of known
/// degree d, and its values at M Chebyshev points bound it everywhere: `sup |p| <= max_j |p(x_j)| / cos(pi d / (2 M))` (Ehlich
/// and Zeller). Rounding of the values is added, and what it takes to mend the jumps between panels by cubic Hermite
/// polynomials, so that the bound is that of a function with continuous slope, and proven. Otherwise the sampled
/// maximum with a margin of one half, an estimate.
struct ResidualBound {
  let equation: StationaryOperator
  let structure: PolynomialStructure?
  /// Whether the source is 1 rather than the cost.
  let isUnit: Bool
  /// Free ends; infinite where the interval reaches the domain's.
  let bottom: Double
  let top: Double

  /// Half a unit in the last place of 1.
  private static let rounding = 0x1p-53

  /// The largest bound over all panels.
  func largest(_ pieces: PanelPieces) -> Double {
    var largest = 0.0
    for (index, piece) in pieces.pieces.enumerated() {
      let (low, high) = (max(piece.lower, bottom), min(piece.upper, top))
      guard low < high else { continue }
      let before = index > 0 ? pieces.pieces[index - 1] : nil
      let bound = bound(piece, low, high, after: before)
      guard bound.isFinite else { return .infinity }
      largest = max(largest, bound)
    }
    return largest
  }

  /// Degree of w times the residual.
  private var degree: Int { ContinuationPanel.valueCount - 1 + (structure?.degree ?? 2) }

  private func bound(
    _ piece: PanelPieces.Piece, _ low: Double, _ high: Double, after before: PanelPieces.Piece?
  ) -> Double {
    let count = structure == nil ? 25 : degree + 8
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: 5 * count) { buffer in
      let (x, values) = (buffer.baseAddress!, buffer.baseAddress! + count)
      for j in 0..<count {
        x[j] = 0.5 * (low + high) - 0.5 * (high - low) * cos(.pi * (Double(j) + 0.5) / Double(count))
      }
      equation.fill(x, count: count, into: values)
      var (residual, sizes, terms) = (0.0, SIMD4<Double>(), SIMD3<Double>())
      for j in 0..<count {
        let weight = structure?.weight(x[j]) ?? 1
        let w = weight * SIMD4(values[j], values[count + j], values[2 * count + j], isUnit ? 1 : values[3 * count + j])
        let jet = piece.jet(at: piece.local(x[j]))
        residual = max(residual, abs(w[0] * jet[2] + w[1] * jet[1] - w[2] * jet[0] + w[3]))
        sizes = Self.larger(sizes, w)
        terms = SIMD3(max(terms[0], abs(jet[0])), max(terms[1], abs(jet[1])), max(terms[2], abs(jet[2])))
      }
      guard let structure else { return 1.5 * residual }
      // the values' own rounding, and that of the stored series as integrals of one another
      let errors = piece.evaluationErrors
      let products = sizes[0] * terms[2] + sizes[1] * terms[1] + sizes[2] * terms[0] + sizes[3]
      residual += sizes[0] * errors[2] + sizes[1] * errors[1] + sizes[2] * errors[0] + 16 * Self.rounding * products
      var bound = 1.01 * residual / cos(.pi * Double(degree) / Double(2 * count))
      bound += mending(piece, sizes, after: before)
      return divided(bound, by: structure, low, high)
    }
  }

  private static func larger(_ a: SIMD4<Double>, _ b: SIMD4<Double>) -> SIMD4<Double> {
    SIMD4(max(a[0], abs(b[0])), max(a[1], abs(b[1])), max(a[2], abs(b[2])), max(a[3], abs(b[3])))
  }

  /// What the Hermite cubic adds that takes the jump at the lower end of a piece to nothing at its upper. The sampled sizes
  /// of the coefficients are those of polynomials of low degree: 2 covers their maxima between the samples.
  private func mending(
    _ piece: PanelPieces.Piece, _ sizes: SIMD4<Double>, after before: PanelPieces.Piece?
  ) -> Double {
    let length = piece.upper - piece.lower
    var (jump, kink) = (0.0, 0.0)
    if let before {
      let gap = before.jet(at: 1) - piece.jet(at: -1)
      let (a, b) = (before.evaluationErrors, piece.evaluationErrors)
      (jump, kink) = (abs(gap[0]) + a[0] + b[0], abs(gap[1]) + a[1] + b[1])
    } else if isReflecting(piece.lower), bottom < piece.lower {
      kink = abs(piece.jet(at: -1)[1]) + piece.evaluationErrors[1]
    }
    if isReflecting(piece.upper), top > piece.upper { kink += abs(piece.jet(at: 1)[1]) + piece.evaluationErrors[1] }
    let second = 6 * jump / (length * length) + 4 * kink / length
    return 2 * (sizes[0] * second + sizes[1] * (1.5 * jump / length + kink) + sizes[2] * (jump + 0.15 * kink * length))
  }

  private func isReflecting(_ x: Double) -> Bool {
    let inequality = equation.inequality
    return (x == inequality.lower && inequality.lowerEnd == .reflecting)
      || (x == inequality.upper && inequality.upperEnd == .reflecting)
  }

  /// From `sup |w rho|` to `sup |rho|`. At x = 0 with w(0) = 0 the product vanishes (V' = 0 there), and Markov's inequality
  /// bounds the quotient by its derivative.
  private func divided(_ bound: Double, by structure: PolynomialStructure, _ low: Double, _ high: Double) -> Double {
    guard structure.weightPower > 0 else { return bound }
    let least = min(structure.weight(low), structure.weight(high))
    if least > 0 { return bound / least }
    guard low == 0, structure.weightPower == 1 else { return .infinity }
    return bound * 2 * Double(degree * degree) / high
  }
}

extension PanelPieces.Piece {
  /// Rounding errors of the three series by Clenshaw's recurrence: `8 u sum (k + 3)^3 |c_k|` each.
  ///
  /// A rounding in step k reaches the sum times U_k <= k + 1, and the partial sums are at most `sum (j - k + 1) |c_j|`.
  var evaluationErrors: SIMD3<Double> {
    var errors = SIMD3<Double>()
    var place = 0
    for (component, count) in [
      ContinuationPanel.valueCount, ContinuationPanel.slopeCount, ContinuationPanel.nodes,
    ].enumerated() {
      for k in 0..<count {
        let weight = Double(k + 3)
        errors[component] += weight * weight * weight * abs(series[place + k])
      }
      place += count
    }
    return 8 * 0x1p-53 * errors
  }
}
