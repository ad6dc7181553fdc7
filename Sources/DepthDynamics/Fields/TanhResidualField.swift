import DepthNumerics

/// `tanh-residual`: a core with its weights, one autonomous or depth-dependent field.
public struct TanhResidualField: DifferentiableField {
  public let core: TanhResidualCore
  /// Flat weights in the core's order.
  public let parameters: [Double]

  public init(core: TanhResidualCore, parameters: [Double]) {
    precondition(
      parameters.count == core.parameterCount, "\(parameters.count) weights, the core has \(core.parameterCount)")
    self.core = core
    self.parameters = parameters
  }

  public var dimension: Int { core.dimension }

  public func replacing(parameters: [Double]) -> TanhResidualField {
    TanhResidualField(core: core, parameters: parameters)
  }

  public func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: core.width) { hidden in
      core.evaluate(
        parameters, depth: depth, states: state, count: 1, hidden: hidden.baseAddress!, into: result)
    }
  }

  public func applyJacobian(
    depth: Double, state: UnsafePointer<Double>, vector: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    core.applyTangent(parameters, depth: depth, state: state, vector: vector, into: result)
  }

  public func depthDerivative(
    depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>
  ) {
    core.applyTangent(parameters, depth: depth, state: state, vector: nil, into: result)
  }

  public func evaluate(
    depth: Double, states: UnsafePointer<Double>, count: Int, into result: UnsafeMutablePointer<Double>
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: count * core.width) { hidden in
      core.evaluate(
        parameters, depth: depth, states: states, count: count, hidden: hidden.baseAddress!, into: result)
    }
  }

  public func pullback(
    depth: Double, state: UnsafePointer<Double>, cotangent: UnsafePointer<Double>,
    stateGradient: UnsafeMutablePointer<Double>, parameterGradient: UnsafeMutablePointer<Double>?
  ) {
    let (d, m) = (core.dimension, core.width)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * m + d) { buffer in
      let hidden = buffer.baseAddress!
      core.evaluate(parameters, depth: depth, states: state, count: 1, hidden: hidden, into: hidden + 2 * m)
      stateGradient.update(repeating: 0, count: d)
      core.pullback(
        parameters, depth: depth, states: state, count: 1, hidden: hidden, cotangent: cotangent, scale: 1,
        scratch: hidden + m, gradient: parameterGradient, stateGradient: stateGradient)
    }
  }
}
