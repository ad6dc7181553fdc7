internal import CVectorMath

/// Elementwise functions over buffers, vectorised; input and output may be the same buffer. At most 3 ulp.
public enum VectorMath {
  public static func tanh(_ x: UnsafePointer<Double>, into y: UnsafeMutablePointer<Double>, count: Int) {
    depth_vector_tanh(x, y, count)
  }

  /// Arguments are clamped to [-708, 709].
  public static func exp(_ x: UnsafePointer<Double>, into y: UnsafeMutablePointer<Double>, count: Int) {
    depth_vector_exp(x, y, count)
  }
}
