internal import CVectorMath

/// Elementwise functions over buffers, vectorised; input and output may be the same buffer. At most 3 ulp unless
/// said.
public enum VectorMath {
  public static func tanh(_ x: UnsafePointer<Double>, into y: UnsafeMutablePointer<Double>, count: Int) {
    depth_vector_tanh(x, y, count)
  }

  /// Arguments are clamped to [-708, 709].
  public static func exp(_ x: UnsafePointer<Double>, into y: UnsafeMutablePointer<Double>, count: Int) {
    depth_vector_exp(x, y, count)
  }

  /// The standard normal distribution function `Phi(x)`: at most 6 ulp where it is above 1e-300, tails included.
  ///
  /// For a = |x|: `Phi(-a) = e^(-a^2/2) p((a - 5)/(a + 5)) / (1 + a)`, p of degree 23.
  public static func normalCDF(_ x: UnsafePointer<Double>, into y: UnsafeMutablePointer<Double>, count: Int) {
    depth_vector_normal_cdf(x, y, count)
  }
}
