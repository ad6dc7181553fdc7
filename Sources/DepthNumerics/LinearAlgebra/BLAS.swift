internal import COpenBLAS

/// Dense products on caller's buffers, row-major; OpenBLAS underneath.
///
/// OpenBLAS runs with one thread: parallel work is split over samples above it, in fixed chunks, so results do not
/// depend on the number of threads.
public enum BLAS {
  private static let singleThreaded: Void = openblas_set_num_threads(1)

  /// Whether OpenBLAS multiplies single-precision matrices of up to 10^6 multiplications without packing them, as its kernels
  /// for AVX-512 do: products somewhat larger are then faster in strips.
  static let skipsPackingOfSmallProducts = ["SkylakeX", "Cooperlake", "SapphireRapids"].contains {
    version.contains($0)
  }

  /// Sets OpenBLAS to one thread, once, LAPACK's products included.
  static func prepare() { _ = singleThreaded }

  public enum Layout: Sendable { case normal, transposed }

  /// `C = alpha op(A) op(B) + beta C` with op(A) m x k, op(B) k x n, C m x n, all row-major and contiguous.
  @inline(__always)
  public static func multiply(
    rows m: Int, columns n: Int, inner k: Int, alpha: Double = 1,
    _ a: UnsafePointer<Double>, _ layoutA: Layout = .normal,
    _ b: UnsafePointer<Double>, _ layoutB: Layout = .normal,
    beta: Double = 0, into c: UnsafeMutablePointer<Double>
  ) {
    gemm(m, n, k, alpha, a, layoutA == .transposed, b, layoutB == .transposed, beta, c)
  }

  /// `y = alpha op(A) x + beta y`, A rows x columns as stored.
  public static func multiply(
    rows: Int, columns: Int, alpha: Double = 1, _ a: UnsafePointer<Double>, _ layout: Layout = .normal,
    vector x: UnsafePointer<Double>, beta: Double = 0, into y: UnsafeMutablePointer<Double>
  ) {
    _ = singleThreaded
    cblas_dgemv(
      CblasRowMajor, layout == .normal ? CblasNoTrans : CblasTrans, blasint(rows), blasint(columns), alpha, a,
      blasint(columns), x, 1, beta, y, 1)
  }

  /// `sum x_i y_i`.
  public static func dot(_ count: Int, _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>) -> Double {
    cblas_ddot(blasint(count), x, 1, y, 1)
  }

  /// `y += alpha x`.
  public static func add(
    _ count: Int, alpha: Double = 1, _ x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>
  ) {
    cblas_daxpy(blasint(count), alpha, x, 1, y, 1)
  }

  /// The Euclidean norm, without overflow.
  public static func norm(_ count: Int, _ x: UnsafePointer<Double>) -> Double { cblas_dnrm2(blasint(count), x, 1) }

  /// OpenBLAS's version and the processor it chose its kernels for.
  public static var version: String { String(cString: openblas_get_config()) }

  @usableFromInline
  static func gemm(
    _ m: Int, _ n: Int, _ k: Int, _ alpha: Double, _ a: UnsafePointer<Double>, _ transposedA: Bool,
    _ b: UnsafePointer<Double>, _ transposedB: Bool, _ beta: Double, _ c: UnsafeMutablePointer<Double>
  ) {
    _ = singleThreaded
    cblas_dgemm(
      CblasRowMajor, transposedA ? CblasTrans : CblasNoTrans, transposedB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), alpha, a, blasint(transposedA ? m : k), b, blasint(transposedB ? k : n),
      beta, c, blasint(n))
  }
}
