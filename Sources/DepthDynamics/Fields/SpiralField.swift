/// `spiral`: `h' = h^3 A` (row vector, cubes by component), A = [[-0.1, 2], [-2, -0.1]].
///
/// Parameters: A, row-major. Source: Chen et al., "Neural Ordinary Differential Equations", NeurIPS 2018.
public struct SpiralField: DifferentiableField {
  private let a: (Double, Double, Double, Double)

  public init() { a = (-0.1, 2, -2, -0.1) }

  public var dimension: Int { 2 }
  public var parameters: [Double] { [a.0, a.1, a.2, a.3] }

  public func replacing(parameters: [Double]) -> SpiralField { SpiralField(matrix: parameters) }

  private init(matrix: [Double]) {
    precondition(matrix.count == 4, "\(matrix.count) parameters, the spiral has 4")
    a = (matrix[0], matrix[1], matrix[2], matrix[3])
  }

  public func evaluate(depth: Double, state h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    let (x, y) = (h[0] * h[0] * h[0], h[1] * h[1] * h[1])
    result[0] = a.0 * x + a.2 * y
    result[1] = a.1 * x + a.3 * y
  }

  public func evaluateLanes(
    depths: UnsafePointer<Double>, states h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>
  ) {
    for lane in 0..<8 {
      let (x, y) = (h[lane] * h[lane] * h[lane], h[8 + lane] * h[8 + lane] * h[8 + lane])
      result[lane] = a.0 * x + a.2 * y
      result[8 + lane] = a.1 * x + a.3 * y
    }
  }

  public func applyJacobian(
    depth: Double, state h: UnsafePointer<Double>, vector v: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    let (x, y) = (3 * h[0] * h[0] * v[0], 3 * h[1] * h[1] * v[1])
    result[0] = a.0 * x + a.2 * y
    result[1] = a.1 * x + a.3 * y
  }

  public func pullback(
    depth: Double, state h: UnsafePointer<Double>, cotangent w: UnsafePointer<Double>,
    stateGradient: UnsafeMutablePointer<Double>, parameterGradient: UnsafeMutablePointer<Double>?
  ) {
    let (w0, w1) = (w[0], w[1])
    stateGradient[0] = 3 * h[0] * h[0] * (a.0 * w0 + a.1 * w1)
    stateGradient[1] = 3 * h[1] * h[1] * (a.2 * w0 + a.3 * w1)
    guard let parameterGradient else { return }
    let (x, y) = (h[0] * h[0] * h[0], h[1] * h[1] * h[1])
    parameterGradient[0] += w0 * x
    parameterGradient[1] += w1 * x
    parameterGradient[2] += w0 * y
    parameterGradient[3] += w1 * y
  }
}
