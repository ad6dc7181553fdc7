/// `lorenz`: `x' = sigma (y - x)`, `y' = x (rho - z) - y`, `z' = x y - beta z`; 10, 28, 8/3: chaotic.
///
/// Parameters sigma, rho, beta. Source: Lorenz, J. Atmos. Sci. 20 (1963).
public struct LorenzField: DifferentiableField {
  private let p: (sigma: Double, rho: Double, beta: Double)

  public init() { p = (10, 28, 8.0 / 3) }

  private init(constants: [Double]) {
    precondition(constants.count == 3, "\(constants.count) parameters, Lorenz's field has 3")
    p = (constants[0], constants[1], constants[2])
  }

  public var dimension: Int { 3 }
  public var parameters: [Double] { [p.sigma, p.rho, p.beta] }
  public func replacing(parameters: [Double]) -> LorenzField { LorenzField(constants: parameters) }

  public func evaluate(depth: Double, state h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    result[0] = p.sigma * (h[1] - h[0])
    result[1] = h[0] * (p.rho - h[2]) - h[1]
    result[2] = h[0] * h[1] - p.beta * h[2]
  }

  public func evaluateLanes(
    depths: UnsafePointer<Double>, states h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>
  ) {
    for lane in 0..<8 {
      let (x, y, z) = (h[lane], h[8 + lane], h[16 + lane])
      result[lane] = p.sigma * (y - x)
      result[8 + lane] = x * (p.rho - z) - y
      result[16 + lane] = x * y - p.beta * z
    }
  }

  public func applyJacobian(
    depth: Double, state h: UnsafePointer<Double>, vector v: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    result[0] = p.sigma * (v[1] - v[0])
    result[1] = (p.rho - h[2]) * v[0] - v[1] - h[0] * v[2]
    result[2] = h[1] * v[0] + h[0] * v[1] - p.beta * v[2]
  }

  public func pullback(
    depth: Double, state h: UnsafePointer<Double>, cotangent w: UnsafePointer<Double>,
    stateGradient: UnsafeMutablePointer<Double>, parameterGradient: UnsafeMutablePointer<Double>?
  ) {
    let (w0, w1, w2) = (w[0], w[1], w[2])
    stateGradient[0] = -p.sigma * w0 + (p.rho - h[2]) * w1 + h[1] * w2
    stateGradient[1] = p.sigma * w0 - w1 + h[0] * w2
    stateGradient[2] = -h[0] * w1 - p.beta * w2
    guard let parameterGradient else { return }
    parameterGradient[0] += (h[1] - h[0]) * w0
    parameterGradient[1] += h[0] * w1
    parameterGradient[2] -= h[2] * w2
  }
}
