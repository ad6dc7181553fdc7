/// `h_i' = -a_i h_i`: `flow-decay` in one dimension, `anisotropic-decay` in two.
public struct LinearDecayField: VectorField {
  /// a_i, one per component.
  public let rates: [Double]

  public init(rates: [Double]) {
    precondition(!rates.isEmpty, "a decay needs at least one rate")
    self.rates = rates
  }

  public var dimension: Int { rates.count }

  public func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    for i in rates.indices { result[i] = -rates[i] * state[i] }
  }

  public func applyJacobian(
    depth: Double, state: UnsafePointer<Double>, vector: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    for i in rates.indices { result[i] = -rates[i] * vector[i] }
  }
}
