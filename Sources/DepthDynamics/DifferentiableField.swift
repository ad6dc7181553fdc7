/// A field that depends on parameters p and knows its vector-Jacobian products: what every gradient is made of.
public protocol DifferentiableField: VectorField {
  /// p, flat; the order is the field's own.
  var parameters: [Double] { get }

  var parameterCount: Int { get }

  /// The same field with other parameters, as many.
  func replacing(parameters: [Double]) -> Self

  /// `stateGradient = J^T w`, and `parameterGradient += (df/dp)^T w` unless nil; w is the cotangent.
  func pullback(
    depth: Double, state: UnsafePointer<Double>, cotangent: UnsafePointer<Double>,
    stateGradient: UnsafeMutablePointer<Double>, parameterGradient: UnsafeMutablePointer<Double>?)

  /// Doubles a sample that an evaluation can leave behind for its pullback (a layer's activations); 0 where a pullback starts
  /// anew.
  var activationCount: Int { get }

  /// `f(t, h)`, and what its pullback needs into `activations`.
  func evaluate(
    depth: Double, state: UnsafePointer<Double>, activations: UnsafeMutablePointer<Double>,
    into result: UnsafeMutablePointer<Double>)

  /// `pullback` after such an evaluation.
  func pullback(
    depth: Double, state: UnsafePointer<Double>, activations: UnsafePointer<Double>,
    cotangent: UnsafePointer<Double>, stateGradient: UnsafeMutablePointer<Double>,
    parameterGradient: UnsafeMutablePointer<Double>?)

  /// The same two for eight samples, component-major; the parameter gradient is the sum over them. By default one by one.
  func evaluateLanes(
    depths: UnsafePointer<Double>, states: UnsafePointer<Double>, activations: UnsafeMutablePointer<Double>,
    into result: UnsafeMutablePointer<Double>)

  func pullbackLanes(
    depths: UnsafePointer<Double>, states: UnsafePointer<Double>, activations: UnsafePointer<Double>,
    cotangents: UnsafePointer<Double>, stateGradients: UnsafeMutablePointer<Double>,
    parameterGradient: UnsafeMutablePointer<Double>?)

  /// The vector-Jacobian products as closures; see `VectorField.functions`.
  var pullbacks: PullbackFunctions { get }
}

extension DifferentiableField {
  public var parameterCount: Int { parameters.count }

  public var activationCount: Int { 0 }

  public func evaluate(
    depth: Double, state: UnsafePointer<Double>, activations: UnsafeMutablePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    evaluate(depth: depth, state: state, into: result)
  }

  public func pullback(
    depth: Double, state: UnsafePointer<Double>, activations: UnsafePointer<Double>,
    cotangent: UnsafePointer<Double>, stateGradient: UnsafeMutablePointer<Double>,
    parameterGradient: UnsafeMutablePointer<Double>?
  ) {
    pullback(
      depth: depth, state: state, cotangent: cotangent, stateGradient: stateGradient,
      parameterGradient: parameterGradient)
  }

  public func evaluateLanes(
    depths: UnsafePointer<Double>, states: UnsafePointer<Double>, activations: UnsafeMutablePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    precondition(activationCount == 0, "a field that keeps activations keeps them for eight samples too")
    evaluateLanes(depths: depths, states: states, into: result)
  }

  public func pullbackLanes(
    depths: UnsafePointer<Double>, states: UnsafePointer<Double>, activations: UnsafePointer<Double>,
    cotangents: UnsafePointer<Double>, stateGradients: UnsafeMutablePointer<Double>,
    parameterGradient: UnsafeMutablePointer<Double>?
  ) {
    let d = dimension
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 3 * d) { buffer in
      let row = buffer.baseAddress!
      let (cotangent, gradient) = (row + d, row + 2 * d)
      for lane in 0..<Lanes.count {
        Lanes.gather(states, lane: lane, dimension: d, into: row)
        Lanes.gather(cotangents, lane: lane, dimension: d, into: cotangent)
        pullback(
          depth: depths[lane], state: row, cotangent: cotangent, stateGradient: gradient,
          parameterGradient: parameterGradient)
        Lanes.scatter(gradient, lane: lane, dimension: d, into: stateGradients)
      }
    }
  }

  public var pullbacks: PullbackFunctions {
    PullbackFunctions(
      parameterCount: parameterCount, activationCount: activationCount,
      evaluate: { evaluate(depth: $0, state: $1, activations: $2, into: $3) },
      pullback: {
        pullback(depth: $0, state: $1, cotangent: $2, stateGradient: $3, parameterGradient: $4)
      },
      pullbackKept: {
        pullback(
          depth: $0, state: $1, activations: $2, cotangent: $3, stateGradient: $4, parameterGradient: $5)
      },
      evaluateLanes: { evaluateLanes(depths: $0, states: $1, activations: $2, into: $3) },
      pullbackLanes: {
        pullbackLanes(
          depths: $0, states: $1, activations: $2, cotangents: $3, stateGradients: $4, parameterGradient: $5)
      })
  }
}

/// A field's vector-Jacobian products behind closures; see `FieldFunctions`.
public struct PullbackFunctions: Sendable {
  public typealias State = UnsafePointer<Double>
  public typealias Result = UnsafeMutablePointer<Double>

  public let parameterCount: Int
  public let activationCount: Int
  /// depth, state, activations, result.
  public let evaluate: @Sendable (Double, State, Result, Result) -> Void
  /// depth, state, cotangent, state's gradient, parameters' gradient: starting anew.
  public let pullback: @Sendable (Double, State, State, Result, Result?) -> Void
  /// depth, state, activations, cotangent, state's gradient, parameters' gradient: after an evaluation that kept them.
  public let pullbackKept: @Sendable (Double, State, State, State, Result, Result?) -> Void
  /// depths, states, activations, results.
  public let evaluateLanes: @Sendable (State, State, Result, Result) -> Void
  /// depths, states, activations, cotangents, states' gradients, parameters' gradient.
  public let pullbackLanes: @Sendable (State, State, State, State, Result, Result?) -> Void
}
