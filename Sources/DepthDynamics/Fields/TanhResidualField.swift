import DepthNumerics

/// `tanh-residual`: a core with its weights, one autonomous or depth-dependent field.
public struct TanhResidualField: DifferentiableField {
  public let core: TanhResidualCore
  /// Flat weights in the core's order.
  public let parameters: [Double]
  /// W1^T and W2^T.
  private let transposed: [Double]

  public init(core: TanhResidualCore, parameters: [Double]) {
    precondition(
      parameters.count == core.parameterCount, "\(parameters.count) weights, the core has \(core.parameterCount)")
    self.core = core
    self.parameters = parameters
    transposed = core.transposedWeights(parameters)
  }

  public var dimension: Int { core.dimension }
  public var parameterCount: Int { core.parameterCount }

  public func replacing(parameters: [Double]) -> TanhResidualField {
    TanhResidualField(core: core, parameters: parameters)
  }

  public func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    core.evaluateOne(parameters, transposed, depth: depth, state: state, into: result)
  }

  public func evaluate(
    depth: Double, states: UnsafePointer<Double>, count: Int, into result: UnsafeMutablePointer<Double>
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: count * core.width) { hidden in
      core.evaluate(
        parameters, depth: depth, states: states, count: count, hidden: hidden.baseAddress!, into: result)
    }
  }

  public func evaluateLanes(
    depths: UnsafePointer<Double>, states: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>
  ) {
    core.evaluateLanes(parameters, depths: depths, states: states, into: result)
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
}

extension TanhResidualField {
  public func pullback(
    depth: Double, state: UnsafePointer<Double>, cotangent: UnsafePointer<Double>,
    stateGradient: UnsafeMutablePointer<Double>, parameterGradient: UnsafeMutablePointer<Double>?
  ) {
    let (d, m) = (core.dimension, core.width)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * m + d) { buffer in
      let hidden = buffer.baseAddress!
      core.evaluateOne(parameters, transposed, depth: depth, state: state, hidden: hidden, into: hidden + 2 * m)
      core.pullbackOne(
        parameters, depth: depth, state: state, hidden: hidden, cotangent: cotangent, scratch: hidden + m,
        stateGradient: stateGradient, parameterGradient: parameterGradient)
    }
  }

  /// tanh(W1 h + b1 + a t).
  public var activationCount: Int { core.width }

  public func evaluate(
    depth: Double, state: UnsafePointer<Double>, activations: UnsafeMutablePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    core.evaluateOne(parameters, transposed, depth: depth, state: state, hidden: activations, into: result)
  }

  public func pullback(
    depth: Double, state: UnsafePointer<Double>, activations: UnsafePointer<Double>,
    cotangent: UnsafePointer<Double>, stateGradient: UnsafeMutablePointer<Double>,
    parameterGradient: UnsafeMutablePointer<Double>?
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: core.width) { scratch in
      core.pullbackOne(
        parameters, depth: depth, state: state, hidden: activations, cotangent: cotangent,
        scratch: scratch.baseAddress!, stateGradient: stateGradient, parameterGradient: parameterGradient)
    }
  }

  public func evaluateLanes(
    depths: UnsafePointer<Double>, states: UnsafePointer<Double>, activations: UnsafeMutablePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    core.evaluateLanes(parameters, depths: depths, states: states, hidden: activations, into: result)
  }

  public func pullbackLanes(
    depths: UnsafePointer<Double>, states: UnsafePointer<Double>, activations: UnsafePointer<Double>,
    cotangents: UnsafePointer<Double>, stateGradients: UnsafeMutablePointer<Double>,
    parameterGradient: UnsafeMutablePointer<Double>?
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 8 * (2 * core.width + core.dimension)) { scratch in
      core.pullbackLanes(
        parameters, depths: depths, states: states, hidden: activations, cotangents: cotangents,
        scratch: scratch.baseAddress!, stateGradients: stateGradients, parameterGradient: parameterGradient)
    }
  }
}
