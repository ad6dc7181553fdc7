internal import COpenBLAS
internal import CVectorMath

/// A floating-point type that dense products and elementwise functions are there for: `Float` trains, `Double` proves.
///
/// Generic code over it is compiled for both types; no existential, no dispatch at run time within a module.
public protocol MatrixScalar: BinaryFloatingPoint, SIMDScalar, Codable, Sendable {
  /// `C = alpha op(A) op(B) + beta C`, row-major, with leading dimensions as stored.
  static func gemm(
    _ m: Int, _ n: Int, _ k: Int, _ alpha: Self, _ a: UnsafePointer<Self>, _ strideA: Int, _ transposedA: Bool,
    _ b: UnsafePointer<Self>, _ strideB: Int, _ transposedB: Bool, _ beta: Self, _ c: UnsafeMutablePointer<Self>,
    _ strideC: Int)

  /// tanh, elementwise; `x` and `y` may be the same buffer.
  static func tanh(_ x: UnsafePointer<Self>, into y: UnsafeMutablePointer<Self>, count: Int)

  /// e^x, elementwise, clamped to the finite range.
  static func exp(_ x: UnsafePointer<Self>, into y: UnsafeMutablePointer<Self>, count: Int)

  /// What layers do between their products.
  associatedtype Kernels: LayerKernels where Kernels.Scalar == Self

  /// What convolutional layers do.
  associatedtype Images: ImageKernels where Images.Scalar == Self
}

extension MatrixScalar {
  /// `C = alpha op(A) op(B) + beta C` with op(A) m x k, op(B) k x n, C m x n, all row-major and contiguous.
  @inlinable
  public static func multiply(
    rows m: Int, columns n: Int, inner k: Int, alpha: Self = 1, _ a: UnsafePointer<Self>,
    _ layoutA: BLAS.Layout = .normal, _ b: UnsafePointer<Self>, _ layoutB: BLAS.Layout = .normal, beta: Self = 0,
    into c: UnsafeMutablePointer<Self>
  ) {
    let (ta, tb) = (layoutA == .transposed, layoutB == .transposed)
    gemm(m, n, k, alpha, a, ta ? m : k, ta, b, tb ? k : n, tb, beta, c, n)
  }
}

extension Double: MatrixScalar {
  public typealias Kernels = DoubleLayerKernels
  public typealias Images = DoubleImageKernels

  public static func gemm(
    _ m: Int, _ n: Int, _ k: Int, _ alpha: Double, _ a: UnsafePointer<Double>, _ strideA: Int, _ transposedA: Bool,
    _ b: UnsafePointer<Double>, _ strideB: Int, _ transposedB: Bool, _ beta: Double, _ c: UnsafeMutablePointer<Double>,
    _ strideC: Int
  ) {
    BLAS.prepare()
    cblas_dgemm(
      CblasRowMajor, transposedA ? CblasTrans : CblasNoTrans, transposedB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), alpha, a, blasint(strideA), b, blasint(strideB), beta, c, blasint(strideC))
  }

  public static func tanh(_ x: UnsafePointer<Double>, into y: UnsafeMutablePointer<Double>, count: Int) {
    VectorMath.tanh(x, into: y, count: count)
  }

  public static func exp(_ x: UnsafePointer<Double>, into y: UnsafeMutablePointer<Double>, count: Int) {
    VectorMath.exp(x, into: y, count: count)
  }
}

extension Float: MatrixScalar {
  public typealias Kernels = SingleLayerKernels
  public typealias Images = SingleImageKernels

  public static func gemm(
    _ m: Int, _ n: Int, _ k: Int, _ alpha: Float, _ a: UnsafePointer<Float>, _ strideA: Int, _ transposedA: Bool,
    _ b: UnsafePointer<Float>, _ strideB: Int, _ transposedB: Bool, _ beta: Float, _ c: UnsafeMutablePointer<Float>,
    _ strideC: Int
  ) {
    BLAS.prepare()
    let strip = 32
    let isSomewhatLarge = m * n * k > 1_000_000 && max(m, n, k) <= 128
    guard BLAS.skipsPackingOfSmallProducts, isSomewhatLarge, !transposedB else {
      return product(m, n, k, alpha, a, strideA, transposedA, b, strideB, transposedB, beta, c, strideC)
    }
    // strips of rows, or of the inner index where A is transposed
    for start in stride(from: 0, to: transposedA ? k : m, by: strip) {
      if transposedA {
        product(
          m, n, min(strip, k - start), alpha, a + start * strideA, strideA, true, b + start * strideB, strideB, false,
          start == 0 ? beta : 1, c, strideC)
      } else {
        product(
          min(strip, m - start), n, k, alpha, a + start * strideA, strideA, false, b, strideB, false, beta,
          c + start * strideC, strideC)
      }
    }
  }

  private static func product(
    _ m: Int, _ n: Int, _ k: Int, _ alpha: Float, _ a: UnsafePointer<Float>, _ strideA: Int, _ transposedA: Bool,
    _ b: UnsafePointer<Float>, _ strideB: Int, _ transposedB: Bool, _ beta: Float, _ c: UnsafeMutablePointer<Float>,
    _ strideC: Int
  ) {
    cblas_sgemm(
      CblasRowMajor, transposedA ? CblasTrans : CblasNoTrans, transposedB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), alpha, a, blasint(strideA), b, blasint(strideB), beta, c, blasint(strideC))
  }

  public static func tanh(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
    depth_vector_tanhf(x, y, count)
  }

  public static func exp(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
    depth_vector_expf(x, y, count)
  }
}
