import Foundation

/// The standard normal law, one argument at a time; `VectorMath.normalCDF` does whole buffers.
public enum NormalLaw {
  /// `Phi(x)`, by libm's erfc: full relative precision in the lower tail.
  public static func cdf(_ x: Double) -> Double { 0.5 * erfc(-x * 0.5.squareRoot()) }

  /// `phi(x) = e^(-x^2/2) / sqrt(2 pi)`.
  public static func density(_ x: Double) -> Double { exp(-0.5 * x * x) * 0.3989422804014326779 }
}
