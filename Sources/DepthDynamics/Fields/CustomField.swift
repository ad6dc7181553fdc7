public import DepthNumerics
import DepthRuns

/// `custom`: `dh_i/dt = expression_i(h, t; parameters)`, typed as text, with exact derivatives.
///
/// Components are called x1, x2, ..., in up to three dimensions also x, y, z; the depth is `t`. The language and the derivatives
/// at kinks are those of `ScalarExpression`. Where an expression leaves its domain the field is not finite and integrators
/// throw `IntegrationError` with the component. Jumps in depth, as of `step(t - 1)`, are not among `discontinuities`: adaptive
/// integrators find them by short steps. Taylor coefficients exist where no abs, sign, step, floor, min, max, relu, if or
/// comparison sees the state or the depth (`TaylorField.seriesObstacle`).
public struct CustomField: DifferentiableField {
  public let drift: [ScalarExpression]
  public let parameterNames: [String]
  public let parameters: [Double]
  let tape: ExpressionTape

  /// One expression per component; each parameter with its value.
  ///
  /// - Throws: `InputError.usage` naming the drift (counted from 1) and the column; for a parameter that is not finite, is
  ///   misnamed, or that no drift uses; for no drift at all.
  public init(drift texts: [String], parameters: [(String, Double)] = []) throws {
    guard !texts.isEmpty else { throw InputError.usage("there is no drift; allowed: one expression per dimension") }
    if let bad = parameters.first(where: { !$0.1.isFinite }) {
      throw InputError.value(bad.1, of: "parameter \(bad.0)", allowed: "finite numbers")
    }
    let names = parameters.map(\.0)
    let scope = try ExpressionScope(dimension: texts.count, parameters: names)
    let drift = try texts.enumerated().map { i, text in
      try ScalarExpression(text, in: scope, called: texts.count == 1 ? "the drift" : "drift \(i + 1)")
    }
    self.init(drift: drift, parameters: parameters.map(\.1))
    if let unused = tape.unusedParameters.first {
      throw InputError.usage("no drift uses the parameter \(names[unused]); allowed: parameters that a drift names")
    }
  }

  /// Expressions of one scope, as many as its dimension, and values for its parameters, used or not.
  public init(drift: [ScalarExpression], parameters: [Double]) {
    tape = ExpressionTape(drift)
    precondition(
      drift.count == tape.stateCount, "\(drift.count) expressions in a scope of \(tape.stateCount) dimensions")
    precondition(
      parameters.count == tape.parameterCount, "\(parameters.count) values for \(tape.parameterCount) parameters")
    self.drift = drift
    self.parameters = parameters
    parameterNames = drift[0].scope.parameterNames
  }

  private init(_ other: CustomField, parameters: [Double]) {
    (drift, parameterNames, tape) = (other.drift, other.parameterNames, other.tape)
    self.parameters = parameters
  }

  public var dimension: Int { drift.count }

  /// The same field with other values of its parameters.
  public func replacing(parameters: [Double]) -> CustomField {
    precondition(
      parameters.count == self.parameters.count, "\(parameters.count) values for \(self.parameters.count) parameters")
    return CustomField(self, parameters: parameters)
  }

  public func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    tape.evaluate(depth: depth, state: state, parameters: parameters, into: result)
  }

  public func applyJacobian(
    depth: Double, state: UnsafePointer<Double>, vector: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    tape.applyJacobian(depth: depth, state: state, parameters: parameters, stateTangent: vector, into: result)
  }

  /// `J` as a dense matrix, column-major d x d.
  public func jacobian(depth: Double, state: UnsafePointer<Double>, into columns: UnsafeMutablePointer<Double>) {
    tape.jacobian(depth: depth, state: state, parameters: parameters, into: columns)
  }

  public func depthDerivative(
    depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>
  ) {
    guard tape.dependsOnDepth else { return result.update(repeating: 0, count: dimension) }
    tape.applyJacobian(
      depth: depth, state: state, parameters: parameters, depthTangent: 1, stateTangent: nil, into: result)
  }

  /// The vector-Jacobian product: `stateGradient = J^T cotangent`; `(df/dp)^T cotangent` is added to `parameterGradient`.
  public func pullback(
    depth: Double, state: UnsafePointer<Double>, cotangent: UnsafePointer<Double>,
    stateGradient: UnsafeMutablePointer<Double>, parameterGradient: UnsafeMutablePointer<Double>?
  ) {
    tape.pullback(
      depth: depth, state: state, parameters: parameters, cotangent: cotangent, stateGradient: stateGradient,
      parameterGradient: parameterGradient)
  }

  /// `f` at eight depths and states, component i of lane l at index 8 i + l.
  public func evaluateLanes(
    depths: UnsafePointer<Double>, states: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>
  ) {
    tape.evaluateLanes(depths: depths, states: states, parameters: parameters, into: result)
  }

  /// `pullback` for eight lanes; all of them add to the one `parameterGradient`.
  public func pullbackLanes(
    depths: UnsafePointer<Double>, states: UnsafePointer<Double>, activations: UnsafePointer<Double>,
    cotangents: UnsafePointer<Double>,
    stateGradients: UnsafeMutablePointer<Double>, parameterGradient: UnsafeMutablePointer<Double>?
  ) {
    tape.pullbackLanes(
      depths: depths, states: states, parameters: parameters, cotangents: cotangents,
      stateGradients: stateGradients, parameterGradient: parameterGradient)
  }
}
