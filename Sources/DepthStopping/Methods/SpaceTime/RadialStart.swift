import DepthNumerics
import Foundation

/// The start beside the origin of a radial problem, whose drift is `(d - 1) sigma^2 / (2 x)` with constant noise there: the loss has
/// the cone's slope, and one goes on.
///
/// `E|x + sigma W_theta| = sigma sqrt(theta) M_d(x / (sigma sqrt(theta)))` in R^d,
/// `M_d(z) = sqrt(2/pi) int_0^(pi/2) (1 - cos^d(u) e^(-z^2 sin^2(u)/2)) / sin^2(u) du`.
struct RadialStart: Sendable {
  let dimension: Double
  let noise: Double

  /// nil where the drift at the end is bounded or not of this form.
  init?(_ inequality: VariationalInequality) {
    guard inequality.lower == 0, inequality.lowerEnd == .reflecting, let sigma = inequality.diffusion.constantValue
    else { return nil }
    let products = [1e-8, 1e-5, 1e-3, 0.1, 1].map { $0 * inequality.drift(0, $0) }
    guard products[0] > 1e-3 * sigma * sigma, products.allSatisfy({ abs($0 - products[0]) <= 1e-12 * products[0] })
    else { return nil }
    dimension = 1 + 2 * products[0] / (sigma * sigma)
    noise = sigma
  }

  /// `M_d(z) - z`.
  func excess(_ z: Double) -> Double {
    let d = dimension
    if z > 40 {
      let u = 1 / (z * z)
      return (d - 1) / (2 * z) * (1 - (d - 3) * u / 4 * (1 - (d - 5) * u / 2 * (1 - 5 * (d - 7) * u / 8)))
    }
    let integral = Quadrature.gaussLegendre(from: 0, to: .pi / 2, panels: 24) { u in
      let sine = sin(u)
      let exponent = d * log1p(-sine * sine) / 2 - 0.5 * z * z * sine * sine
      return sine == 0 ? 0.5 * (d + z * z) : -expm1(exponent) / (sine * sine)
    }
    return (2 / Double.pi).squareRoot() * integral - z
  }
}
