/// `van-der-pol`: `x'' = mu (1 - x^2) x' - x`; stiff for large mu. Parameter: mu.
public struct VanDerPolField: DifferentiableField {
  public let mu: Double
  public init(mu: Double) { self.mu = mu }
  public var dimension: Int { 2 }
  public var parameters: [Double] { [mu] }
  public func replacing(parameters: [Double]) -> VanDerPolField { VanDerPolField(mu: parameters[0]) }

  public func evaluate(depth: Double, state h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    result[0] = h[1]
    result[1] = mu * (1 - h[0] * h[0]) * h[1] - h[0]
  }

  public func applyJacobian(
    depth: Double, state h: UnsafePointer<Double>, vector v: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    result[0] = v[1]
    result[1] = (-2 * mu * h[0] * h[1] - 1) * v[0] + mu * (1 - h[0] * h[0]) * v[1]
  }

  public func jacobian(depth: Double, state h: UnsafePointer<Double>, into columns: UnsafeMutablePointer<Double>) {
    columns[0] = 0
    columns[1] = -2 * mu * h[0] * h[1] - 1
    columns[2] = 1
    columns[3] = mu * (1 - h[0] * h[0])
  }

  public func pullback(
    depth: Double, state h: UnsafePointer<Double>, cotangent w: UnsafePointer<Double>,
    stateGradient: UnsafeMutablePointer<Double>, parameterGradient: UnsafeMutablePointer<Double>?
  ) {
    let (w0, w1) = (w[0], w[1])
    stateGradient[0] = (-2 * mu * h[0] * h[1] - 1) * w1
    stateGradient[1] = w0 + mu * (1 - h[0] * h[0]) * w1
    if let parameterGradient { parameterGradient[0] += (1 - h[0] * h[0]) * h[1] * w1 }
  }
}
