internal import CGSL

/// Special functions that closed forms need.
public enum SpecialFunctions {
  /// The scaled complementary error function `e^(x^2) erfc(x)`, x >= 0, to about 1e-14 relative.
  ///
  /// By GSL's hazard function h: `erfcx(x) = sqrt(2/pi) / h(sqrt(2) x)`.
  public static func erfcx(_ x: Double) -> Double {
    precondition(x >= 0, "erfcx(\(x)): x must be >= 0")
    return (2 / Double.pi).squareRoot() / GSL.value { gsl_sf_hazard(x * 2.0.squareRoot()) }
  }

  /// Riemann's zeta function on the real axis, x != 1.
  public static func zeta(_ x: Double) -> Double {
    precondition(x != 1 && x.isFinite, "zeta(\(x)): x must not be 1")
    return GSL.value { gsl_sf_zeta(x) }
  }
}
