/// `h_i' = -a_i h_i`: `flow-decay` in one dimension, `anisotropic-decay` in two.
public struct LinearDecayField: DifferentiableField {
  /// a_i, one per component.
  public let rates: [Double]

  public init(rates: [Double]) {
    precondition(!rates.isEmpty, "a decay needs at least one rate")
    self.rates = rates
  }

  public var dimension: Int { rates.count }
  public var parameters: [Double] { rates }
  public func replacing(parameters: [Double]) -> LinearDecayField { LinearDecayField(rates: parameters) }

  public func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    for i in rates.indices { result[i] = -rates[i] * state[i] }
  }

  public func applyJacobian(
    depth: Double, state: UnsafePointer<Double>, vector: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    for i in rates.indices { result[i] = -rates[i] * vector[i] }
  }

  public func pullback(
    depth: Double, state: UnsafePointer<Double>, cotangent: UnsafePointer<Double>,
    stateGradient: UnsafeMutablePointer<Double>, parameterGradient: UnsafeMutablePointer<Double>?
  ) {
    for i in rates.indices {
      stateGradient[i] = -rates[i] * cotangent[i]
      if let parameterGradient { parameterGradient[i] -= state[i] * cotangent[i] }
    }
  }
}
