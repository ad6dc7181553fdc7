/// What the author of a stationary scalar problem vouches for, so that its error bounds can be proven and not only estimated.
///
/// With `w = x^weightPower` on a domain where w > 0, the functions w a (a = sigma^2/2), w f, w r and w c are polynomials of at
/// most the stated degree, and the closures evaluate them to a few units in the last place of their largest term. Between
/// two neighbouring kinks of g (or ends of the domain) `L g - r g + c` changes sign at most once, and at a place between
/// 1e-15 and 1e15 of the domain's scale. With weight x, f is `pole / x` and a function that is smooth at 0.
public struct PolynomialStructure: Equatable, Sendable {
  public let weightPower: Int
  public let degree: Int
  /// `lim x f(x)` at 0.
  public let pole: Double
  /// A lower bound on the continuation region of V as the always minimised inequality has it.
  public let leastValue: Double
  /// Degree of g between its kinks where it is a polynomial, nil otherwise: with it, bounds over a horizon are proven.
  public let lossDegree: Int?

  public init(weightPower: Int = 0, degree: Int, pole: Double = 0, leastValue: Double, lossDegree: Int? = nil) {
    self.lossDegree = lossDegree
    precondition(weightPower >= 0 && degree >= 0, "weight x^\(weightPower), degree \(degree)")
    self.weightPower = weightPower
    self.degree = degree
    self.pole = pole
    self.leastValue = leastValue
  }

  func weight(_ x: Double) -> Double {
    var product = 1.0
    for _ in 0..<weightPower { product *= x }
    return product
  }
}
