internal import CGSL

/// The chi-squared law.
public enum ChiSquare {
  /// `P(X >= x)` with the given degrees of freedom; 1 for none. GSL's Q.
  public static func tail(_ x: Double, degrees: Int) -> Double {
    precondition(degrees >= 0 && x >= 0, "chi-squared \(x) with \(degrees) degrees")
    guard degrees > 0 else { return 1 }
    return GSL.value { gsl_cdf_chisq_Q(x, Double(degrees)) }
  }
}
