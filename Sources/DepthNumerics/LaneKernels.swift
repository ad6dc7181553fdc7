internal import CVectorMath

/// Small dense kernels on caller's buffers, vectorised for the processor at hand: where BLAS's calls would cost more than
/// its work. "Lanes" are eight samples side by side, entry i of sample l at `8 i + l`; matrices are row-major.
///
/// Fused multiply-add makes results differ in the last place from one instruction set to another.
public enum LaneKernels {
  /// `y = b + W x` for eight samples: W rows x columns, x columns x 8, y rows x 8.
  public static func affine(
    rows: Int, columns: Int, _ w: UnsafePointer<Double>, bias: UnsafePointer<Double>?, _ x: UnsafePointer<Double>,
    into y: UnsafeMutablePointer<Double>
  ) {
    depth_lanes_affine(rows, columns, w, bias, x, y)
  }

  /// `y = W^T x` for eight samples: W rows x columns, x rows x 8, y columns x 8.
  public static func transposed(
    rows: Int, columns: Int, _ w: UnsafePointer<Double>, _ x: UnsafePointer<Double>,
    into y: UnsafeMutablePointer<Double>
  ) {
    depth_lanes_transposed(rows, columns, w, x, y)
  }

  /// `G += sum over samples of a b^T`: a rows x 8, b columns x 8; `scratch` holds 8 columns.
  public static func addOuter(
    rows: Int, columns: Int, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>,
    scratch: UnsafeMutablePointer<Double>, to g: UnsafeMutablePointer<Double>
  ) {
    depth_lanes_outer(rows, columns, a, b, scratch, g)
  }

  /// `g_i += sum over samples of a_i`.
  public static func addSum(rows: Int, _ a: UnsafePointer<Double>, to g: UnsafeMutablePointer<Double>) {
    depth_lanes_sum(rows, a, g)
  }

  /// `y = b + V^T x` for one sample, V columns x rows.
  public static func affine(
    rows: Int, columns: Int, transposed v: UnsafePointer<Double>, bias: UnsafePointer<Double>?,
    vector x: UnsafePointer<Double>, into y: UnsafeMutablePointer<Double>
  ) {
    depth_affine(rows, columns, v, bias, x, y)
  }

  /// `G += a b^T` for one sample: a rows, b columns.
  public static func addOuter(
    rows: Int, columns: Int, vector a: UnsafePointer<Double>, _ b: UnsafePointer<Double>,
    to g: UnsafeMutablePointer<Double>
  ) {
    depth_outer(rows, columns, a, b, g)
  }

  /// `y += scale x`.
  public static func add(
    count: Int, scale: Double, _ x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>
  ) {
    depth_add(count, scale, x, y)
  }

  /// The widest hidden layer that `core` takes: its values lie on the stack.
  public static let widestCore = 4096

  /// `f = b2 + W2 tanh(b1 + W1 x + t a)` of one sample, from the transposes of W1 (d x m) and W2 (m x d).
  ///
  /// - Precondition: `width` is at most `widestCore`.
  public static func core(
    dimension d: Int, width m: Int, transposed w1: UnsafePointer<Double>, _ b1: UnsafePointer<Double>,
    _ a: UnsafePointer<Double>?, depth: Double, transposed w2: UnsafePointer<Double>, _ b2: UnsafePointer<Double>,
    _ x: UnsafePointer<Double>, into f: UnsafeMutablePointer<Double>
  ) {
    depth_core_one(d, m, w1, b1, a, depth, w2, b2, x, f)
  }

  /// The same of eight samples, from W1 (m x d) and W2 (d x m) themselves.
  public static func coreLanes(
    dimension d: Int, width m: Int, _ w1: UnsafePointer<Double>, _ b1: UnsafePointer<Double>,
    _ a: UnsafePointer<Double>?, depths: UnsafePointer<Double>, _ w2: UnsafePointer<Double>,
    _ b2: UnsafePointer<Double>, _ x: UnsafePointer<Double>, into f: UnsafeMutablePointer<Double>
  ) {
    depth_core_lanes(d, m, w1, b1, a, depths, w2, b2, x, f)
  }

  /// `s_i *= 1 - t_i^2`: the derivative of tanh from its value t.
  public static func scaleByTanhSlope(
    _ t: UnsafePointer<Double>, count: Int, _ s: UnsafeMutablePointer<Double>
  ) {
    depth_tanh_slope(count, t, s)
  }

  /// `out = y + h sum_j c_j k[index_j]`, one step length.
  public static func combine(
    count: Int, _ y: UnsafePointer<Double>, step h: Double, terms: LinearCombination, _ k: UnsafePointer<Double>,
    stride: Int, into out: UnsafeMutablePointer<Double>
  ) {
    depth_combine(count, y, h, terms.count, terms.indices, terms.coefficients, k, stride, out)
  }

  /// The same for eight samples, a step length each.
  public static func combineLanes(
    count: Int, _ y: UnsafePointer<Double>, steps h: UnsafePointer<Double>, terms: LinearCombination,
    _ k: UnsafePointer<Double>, stride: Int, into out: UnsafeMutablePointer<Double>
  ) {
    depth_lanes_combine(count, y, h, terms.count, terms.indices, terms.coefficients, k, stride, out)
  }

  /// `sum_i (e_i / w_i)^2`, `e = sum_j c_j k[index_j]`, `w_i = absolute_i + relative max(|y_i|, |z_i|)`.
  public static func errorSquare(
    count: Int, _ y: UnsafePointer<Double>, _ z: UnsafePointer<Double>, relative: Double,
    absolute: UnsafePointer<Double>, terms: LinearCombination, _ k: UnsafePointer<Double>, stride: Int
  ) -> Double {
    depth_error_square(
      count, y, z, relative, absolute, terms.count, terms.indices, terms.coefficients, k, stride)
  }

  /// The same for each of eight samples.
  public static func errorSquareLanes(
    components: Int, _ y: UnsafePointer<Double>, _ z: UnsafePointer<Double>, relative: Double,
    absolute: UnsafePointer<Double>, terms: LinearCombination, _ k: UnsafePointer<Double>, stride: Int,
    into sums: UnsafeMutablePointer<Double>
  ) {
    depth_lanes_error_square(
      components, y, z, relative, absolute, terms.count, terms.indices, terms.coefficients, k, stride, sums)
  }

  /// `target = source` in the lanes whose mask is not 0.
  public static func select(
    components: Int, mask: UnsafePointer<Int64>, _ source: UnsafePointer<Double>,
    into target: UnsafeMutablePointer<Double>
  ) {
    depth_lanes_select(components, mask, source, target)
  }
}

/// The terms of `sum_j c_j k[index_j]`; at least one, and those with coefficient 0 left out.
///
/// Plain pointers, so that a hot loop moves no reference counts: who allocates one deallocates it.
public struct LinearCombination {
  public let count: Int
  let indices: UnsafeMutablePointer<Int32>
  let coefficients: UnsafeMutablePointer<Double>

  public init(allocating dense: [Double]) {
    var terms = dense.indices.filter { dense[$0] != 0 }
    if terms.isEmpty { terms = [0] }
    count = terms.count
    indices = .allocate(capacity: count)
    coefficients = .allocate(capacity: count)
    for (position, index) in terms.enumerated() {
      indices[position] = Int32(index)
      coefficients[position] = dense.isEmpty ? 0 : dense[index]
    }
  }

  public func deallocate() {
    indices.deallocate()
    coefficients.deallocate()
  }
}
