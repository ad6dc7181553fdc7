import DepthNumerics
import Foundation

/// An integral over the state that a Gaussian step reaches, and its first two derivatives in the state it starts from.
struct GaussianJet {
  var value = 0.0
  var slope = 0.0
  var bend = 0.0

  @inline(__always)
  static func += (a: inout GaussianJet, b: GaussianJet) {
    a.value += b.value
    a.slope += b.slope
    a.bend += b.bend
  }

  @inline(__always)
  static func * (factor: Double, a: GaussianJet) -> GaussianJet {
    GaussianJet(value: factor * a.value, slope: factor * a.slope, bend: factor * a.bend)
  }
}

/// A Gaussian step as seen from one state x: mean m(x), `decay = dm/dx`, standard deviation v.
struct GaussianStep {
  let mean: Double
  let decay: Double
  let deviation: Double

  /// `int_lower^upper s(y) p(y) dy` of a polynomial piece, with derivatives in x.
  ///
  /// With `s(m + v z) = sum a_k z^k` and `M_k = int z^k phi`: `sum a_k M_k`, `sum a_k M_(k+1) / v` and `sum a_k (M_(k+2) - M_k) / v^2`,
  /// since `d phi((y - m)/v)/dm = z phi / v`; the last two times `decay` and its square.
  @inline(__always)
  func integral(_ piece: PolynomialPiece, from lower: Double, to upper: Double) -> GaussianJet {
    let inverse = 1 / deviation
    let a = piece.jet(mean, deviation)
    let moments = Self.moments(from: (lower - mean) * inverse, to: (upper - mean) * inverse, piece.degree + 2)
    var jet = GaussianJet()
    for k in 0...piece.degree {
      jet.value += a[k] * moments[k]
      jet.slope += a[k] * moments[k + 1]
      jet.bend += a[k] * (moments[k + 2] - moments[k])
    }
    let scale = decay * inverse
    jet.slope *= scale
    jet.bend *= scale * scale
    return jet
  }

  /// The density at y, with derivatives in x.
  @inline(__always)
  func density(_ y: Double) -> GaussianJet {
    let inverse = 1 / deviation
    let z = (y - mean) * inverse
    let p = NormalLaw.density(z) * inverse
    let scale = decay * inverse
    return GaussianJet(value: p, slope: p * z * scale, bend: p * (z * z - 1) * scale * scale)
  }

  /// `M_k = int_a^b z^k phi(z) dz`, k = 0...most, most from 2 to 7: `M_k = (k - 1) M_(k-2) + a^(k-1) phi(a) - b^(k-1) phi(b)`.
  @inline(__always)
  private static func moments(from a: Double, to b: Double, _ most: Int) -> SIMD8<Double> {
    var moments = SIMD8<Double>()
    // tails are subtracted on the side where they are small
    moments[0] = a > 0 ? NormalLaw.cdf(-a) - NormalLaw.cdf(-b) : NormalLaw.cdf(b) - NormalLaw.cdf(a)
    // beyond 40 deviations nothing is left, and powers of infinity must not meet it
    let (x, y) = (max(-40, min(40, a)), max(-40, min(40, b)))
    var (low, high) = (NormalLaw.density(x), NormalLaw.density(y))
    moments[1] = low - high
    for k in 2...most {
      low *= x
      high *= y
      moments[k] = Double(k - 1) * moments[k - 2] + low - high
    }
    return moments
  }
}
